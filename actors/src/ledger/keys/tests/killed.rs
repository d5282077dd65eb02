//! After the ledger's writer has died.

use hotdeal_domain::account::AccountOpened;
use hotdeal_domain::stream::UserStream;
use hotdeal_domain::{UserFact, UserId};

use super::world::{World, world};
use crate::clock;
use crate::error::RequestError;
use crate::ledger::owned::Owned;
use crate::ledger::{Work, WriteError};
use crate::order::OrderError;

impl World {
    /// An account without its private rows, which is a bug: the next writer begins from the database.
    async fn kill_the_writer(&self) {
        let ledger = &self.mall.shared.host.ledger;
        let user = UserId::try_from(987_654_321).expect("an id");
        let opened = AccountOpened { user, role: None, at: clock::now() };
        let part = Owned::<UserStream>::founding(user).part(UserFact::AccountOpened(opened));
        let killed = ledger.commit(Work::Fact(part), None).await;
        assert_eq!(killed, Err(WriteError::Unknown));
    }
}

#[actix::test]
async fn keys_are_kept_again_when_the_ledgers_writer_has_died() {
    let world = world("").await;
    let product = world.product(10).await;
    let before = world.order(product, "before").await.expect("ordered");
    world.kill_the_writer().await;
    // A request each finds out that the shop, and the log of keys, have to be taken over.
    for key in [None, Some("refused")] {
        let refused = world.order_of(1, product, key).await;
        assert!(
            matches!(refused, Err(OrderError::Request(RequestError::Unavailable(_)))),
            "{refused:?}"
        );
        world.order_of(1, product, None).await.expect("the shop was taken over");
    }
    let first = world.order(product, "first").await.expect("keys are kept again");
    for (key, earlier) in [("first", first), ("before", before)] {
        let repeat = world.order(product, key).await.expect("told again");
        assert_eq!((repeat.value, repeat.replayed), (earlier.value, true));
    }
    world.mall.close().await;
}
