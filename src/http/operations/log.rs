//! The log's filter, changed while the server runs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::member;
use crate::http::kit::problem::Problem;
use crate::telemetry::LogView;

/// Characters of a filter at most: some dozens of modules.
const FILTER_MAX: usize = 1_000;

/// What the log is to let through.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LogAsk {
    /// Directives as `info` or `info,hotdeal=debug`.
    #[schema(min_length = 1, max_length = 1_000)]
    filter: String,
}

/// What the log lets through.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogAnswer {
    /// The directives in force.
    filter: String,
    /// Those of the settings, which come back with a restart.
    configured: String,
}

impl From<LogView> for LogAnswer {
    fn from(view: LogView) -> Self {
        Self { filter: view.filter, configured: view.configured }
    }
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&LogAnswer::from(call.state.log.view())))
}

/// Each change is itself logged, with the admin who made it.
pub(crate) async fn set(call: &Call) -> Result<Answer, Problem> {
    let ask: LogAsk = call.json()?;
    Ok(Answer::ok(&LogAnswer::from(change(call, &ask.filter)?)))
}

/// Changes it, as [`set`] does.
///
/// # Errors
/// A problem that names the filter.
pub(crate) fn change(call: &Call, filter: &str) -> Result<LogView, Problem> {
    let filter = member::text("filter", filter, 1, FILTER_MAX)?;
    let was = call.state.log.view().filter;
    let view = call.state.log.change(&filter).ok_or_else(|| {
        Problem::value(
            "filter",
            "`info` 또는 `info,hotdeal=debug` 형식이어야 합니다",
            "directives as `info` or `info,hotdeal=debug`",
        )
    })?;
    let by = call.user()?;
    tracing::info!(target: "hotdeal::audit", %by, was, now = view.filter, "log filter changed");
    Ok(view)
}
