//! The live actors, as operators look at them.

use super::shapes::{ActorAnswer, ActorDetailAnswer, ActorsAnswer};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// The longest and the default page, in actors.
const ACTORS_PAGE_MAX: i64 = 500;
const ACTORS_PAGE: i64 = 50;
/// Characters of a kind or of an actor's id at most: far above what any has.
const WORD_MAX: usize = 64;
/// Parameters of the query.
pub(crate) const KIND: Parameter = q("kind", false, "only this kind").text(WORD_MAX);
pub(crate) const PAGES: Paging =
    Paging::named(WORD_MAX, "actors in a page", ACTORS_PAGE_MAX, ACTORS_PAGE).formerly("after");

/// Every live actor, by id, a page at a time. This costs the actors nothing: their counters are
/// read without a message to them.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (asked, kind) = (call.named_page(&PAGES)?, call.text(&KIND)?);
    let after = asked.from.as_deref().unwrap_or_default();
    let mut items = call.state.mall.actors();
    items.retain(|actor| kind.as_deref().is_none_or(|kind| actor.kind == kind));
    let total = items.len();
    items.retain(|actor| actor.id.as_str() > after);
    items.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let page = asked.page(items, |actor| actor.id.clone());
    let as_of = call.state.zone.stamp(call.now);
    let items = page.items.into_iter().map(ActorAnswer::new).collect();
    Ok(Answer::ok(&ActorsAnswer { as_of, total, items, next_cursor: page.next }))
}

/// One actor.
pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.actor(call.path("kind"), call.path("id")).await?;
    Ok(Answer::ok(&ActorDetailAnswer::new(found.ok_or(Code::ActorNotFound)?)))
}
