//! A fact that kills the writer.

use hotdeal_domain::coupon::{CouponTerms, Validity};
use hotdeal_domain::{BatchId, SaleWindow};

use super::*;

#[actix::test]
async fn a_fact_that_kills_the_writer_is_not_written_and_nobody_waits_for_it() {
    let world = world().await;
    let (url, stats) = (StoreUrl::Sqlite(world.url.clone()), Arc::default());
    let (writer, _) =
        BatchActor::new(world.ledger.clone(), url, order(), LIMITS, clock::now, stats);
    let _writer = actix::Actor::start(writer);
    let owner = world.ledger.activate::<CouponStream>(event(2)).await.expect("an activation");
    // The rows of a batch do not come with it, which is a bug.
    let opened = CouponFact::CouponsOpened {
        batch: BatchId::try_from(1).expect("an id"),
        shop: shop(1),
        terms: Box::new(terms()),
        seed: 0,
        at: clock::now(),
    };
    let killed = world.push(Work::Fact(owner.part(opened)));
    assert_eq!(killed.await.expect("an outcome"), Err(WriteError::Unknown));
    assert!(owner.is_failed());
    let idle = tokio::time::timeout(Duration::from_secs(20), world.ledger.idle());
    idle.await.expect("nothing is being written");
    assert!(world.journalled().await.is_empty());
    let right = world.ledger.activate::<CouponStream>(event(1)).await.expect("an activation");
    assert_eq!(world.issue(&right, 1, 0).await.expect("an outcome"), Ok(()));
}

fn terms() -> CouponTerms {
    CouponTerms {
        name: "coupons".to_owned(),
        total: 1,
        policies: Vec::new(),
        window: SaleWindow { start: UnixMillis(0), end: UnixMillis(1) },
        validity: Validity::DaysFromIssue(1),
        minimum_price: Amount::ZERO,
    }
}
