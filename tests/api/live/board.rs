//! The live board of a shop: what happens there, for its seller and for admins, once and in order.

use serde_json::{Value, json};

use super::frames::by_hand_of;
use super::{BOTH, connections, not_reading};
use crate::deals::deal_body;
use crate::support::{
    Answer, App, Client, Listener, OrderAnswer, Over, PATIENCE, Told, eventually, time_in_s,
};

mod again;

/// A shop whose seller looks at it.
struct Stage {
    app: App,
    shop: i64,
    seller: Client,
}

impl Stage {
    async fn set(settings: &[(&str, &str)]) -> Self {
        let app = App::start_with(|with| {
            settings.iter().fold(with, |with, (name, value)| with.with(name, value))
        });
        let app = app.await;
        let (shop, _, seller) = app.shop("Lamps", "KRW").await;
        Self { app, shop, seller }
    }

    fn token(&self) -> &str {
        self.seller.token().expect("the seller has logged in")
    }

    /// A connection of the seller, as new or behind the event `since`.
    async fn connect(&self, over: Over, since: Option<&str>) -> Listener {
        let path = format!("/api/shops/{}/live", self.shop);
        let (path, last_id) = match over {
            Over::Sse => (path, since),
            Over::WebSocket => {
                let query = since.map_or(String::new(), |since| format!("?since={since}"));
                (format!("{path}{query}"), None)
            }
        };
        let opened = Listener::at(over, self.app.url(), self.token(), &path, last_id).await;
        opened.expect("let in")
    }

    async fn order(&self, user: i64, lines: &[(i64, i64)]) -> OrderAnswer {
        let items: Vec<Value> = lines
            .iter()
            .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
            .collect();
        let body = json!({ "orderItems": items });
        let asked = self.app.shopper(user).post_json("/api/orders/v2", &body);
        asked.send().await.with_status(200).good()
    }

    async fn cancel(&self, user: i64, order: i64) {
        let path = format!("/api/orders/{order}");
        self.app.shopper(user).put(&path).send().await.with_status(200);
    }

    async fn poll(&self, query: &str) -> Answer {
        let path = format!("/api/shops/{}/events{query}", self.shop);
        self.seller.get(&path).send().await.with_status(200)
    }

    /// Kills the server and starts it again.
    fn crash(&mut self) {
        self.app.kill();
        self.app.start_again();
        self.seller = self.seller.again(&self.app);
    }
}

fn sequence(told: &Told) -> i64 {
    let id = told.id();
    id.split(':').nth(2).and_then(|part| part.parse().ok()).expect("an id of a shop")
}

#[tokio::test]
async fn a_board_shows_what_stands_and_then_what_happens() {
    let stage = Stage::set(&[]).await;
    let Stage { app, shop, .. } = &stage;
    let lamp = app.product(Some(*shop), 1_000, 60).await;
    let elsewhere = app.product(None, 77, 60).await;
    let before = stage.order(7, &[(lamp, 1), (elsewhere, 3)]).await;
    let gone = stage.order(7, &[(lamp, 1)]).await;
    stage.cancel(7, gone.order_id).await;
    let mut boards = Vec::new();
    for over in BOTH {
        let mut board = stage.connect(over, None).await;
        let first = board.expect("board").await;
        assert!(first.id().starts_with(&format!("shop:{shop}:")), "{first:?}");
        assert_eq!(first.data("/counts/NEW"), &json!(1));
        assert_eq!(first.data("/counts/CANCELLED"), &json!(1));
        let order = first.data("/orders/0");
        assert_eq!(order["orderId"], json!(before.order_id));
        // Of an order over several shops only what is one's own.
        assert_eq!(order["items"].as_array().map(Vec::len), Some(1), "{order}");
        assert_eq!(
            (&order["totalOrderPrice"], &order["totalOrderCount"]),
            (&json!(1_000), &json!(1))
        );
        boards.push((board, first));
    }
    let placed = stage.order(8, &[(lamp, 2), (elsewhere, 1)]).await;
    let alone = stage.order(8, &[(lamp, 3)]).await;
    stage.cancel(8, placed.order_id).await;
    let mut heard = Vec::new();
    for (board, first) in &mut boards {
        let mut told = Vec::new();
        for (kind, order, total) in [
            ("order-placed", placed.order_id, Some(2_000)),
            ("order-placed", alone.order_id, Some(3_000)),
            ("order-cancelled", placed.order_id, None),
        ] {
            let event = board.expect(kind).await;
            assert_eq!(*event.data("/orderId"), json!(order));
            if let Some(total) = total {
                assert_eq!(*event.data("/totalOrderPrice"), json!(total));
                assert_eq!(*event.data("/items/0/productName"), json!("Desk lamp"));
            }
            told.push(event);
        }
        let sequences: Vec<i64> = [&*first].into_iter().chain(&told).map(sequence).collect();
        assert!(sequences.is_sorted_by(|one, next| one < next), "{sequences:?}");
        heard.push(told);
    }
    assert_eq!(heard[0], heard[1], "the same events under the same ids");
    // Another shop's order is told to nobody here, nor is what concerns the seller as a person.
    stage.order(9, &[(elsewhere, 1)]).await;
    let last = stage.order(9, &[(lamp, 1)]).await;
    for (board, _) in &mut boards {
        assert_eq!(*board.expect("order-placed").await.data("/orderId"), json!(last.order_id));
    }
}

#[tokio::test]
async fn stock_that_becomes_low_is_told_once_for_each_crossing() {
    let stage = Stage::set(&[]).await;
    let Stage { app, shop, seller } = &stage;
    let lamp = app.product(Some(*shop), 1_000, 52).await;
    let other = app.product(Some(*shop), 1_000, 5).await;
    let mut board = stage.connect(Over::Sse, None).await;
    board.expect("board").await;
    // 51 are left; then 50; then 49.
    for _ in 0..3 {
        stage.order(7, &[(lamp, 1), (other, 1)]).await;
    }
    board.expect("order-placed").await;
    let low = board.expect("stock-low").await;
    assert_eq!(low.event["data"], json!({"productId": lamp, "left": 50, "lowAt": 50}));
    let placed = board.expect("order-placed").await;
    // The alarm comes from the order's fact, before the order itself.
    assert_eq!(low.id(), format!("{}:1", placed.id()));
    board.expect("order-placed").await;
    // Above, and down to another threshold.
    let set = format!("/api/stocks/product/{lamp}/low?quantity=20");
    let told: Value = seller.post(&set).send().await.with_status(200).good();
    assert_eq!(told["lowAt"], json!(20));
    seller.post(&format!("/api/stocks/product/{lamp}/reset?quantity=21")).send().await;
    seller.post(&format!("/api/stocks/product/{lamp}/adjust?delta=-1&reason=COUNT")).send().await;
    let low = board.expect("stock-low").await;
    assert_eq!(low.event["data"], json!({"productId": lamp, "left": 20, "lowAt": 20}));
    assert_eq!(low.id().matches(':').count(), 2, "the last of its fact: {low:?}");
    let order = stage.order(7, &[(lamp, 20)]).await;
    board.expect("order-placed").await;
    stage.cancel(7, order.order_id).await;
    board.expect("order-cancelled").await;
    app.audited();
}

#[tokio::test]
async fn deals_are_told_when_they_are_opened_turned_and_when_their_time_comes() {
    let stage = Stage::set(&[]).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 40).await;
    let mut board = stage.connect(Over::Sse, None).await;
    assert_eq!(*board.expect("board").await.data("/deals"), json!([]));
    let open = async |change: Value| {
        let mut body = deal_body(12.5, &[lamp]);
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let asked = stage.seller.post_json("/api/event/create", &body);
        asked.send().await.with_status(201).good::<Value>()["eventId"].clone()
    };
    let none = Value::Null;
    let brief = json!({
        "startEventTime": time_in_s(2), "endEventTime": time_in_s(4), "eventDuration": none,
    });
    let brief = open(brief).await;
    let told = board.expect("deal-scheduled").await;
    assert_eq!((told.data("/eventId"), told.data("/status")), (&brief, &json!("SCHEDULED")));
    let running = open(json!({})).await;
    let told = board.expect("deal-started").await;
    assert_eq!((told.data("/eventId"), told.data("/eventDiscount")), (&running, &json!(12.5)));
    let last = sequence(&told);
    for (kind, status) in [("deal-started", "RUNNING"), ("deal-ended", "ENDED")] {
        let told = board.expect(kind).await;
        assert_eq!((told.data("/eventId"), told.data("/status")), (&brief, &json!(status)));
        assert!(!told.id().starts_with("shop:"), "a state, and nothing to come back to: {told:?}");
    }
    for (how, kind) in
        [("pause", "deal-paused"), ("resume", "deal-resumed"), ("cancel", "deal-cancelled")]
    {
        let path = format!("/api/event/{running}/{how}");
        stage.seller.post(&path).send().await.with_status(200);
        let told = board.expect(kind).await;
        assert_eq!(*told.data("/eventId"), running);
        assert!(sequence(&told) > last, "{told:?}");
    }
}

#[tokio::test]
async fn a_board_is_shown_to_its_seller_and_to_admins_alone() {
    let stage = Stage::set(&[]).await;
    let (other, _, stranger) = stage.app.shop("Bulbs", "KRW").await;
    for path in ["live", "events"] {
        let of = |shop: i64| format!("/api/shops/{shop}/{path}");
        stranger.get(&of(stage.shop)).send().await.refused(404, "NOT_FOUND_SHOP");
        stranger.get(&of(800_000_000)).send().await.refused(404, "NOT_FOUND_SHOP");
        stage.seller.get(&of(other)).send().await.refused(404, "NOT_FOUND_SHOP");
        stage.app.shopper(7).get(&of(stage.shop)).send().await.refused(403, "FORBIDDEN");
        stage.app.anyone().get(&of(stage.shop)).send().await.refused(401, "NOT_FOUND_TOKEN");
        let begun = stage.app.admin().get(&of(stage.shop)).begin().await;
        assert_eq!(begun.as_u16(), 200);
    }
    let path = format!("/api/shops/{}/live", stage.shop);
    let token = stranger.token().expect("logged in");
    let refused = Listener::at(Over::WebSocket, stage.app.url(), token, &path, None).await;
    assert!(refused.err().is_some_and(|error| error.contains("404")));
}

#[tokio::test]
async fn who_asks_again_and_again_gets_the_same_events_and_a_304_where_nothing_happened() {
    let stage = Stage::set(&[]).await;
    let lamp = stage.app.product(Some(stage.shop), 1_000, 40).await;
    let mut board = stage.connect(Over::Sse, None).await;
    board.expect("board").await;
    let first: Value = stage.poll("").await.good();
    assert_eq!((&first["events"], &first["board"]["orders"]), (&json!([]), &json!([])));
    let after = |page: &Value| page["after"].as_str().expect("an id").to_owned();
    let query = format!("?after={}", after(&first));
    let nothing = stage.poll(&query).await;
    assert_eq!(nothing.good::<Value>(), json!({"events": [], "after": after(&first)}));
    assert_eq!(nothing.header("cache-control"), Some("private, no-cache"));
    let tag = nothing.header("etag").expect("a tag").to_owned();
    let path = format!("/api/shops/{}/events{query}", stage.shop);
    let again = async || stage.seller.get(&path).header("if-none-match", &tag).send().await;
    assert!(again().await.with_status(304).body.is_empty());
    stage.order(7, &[(lamp, 1)]).await;
    let heard = board.expect("order-placed").await;
    let polled: Value = again().await.with_status(200).good();
    assert_eq!(polled["events"], json!([heard.event]));
    assert_eq!(after(&polled), heard.id());
    let next: Value = stage.poll(&format!("?after={}", heard.id())).await.good();
    assert_eq!(next, json!({"events": [], "after": heard.id()}));
}

#[tokio::test]
async fn a_seller_who_does_not_read_is_sent_away_and_others_notice_nothing() {
    let settings =
        [("HOTDEAL__LIVE__WAITING_MAX", "8"), ("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "15000")];
    let stage = Stage::set(&settings).await;
    let mut products = Vec::new();
    for number in 0..100 {
        let mut body =
            crate::support::product_body(&format!("{number}{}", "가".repeat(190)), 1_000);
        body["shopId"] = stage.shop.into();
        let asked = stage.app.admin().post_json("/api/products", &body).send().await;
        let product = asked.good::<Value>()["productId"].as_i64().expect("a number");
        let path = format!("/api/stocks/product/{product}/increase?quantity=10000");
        stage.app.admin().post(&path).send().await.with_status(200);
        products.push((product, 1));
    }
    let mut reader = stage.connect(Over::WebSocket, None).await;
    reader.expect("board").await;
    let path = format!("/api/shops/{}/live", stage.shop);
    let stuck = by_hand_of(&stage.app, stage.token(), &path, "hotdeal.v1+json").await;
    let admin = stage.app.admin();
    eventually("both are in", PATIENCE, async || {
        let view = connections(&admin).await;
        let open = view["transports"].as_array().expect("transports").iter();
        let open: i64 = open.filter_map(|transport| transport["open"].as_i64()).sum();
        (open == 2).then_some(())
    })
    .await;
    // Kernels buffer some megabytes for a connection: an event has some 70 kilobytes.
    let mut orders = 0;
    while not_reading(&admin).await == 0 {
        let order = stage.order(7, &products).await;
        assert_eq!(*reader.expect("order-placed").await.data("/orderId"), json!(order.order_id));
        orders += 1;
        assert!(orders < 2_000, "who does not read is still there");
    }
    println!("after {orders} orders");
    drop(stuck);
}
