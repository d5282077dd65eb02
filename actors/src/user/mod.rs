//! One person: whether the account stands, who is logged in with it, and what it follows.

mod actor;
mod follower;

pub(crate) use actor::{AccountAnswer, AccountAsk, CountedAsk, UserActor};
pub(crate) use follower::{FollowAnswer, FollowAsk};
