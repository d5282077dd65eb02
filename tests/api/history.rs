//! Looking back: what a shop's stock, an event's coupons or a deal were at an earlier fact or time.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, OrderAnswer, PATIENCE, eventually};

/// How many facts of a shop make a snapshot due, in these tests.
const SNAPSHOT_FACTS: i64 = 20;

async fn asked(app: &App, path: &str) -> Value {
    app.admin().get(&format!("/api/admin/{path}")).send().await.with_status(200).good()
}

async fn shop_of(app: &App, product: i64) -> i64 {
    app.database.number(&format!("SELECT shop_id FROM products WHERE id = {product}")).await
}

/// On hand and sold.
fn stock(answer: &Value) -> (i64, i64) {
    let number = |name: &str| answer[name].as_i64().expect("a number");
    assert_eq!(number("available"), number("onHand") - number("sold"));
    (number("onHand"), number("sold"))
}

/// What happened to a product, one entry for each fact of its shop, written down as it was done.
struct Diary {
    app: App,
    shop: i64,
    products: [i64; 2],
    /// On hand and sold of each product, after each fact. The first are those that made shop and products.
    pages: Vec<[(i64, i64); 2]>,
    orders: Vec<(i64, usize, i64)>,
}

impl Diary {
    async fn begin() -> Self {
        let app = App::start_with(|settings| {
            settings.with("HOTDEAL_SNAPSHOT_FACTS", &SNAPSHOT_FACTS.to_string())
        })
        .await;
        let (shop, ..) = app.shop("Lamps", "KRW").await;
        let products =
            [app.product(Some(shop), 100, 0).await, app.product(Some(shop), 200, 0).await];
        // The shop, two products, and two movements of nothing or none at all.
        let facts = asked(&app, &format!("history/shop/{shop}")).await;
        let begun = facts["last"]["sequence"].as_u64().expect("a number");
        let pages = (0..begun).map(|_| [(0, 0); 2]).collect();
        Self { app, shop, products, pages, orders: Vec::new() }
    }

    fn write(&mut self, product: usize, on_hand: i64, sold: i64) {
        let mut page = *self.pages.last().expect("a page");
        page[product].0 += on_hand;
        page[product].1 += sold;
        self.pages.push(page);
    }

    async fn act(&mut self, random: &mut StdRng) {
        let product = random.random_range(0..2);
        let (id, pieces) = (self.products[product], random.random_range(1..4));
        match random.random_range(0..4) {
            0 if !self.orders.is_empty() => {
                let (order, product, pieces) = self.orders.swap_remove(0);
                let cancel = self.app.shopper(1).put(&format!("/api/orders/{order}"));
                cancel.send().await.with_status(200);
                self.write(product, 0, -pieces);
            }
            1 | 2 => {
                let body = json!({"productId": id, "quantity": pieces});
                let answer = self.app.shopper(1).post_json("/api/orders/v1", &body).send().await;
                let (on_hand, sold) = self.pages.last().expect("a page")[product];
                if on_hand - sold < pieces {
                    answer.refused(422, "PRODUCT_SHORTAGE");
                    return;
                }
                let order: OrderAnswer = answer.with_status(200).good();
                self.orders.push((order.order_id, product, pieces));
                self.write(product, 0, pieces);
            }
            _ => {
                let path = format!("/api/stocks/product/{id}/increase?quantity={pieces}");
                self.app.admin().post(&path).send().await.with_status(200);
                self.write(product, pieces, 0);
            }
        }
    }

    /// Asks for each page of the diary.
    async fn compare(&self) {
        let shop = self.shop;
        for (number, page) in (1..).zip(&self.pages) {
            for (product, expected) in self.products.iter().zip(page) {
                let path = format!("history/shop/{shop}?product={product}&sequence={number}");
                let past = asked(&self.app, &path).await;
                assert_eq!(stock(&past["stock"]), *expected, "after fact {number}: {past}");
                assert_eq!(past["at"]["sequence"], number);
            }
            let past = asked(&self.app, &format!("history/shop/{shop}?sequence={number}")).await;
            let both = (page[0].0 + page[1].0, page[0].1 + page[1].1);
            assert_eq!(stock(&past["stock"]), both, "all products after fact {number}");
        }
    }

    async fn snapshots(&self) -> i64 {
        self.app.database.number("SELECT count(*) FROM stock_snapshots").await
    }
}

#[tokio::test]
async fn the_stock_after_each_fact_is_what_it_was_then_with_snapshots_and_without() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let (mut diary, mut random) = (Diary::begin().await, StdRng::seed_from_u64(seed));
    for _ in 0..50 {
        diary.act(&mut random).await;
    }
    eventually("the stock has been written down", PATIENCE, async || {
        (diary.snapshots().await > 0).then_some(())
    })
    .await;
    for _ in 0..15 {
        diary.act(&mut random).await;
    }
    diary.compare().await;
    // A restart begins with what is on the disk.
    diary.app.kill();
    diary.app.start_again();
    diary.compare().await;
    // They are a cache: without them the answers are the same, and the audit does not miss them.
    diary.app.kill();
    let tables = diary.app.database.open().await;
    assert!(tables.spoil("DELETE FROM stock_snapshots").await > 0);
    tables.close().await;
    diary.app.start_again();
    diary.compare().await;
    diary.app.audited();
}

#[tokio::test]
async fn a_time_finds_the_last_fact_that_was_recorded_by_then() {
    let app = App::start().await;
    let product = app.product(None, 100, 10).await;
    let shop = shop_of(&app, product).await;
    let path = |query: &str| format!("history/shop/{shop}?product={product}{query}");
    let now = asked(&app, &path("")).await;
    let (first, last) = (now["first"].clone(), now["last"].clone());
    assert_eq!(now["at"], last);
    let told = |time: &Value| time["recordedAt"].as_str().expect("a time").replace('+', "%2B");
    let then = asked(&app, &path(&format!("&at={}", told(&last)))).await;
    assert_eq!((&then["at"], stock(&then["stock"])), (&last, (10, 0)));
    let early = app.admin().get(&format!("/api/admin/{}", path("&at=2020-01-01T00:00:00Z")));
    early.send().await.refused(404, "NOT_FOUND_HISTORY");
    let later = asked(&app, &path("&at=2040-01-01T00:00:00Z")).await;
    assert_eq!(later["at"], last);
    let at_first = asked(&app, &path(&format!("&at={}", told(&first)))).await;
    let found = at_first["at"]["sequence"].as_i64().expect("a number");
    assert!(found >= 1 && at_first["at"]["recordedAt"] == first["recordedAt"], "{at_first}");
}

#[tokio::test]
async fn coupons_and_deals_have_a_past_too() {
    let app = App::start().await;
    let event = app.event(3).await;
    for user in 1..=3 {
        let body = json!({"eventId": event});
        app.shopper(user).post_json("/coupons/issue", &body).send().await.with_status(200);
    }
    let now = asked(&app, &format!("history/event/{event}")).await;
    assert_eq!(now["issued"], 3);
    let last = now["last"]["sequence"].as_i64().expect("a number");
    for (back, issued) in [(0, 3), (1, 2), (2, 1), (3, 0)] {
        let path = format!("history/event/{event}?sequence={}", last - back);
        assert_eq!(asked(&app, &path).await["issued"], issued, "{back} facts ago");
    }
    let product = app.product(None, 100, 10).await;
    let body = deal_body(10.0, &[product]);
    let opened = app.admin().post_json("/api/event/create", &body).send().await.with_status(201);
    let deal = opened.good::<Value>()["eventId"].clone();
    app.admin().post(&format!("/api/event/{deal}/pause")).send().await.with_status(200);
    for (sequence, state) in [(1, "OPEN"), (2, "PAUSED")] {
        let path = format!("history/deal/{deal}?sequence={sequence}");
        assert_eq!(asked(&app, &path).await["deal"], state);
    }
}

#[tokio::test]
async fn the_series_of_a_stock_ends_where_the_stock_is() {
    let app = App::start().await;
    let product = app.product(None, 100, 10).await;
    let shop = shop_of(&app, product).await;
    for _ in 0..300 {
        let path = format!("/api/stocks/product/{product}/increase?quantity=1");
        app.admin().post(&path).send().await.with_status(200);
    }
    let series = asked(&app, &format!("shops/{shop}/stock-history?product={product}")).await;
    let points = series["points"].as_array().expect("points");
    assert!((100..=241).contains(&points.len()), "{} points", points.len());
    assert!(points.is_sorted_by_key(|point| point["sequence"].as_i64()));
    assert!(points.is_sorted_by_key(|point| point["onHand"].as_i64()));
    assert_eq!(stock(points.last().expect("a point")), (310, 0));
}

#[tokio::test]
async fn a_past_that_nobody_has_is_not_found_and_no_person_has_one() {
    let app = App::start().await;
    for path in ["shop/800000000", "user/1", "admins/1", "lamp/1", "shop/x", "keys/1"] {
        let answer = app.admin().get(&format!("/api/admin/history/{path}")).send().await;
        answer.refused(404, "NOT_FOUND_HISTORY");
    }
    let wrong = app.admin().get("/api/admin/history/shop/1?at=yesterday").send().await;
    wrong.refused(400, "INVALID_VALUE");
    let none = app.admin().get("/api/admin/shops/800000000/stock-history").send().await;
    none.refused(404, "NOT_FOUND_HISTORY");
}
