//! The metrics, as a scraper reads them.

use actix_web::http::header::{ACCEPT, HeaderName, HeaderValue, VARY};

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::state::State;

/// The media types of the metrics.
pub(crate) const MEDIA: &[&str] = &[PLAIN_METRICS, OPEN_METRICS];
const PLAIN_METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Which of them it is depends on what the scraper takes.
static BY_ACCEPT: [(HeaderName, HeaderValue); 1] = [(VARY, HeaderValue::from_static("accept"))];

/// All that is counted, in the text format that the scraper takes.
pub(crate) async fn written(call: &Call) -> Result<Answer, Problem> {
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
