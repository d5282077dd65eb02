//! One person: whether the account stands, and who is logged in with it.

mod actor;

pub(crate) use actor::{AccountAnswer, AccountAsk, Heard, UserActor};
