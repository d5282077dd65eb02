//! How wings reach the owner of an account.

use futures_util::FutureExt as _;
use hotdeal_domain::UserId;

use super::UserActor;
use crate::account::messages::{AccountOwners, CountedRequest};
use crate::host::directory::Directory;
use crate::host::shell::{Envelope, SendFuture};
use crate::notice::messages::{FollowOwners, FollowRequest};

impl AccountOwners for Directory<UserActor> {
    fn send(&self, user: UserId, envelope: Envelope<CountedRequest>) -> SendFuture<'_> {
        async move { Self::send(self, user, envelope).await.map(drop) }.boxed_local()
    }

    fn wake(&self, user: UserId) -> SendFuture<'_> {
        async move { self.live(user).await.map(drop) }.boxed_local()
    }
}

impl FollowOwners for Directory<UserActor> {
    fn send(&self, user: UserId, envelope: Envelope<FollowRequest>) -> SendFuture<'_> {
        async move { Self::send(self, user, envelope).await.map(drop) }.boxed_local()
    }
}
