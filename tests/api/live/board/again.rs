//! Coming back to a board: what was missed, once and in order, or the board anew.

use serde_json::{Value, json};

use super::Stage;
use crate::live::BOTH;
use crate::support::Over;

/// Orders, and clients that are cut off after a few of them.
const ORDERS: usize = 200;
const CLIENTS: usize = 8;

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_also_across_a_crash() {
    let mut stage = Stage::set(&[]).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 51).await;
    let other = stage.app.product(None, 10, 51).await;
    for over in BOTH {
        let mut board = stage.connect(over, None).await;
        let first = board.expect("board").await;
        let placed = stage.order(7, &[(lamp, 1)]).await;
        let low = board.expect("stock-low").await;
        let heard = board.expect("order-placed").await;
        drop(board);
        let missed = stage.order(7, &[(lamp, 2), (other, 1)]).await;
        stage.cancel(7, placed.order_id).await;
        stage.crash();
        let missed = [missed.order_id, placed.order_id];
        let all = ["stock-low", "order-placed", "order-placed", "order-cancelled"];
        for (since, has) in [(first.id(), 0), (low.id(), 1), (heard.id(), 2)] {
            let mut again = stage.connect(over, Some(&since)).await;
            let ready = again.expect("ready").await;
            assert_eq!((ready.data("/resumed"), ready.id()), (&json!(true), since));
            let mut orders = Vec::new();
            for kind in &all[has..] {
                let told = again.expect(kind).await;
                orders.extend(told.event["data"]["orderId"].as_i64());
            }
            assert_eq!(orders[orders.len() - 2..], missed);
        }
        // And then what follows.
        let mut again = stage.connect(over, Some(&heard.id())).await;
        for kind in ["ready", "order-placed", "order-cancelled"] {
            again.expect(kind).await;
        }
        let next = stage.order(8, &[(lamp, 1)]).await;
        assert_eq!(*again.expect("order-placed").await.data("/orderId"), json!(next.order_id));
        let path = format!("/api/stocks/product/{lamp}/reset?quantity=51");
        stage.app.admin().post(&path).send().await.with_status(200);
    }
    stage.app.audited();
}

#[tokio::test]
async fn who_is_cut_off_again_and_again_hears_of_each_order_once_and_in_order() {
    let settings = [("HOTDEAL__LIVE__TICK_MS", "50"), ("HOTDEAL__LIVE__PER_USER_MAX", "100")];
    let stage = Stage::set(&settings).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 100_000).await;
    let first = stage.connect(Over::Sse, None).await.expect("board").await.id();
    let ordering = async {
        let mut orders = Vec::new();
        for _ in 0..ORDERS {
            orders.push(stage.order(7, &[(lamp, 1)]).await.order_id);
        }
        orders
    };
    let listening = (0..CLIENTS).map(async |client| {
        let (mut heard, mut since) = (Vec::new(), first.clone());
        while heard.len() < ORDERS {
            let mut board = stage.connect(BOTH[client % 2], Some(&since)).await;
            board.expect("ready").await;
            for _ in 0..(1 + (heard.len() + client) % 4).min(ORDERS - heard.len()) {
                let told = board.expect("order-placed").await;
                heard.push(told.data("/orderId").as_i64().expect("a number"));
                since = told.id();
            }
        }
        heard
    });
    let (orders, heard) =
        futures_util::future::join(ordering, futures_util::future::join_all(listening)).await;
    for heard in heard {
        assert_eq!(heard, orders);
    }
}

#[tokio::test]
async fn an_id_that_is_none_of_the_shop_and_one_too_old_are_answered_with_a_gap_and_the_board() {
    let stage = Stage::set(&[("HOTDEAL__LIVE__REPLAY_MAX", "2")]).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 40).await;
    let mut board = stage.connect(Over::Sse, None).await;
    let first = board.expect("board").await;
    for _ in 0..3 {
        stage.order(7, &[(lamp, 1)]).await;
    }
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(board.expect("order-placed").await.id());
    }
    let other = stage.shop + 1;
    for (since, reason) in [
        (first.id(), "too-old"),
        (format!("shop:{}:999999", stage.shop), "unknown-id"),
        (format!("shop:{other}:1"), "unknown-id"),
        ("notices:1".to_owned(), "unknown-id"),
    ] {
        for over in BOTH {
            let mut again = stage.connect(over, Some(&since)).await;
            let gap = again.expect("gap").await;
            assert_eq!(*gap.data("/reason"), json!(reason), "{since}");
            assert_eq!(*gap.data("/continuesAfter"), json!(ids[2]));
            let board = again.expect("board").await;
            assert_eq!((board.id(), board.data("/counts/NEW")), (ids[2].clone(), &json!(3)));
        }
        let polled: Value = stage.poll(&format!("?after={since}")).await.good();
        assert_eq!((&polled["gap"], &polled["after"]), (&json!(reason), &json!(ids[2])));
    }
    // Two facts are not too many.
    let mut again = stage.connect(Over::Sse, Some(&ids[0])).await;
    again.expect("ready").await;
    assert_eq!(again.expect("order-placed").await.id(), ids[1]);
    assert_eq!(again.expect("order-placed").await.id(), ids[2]);
}

#[tokio::test]
async fn a_board_on_which_more_happens_than_anybody_reads_is_sent_anew() {
    let stage = Stage::set(&[]).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 40).await;
    let mut board = stage.connect(Over::WebSocket, None).await;
    board.expect("board").await;
    let order = stage.order(7, &[(lamp, 1)]).await;
    board.expect("order-placed").await;
    let rows: String =
        (0..150).map(|n| format!("{{\"name\":\"Row {n}\",\"price\":5}}\n")).collect();
    let path = format!("/api/products/import?shopId={}", stage.shop);
    let asked = stage.seller.post(&path).raw("application/x-ndjson", rows);
    asked.send().await.with_status(200);
    assert_eq!(*board.expect("gap").await.data("/reason"), json!("too-old"));
    let anew = board.expect("board").await;
    assert_eq!(*anew.data("/orders/0/orderId"), json!(order.order_id));
    let next = stage.order(7, &[(lamp, 1)]).await;
    assert_eq!(*board.expect("order-placed").await.data("/orderId"), json!(next.order_id));
}
