//! What operators look at: actors, health, metrics, the description of the API.

mod connections;
mod shapes;

use actix_web::http::header::{ACCEPT, HeaderName, HeaderValue, VARY};
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use super::answer::Answer;
use super::call::Call;
use super::code::{Code, Language};
use super::openapi;
use super::openapi::words::{HealthState, ProblemCode};
use super::problem::Problem;
use super::query::{Parameter, q};
pub(crate) use connections::ConnectionsAnswer;
pub(crate) use shapes::{ActorAnswer, ActorDetailAnswer, ActorsAnswer};

/// Actors in one page at most, and where nothing is asked.
const ACTORS_PAGE_MAX: i64 = 500;
const ACTORS_PAGE: i64 = 50;
/// Characters of a kind or of an actor's id at most: far above what any has.
const WORD_MAX: usize = 64;

/// The media types of the metrics.
pub(crate) const METRICS_MEDIA: &[&str] = &[PLAIN_METRICS, OPEN_METRICS];
const PLAIN_METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Which of them it is depends on what the scraper takes.
static BY_ACCEPT: [(HeaderName, HeaderValue); 1] = [(VARY, HeaderValue::from_static("accept"))];
/// Parameters of the query.
pub(crate) const KIND: Parameter = q("kind", false, "only this kind").text(WORD_MAX);
pub(crate) const AFTER: Parameter =
    q("after", false, "nextCursor of the page before").text(WORD_MAX);
pub(crate) const LIMIT: Parameter =
    q("limit", false, "actors in a page").whole(1, ACTORS_PAGE_MAX).or(ACTORS_PAGE);

/// Every live actor, by id, a page at a time. Costs the actors nothing: counters are read past
/// their mailboxes.
pub(crate) async fn actors(call: &Call) -> Result<Answer, Problem> {
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

pub(crate) async fn actor(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.actor(call.path("kind"), call.path("id")).await?;
    Ok(Answer::ok(&ActorDetailAnswer::new(found.ok_or(Code::ActorNotFound)?)))
}

/// The description of live events.
pub(crate) async fn describe_live(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&crate::live::asyncapi::document()))
}

/// The live connections of this node.
pub(crate) async fn connections(call: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&ConnectionsAnswer::new(call.state.live.fanout.view())))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok` or `ready`.
    #[schema(value_type = HealthState)]
    status: &'static str,
}

/// The process answers.
pub(crate) async fn live(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&Health { status: "ok" }))
}

/// Requests can be served: the database answers, the ledger writes, and no stop is under way.
pub(crate) async fn ready(call: &Call) -> Result<Answer, Problem> {
    let mut reasons = Vec::new();
    if call.state.is_stopping() {
        reasons.push("stopping".to_owned());
    }
    if let Err(error) = call.state.mall.ready().await {
        reasons.push(error.to_string());
    }
    if reasons.is_empty() {
        return Ok(Answer::ok(&Health { status: "ready" }));
    }
    Err(Problem::from(Code::Unavailable).with_reasons(reasons))
}

pub(crate) async fn metrics(call: &Call) -> Result<Answer, Problem> {
    let accept = call.request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_open = accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let State { traffic, mall, crowd, .. } = &**call.state;
    let (media, text) = match is_open {
        true => (OPEN_METRICS, traffic.written(mall, crowd)),
        false => (PLAIN_METRICS, traffic.plain(mall, crowd)),
    };
    let text = text.map_err(|error| {
        tracing::error!(%error, "the metrics could not be written");
        Code::Internal
    })?;
    Ok(Answer::bytes(media, text).with(&BY_ACCEPT))
}

pub(crate) async fn describe(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::bytes("application/json", openapi::written()))
}

/// What a problem's code means.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explained {
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// The status it is mostly sent with.
    status: u16,
    /// Every status it is sent with, in order.
    #[schema(min_items = 1)]
    statuses: Vec<u16>,
    #[schema(value_type = String)]
    title_ko: &'static str,
    #[schema(value_type = String)]
    title_en: &'static str,
    retryable: bool,
}

/// What the `type` of a problem points to.
pub(crate) async fn explain(call: &Call) -> Result<Answer, Problem> {
    let wanted = call.path("code");
    let meant: Vec<Code> = Code::ALL.iter().copied().filter(|code| code.wire() == wanted).collect();
    let code = *meant.first().ok_or(Code::NotFound)?;
    let mut statuses: Vec<u16> = meant.iter().map(|code| code.status().as_u16()).collect();
    statuses.sort_unstable();
    Ok(Answer::ok(&Explained {
        code: code.wire(),
        status: code.status().as_u16(),
        statuses,
        title_ko: code.title(Language::Ko),
        title_en: code.title(Language::En),
        retryable: code.is_retryable(),
    }))
}
