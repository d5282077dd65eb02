//! How the server is, as probes ask.

use serde::Serialize;
use utoipa::ToSchema;

use super::words::HealthState;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

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
