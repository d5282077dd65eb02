//! The live actors, as operators look at them.

use super::shapes::{ActorAnswer, ActorDetailAnswer, ActorsAnswer};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// Actors in one page at most, and where nothing is asked.
const ACTORS_PAGE_MAX: i64 = 500;
const ACTORS_PAGE: i64 = 50;
/// Characters of a kind or of an actor's id at most: far above what any has.
const WORD_MAX: usize = 64;
/// Parameters of the query.
pub(crate) const KIND: Parameter = q("kind", false, "only this kind").text(WORD_MAX);
pub(crate) const AFTER: Parameter =
    q("after", false, "nextCursor of the page before").text(WORD_MAX);
pub(crate) const LIMIT: Parameter =
    q("limit", false, "actors in a page").whole(1, ACTORS_PAGE_MAX).or(ACTORS_PAGE);

/// Every live actor, by id, a page at a time. Costs the actors nothing: counters are read past
/// their mailboxes.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let limit = usize::try_from(call.count(&LIMIT)?).expect("held to bounds when it was read");
    let (kind, after) = (call.text(&KIND)?, call.text(&AFTER)?.unwrap_or_default());
    let mut items = call.state.mall.actors();
    items.retain(|actor| kind.as_deref().is_none_or(|kind| actor.kind == kind));
    let total = items.len();
    items.retain(|actor| actor.id > after);
    items.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|actor| actor.id.clone());
    let as_of = call.state.zone.stamp(call.now);
    let items = items.into_iter().map(ActorAnswer::new).collect();
    Ok(Answer::ok(&ActorsAnswer { as_of, total, items, next_cursor }))
}

/// One actor.
pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.actor(call.path("kind"), call.path("id")).await?;
    Ok(Answer::ok(&ActorDetailAnswer::new(found.ok_or(Code::ActorNotFound)?)))
}
