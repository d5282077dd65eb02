//! How wings reach the owner of an account.

use futures_util::FutureExt as _;
use hotdeal_domain::UserId;

use super::UserActor;
use crate::account::messages::{AccountOwners, CountedAsk};
use crate::host::directory::Directory;
use crate::host::shell::{Request, Sending};
use crate::notice::messages::{FollowAsk, FollowOwners};

impl AccountOwners for Directory<UserActor> {
    fn send(&self, user: UserId, ask: Request<CountedAsk>) -> Sending<'_> {
        async move { Self::send(self, user, ask).await.map(drop) }.boxed_local()
    }

    fn wake(&self, user: UserId) -> Sending<'_> {
        async move { self.live(user).await.map(drop) }.boxed_local()
    }
}

impl FollowOwners for Directory<UserActor> {
    fn send(&self, user: UserId, ask: Request<FollowAsk>) -> Sending<'_> {
        async move { Self::send(self, user, ask).await.map(drop) }.boxed_local()
    }
}
