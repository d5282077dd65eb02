//! What becomes of one's own orders, told live.

use serde_json::json;

use super::{BOTH, deal, follower, listening};
use crate::orders::SHOPPER;
use crate::orders::parts::{Mall, told};
use crate::support::{Listener, Over, Role, mint};

/// The next order that is told to somebody, as `STATUS standing: STATE STATE`.
async fn next(listener: &mut Listener) -> (i64, String) {
    let event = listener.expect("order").await;
    let order = event.data("/orderId").as_i64().expect("a number");
    (order, told(event.data("")))
}

#[tokio::test]
async fn a_buyer_is_told_of_each_step_of_a_shop_and_nobody_else_is() {
    let mall = Mall::open().await;
    let app = &mall.app;
    let (_, token) = follower(app, "somebody", &[mall.shops[0].2]).await;
    let mut somebody = listening(app, Over::Sse, &token).await;
    let mut buyers = Vec::new();
    for over in BOTH {
        buyers.push(listening(app, over, &mint(SHOPPER, Role::User)).await);
    }
    let order = mall.wide().await.order_id;
    let steps = [
        (0, "accept", "ORDER_SUCCESS 2300: ACCEPTED NEW"),
        (0, "ready", "ORDER_SUCCESS 2300: READY NEW"),
        (1, "reject", "ORDER_SUCCESS 2000: READY REJECTED"),
        (0, "done", "ORDER_SUCCESS 2000: DONE REJECTED"),
    ];
    for (shop, step, expected) in steps {
        mall.step(shop, order, step).await.with_status(200);
        for buyer in &mut buyers {
            assert_eq!(next(buyer).await, (order, expected.to_owned()), "{step}");
        }
    }
    let other = mall.lamps(1).await.order_id;
    let path = format!("/api/orders/{other}");
    app.shopper(SHOPPER).put(&path).send().await.with_status(200);
    for buyer in &mut buyers {
        assert_eq!(next(buyer).await, (other, "ORDER_CANCELLED 0: CANCELLED".to_owned()));
    }
    // What somebody else hears first is what came last, and concerns them.
    let event = deal(app, 10.0, &[mall.shops[0].2]).await;
    let heard = somebody.expect("hot-deal").await;
    assert_eq!(*heard.data("/eventId"), json!(event));
}
