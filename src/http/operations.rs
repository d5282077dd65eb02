//! What operators look at: actors, health, metrics, the description of the API.

use hotdeal_actors::{ActorDetail, ActorView};
use serde::Serialize;

use super::answer::Answer;
use super::call::Call;
use super::code::{Code, Language};
use super::openapi;
use super::problem::Problem;

/// Actors in one page at most, and where nothing is asked.
const ACTORS_PAGE_MAX: i64 = 500;
const ACTORS_PAGE: i64 = 50;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Actors {
    as_of: crate::clock::Stamp,
    /// How many there are in all, of this kind.
    total: usize,
    items: Vec<ActorView>,
    /// Sent as `after`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Every live actor, by id, a page at a time. Costs the actors nothing: counters are read past
/// their mailboxes.
pub(crate) async fn actors(call: &Call) -> Result<Answer, Problem> {
    let limit = call.query_number("limit", 1..=ACTORS_PAGE_MAX, Some(ACTORS_PAGE))?;
    let limit = usize::try_from(limit).expect("held to bounds when it was read");
    let (kind, after) = (call.query("kind")?, call.query("after")?.unwrap_or_default());
    let mut items = call.state.mall.actors();
    items.retain(|actor| kind.as_deref().is_none_or(|kind| actor.kind == kind));
    let total = items.len();
    items.retain(|actor| actor.id > after);
    items.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|actor| actor.id.clone());
    let as_of = call.state.zone.stamp(call.now);
    Ok(Answer::ok(&Actors { as_of, total, items, next_cursor }))
}

pub(crate) async fn actor(call: &Call) -> Result<Answer, Problem> {
    let found: Option<ActorDetail> =
        call.state.mall.actor(call.path("kind"), call.path("id")).await?;
    Ok(Answer::ok(&found.ok_or(Code::ActorNotFound)?))
}

#[derive(Debug, Serialize)]
struct Health {
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
    let text = call.state.traffic.written(&call.state.mall).map_err(|error| {
        tracing::error!(%error, "the metrics could not be written");
        Code::Internal
    })?;
    Ok(Answer::text("application/openmetrics-text; version=1.0.0; charset=utf-8", text))
}

pub(crate) async fn describe(_: &Call) -> Result<Answer, Problem> {
    let text = openapi::document().to_json().map_err(|error| {
        tracing::error!(%error, "the description of the API could not be written");
        Code::Internal
    })?;
    Ok(Answer::text("application/json", text))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Explained {
    code: &'static str,
    status: u16,
    title_ko: &'static str,
    title_en: &'static str,
    retryable: bool,
}

/// What the `type` of a problem points to.
pub(crate) async fn explain(call: &Call) -> Result<Answer, Problem> {
    let wanted = call.path("code");
    let code = *Code::ALL.iter().find(|code| code.wire() == wanted).ok_or(Code::NotFound)?;
    Ok(Answer::ok(&Explained {
        code: code.wire(),
        status: code.status().as_u16(),
        title_ko: code.title(Language::Ko),
        title_en: code.title(Language::En),
        retryable: code.is_retryable(),
    }))
}
