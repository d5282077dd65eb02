//! One person: whether the account stands, who is logged in with it, and what it follows.

mod actor;
mod follower;
mod reached;

pub(crate) use actor::UserActor;
