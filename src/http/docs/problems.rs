//! What the codes of problems mean.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::{Code, Language};
use crate::http::kit::openapi::words::ProblemCode;
use crate::http::kit::problem::Problem;

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

/// The page to which the `type` of a problem points.
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
