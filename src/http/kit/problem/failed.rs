//! What can go wrong with anything that is asked of the mall, as a client sees it. What a wing refuses
//! is in `refusals.rs` of that wing.

use hotdeal_actors::RequestError;

use super::Problem;
use crate::http::kit::code::Code;

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::KeyConflict => Code::KeyReused.into(),
            RequestError::Busy => Code::Busy.into(),
            RequestError::Unavailable(why) => {
                hotdeal_actors::warn_seldom!(why, "something asked of the mall was not available");
                Code::Unavailable.into()
            }
            RequestError::Missing => {
                // A wing says what it is that is missing.
                hotdeal_actors::warn_seldom!("something asked of the mall was missing");
                Code::Unavailable.into()
            }
            RequestError::NoRoom => Code::DiskFull.into(),
            RequestError::OutcomeUnknown => Code::OutcomeUnknown.into(),
        }
    }
}
