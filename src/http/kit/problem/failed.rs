//! What can go wrong with anything that is asked of the mall, as a client sees it. What a wing refuses
//! is in `refusals.rs` of that wing.

use hotdeal_actors::AskError;

use super::Problem;
use crate::http::kit::code::Code;

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::KeyConflict => Code::KeyReused.into(),
            AskError::Busy => Code::Busy.into(),
            AskError::Unavailable(why) => {
                hotdeal_actors::warn_seldom!(why, "something asked of the mall was not available");
                Code::Unavailable.into()
            }
            AskError::Missing => {
                // A wing says what it is that is missing.
                hotdeal_actors::warn_seldom!("something asked of the mall was missing");
                Code::Unavailable.into()
            }
            AskError::NoRoom => Code::DiskFull.into(),
            AskError::OutcomeUnknown => Code::OutcomeUnknown.into(),
        }
    }
}
