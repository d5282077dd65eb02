//! What everybody sees without a token: at most a second old, at the same cost however many look.

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{Answer, App, PATIENCE, eventually, time_in_s};

async fn shown(app: &App, what: &str) -> Answer {
    app.anyone().get(&format!("/api/public/{what}")).send().await.with_status(200)
}

fn numbers(answer: &Answer, member: &str) -> Vec<i64> {
    let page: Value = answer.good();
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item[member].as_i64().expect("a number")).collect()
}

/// Looks until something is shown: what is shown is a second old at most.
async fn until(app: &App, what: &str, mut is_so: impl FnMut(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, async || {
        let page: Value = shown(app, what).await.good();
        is_so(&page).then_some(page)
    })
    .await
}

#[tokio::test]
async fn the_catalogue_is_shown_in_pages_with_stocks_and_shops() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Lamps", "KRW").await;
    let gone = app.product(Some(shop), 5, 0).await;
    app.admin().ask(reqwest::Method::DELETE, &format!("/api/products/{gone}")).send().await;
    let rows: String =
        (0..150).map(|n| format!("{{\"name\":\"Row {n}\",\"price\":{}}}\n", n + 1)).collect();
    let asked = app.admin().post(&format!("/api/products/import?shopId={shop}"));
    asked.raw("application/x-ndjson", rows).send().await.with_status(200);
    let first = shown(&app, &format!("products?shopId={shop}")).await;
    let (products, page): (_, Value) = (numbers(&first, "productId"), first.good());
    assert_eq!(products.len(), 100);
    assert!(!products.contains(&gone) && products.is_sorted());
    let next = page["nextCursor"].as_str().expect("there is more").to_owned();
    assert_eq!(next, products[99].to_string());
    let rest = shown(&app, &format!("products?shopId={shop}&cursor={next}")).await;
    assert_eq!(numbers(&rest, "productId").len(), 50);
    assert_eq!(rest.good::<Value>().get("nextCursor"), None);
    let stocks = shown(&app, &format!("stocks?shopId={shop}")).await;
    assert_eq!(numbers(&stocks, "productId"), products, "the same products in the same pages");
    let one = &stocks.good::<Value>()["items"][0];
    assert_eq!(*one, json!({"productId": products[0], "quantity": 0, "available": false}));
    let path = format!("/api/stocks/product/{}/increase?quantity=7", products[0]);
    app.admin().post(&path).send().await.with_status(200);
    until(&app, &format!("stocks?shopId={shop}"), |page| page["items"][0]["quantity"] == 7).await;
    let shops = shown(&app, "shops").await;
    assert!(numbers(&shops, "shopId").contains(&shop));
    assert!(!shops.text().contains("ownerId"), "who owns a shop is shown to nobody");
    let listed: Value = app.shopper(1).get("/api/shops?limit=1").send().await.good();
    let next = listed["nextCursor"].as_str().expect("there are two");
    let listed = app.shopper(1).get(&format!("/api/shops?cursor={next}")).send().await;
    assert_eq!(numbers(&listed, "shopId"), [shop]);
}

#[tokio::test]
async fn deals_are_shown_with_prices_before_and_after_and_what_is_left() {
    let app = App::start().await;
    let (shop, ..) = app.shop("Lamps", "KRW").await;
    let lamp = app.product(Some(shop), 12_900, 10).await;
    let bulb = app.product(None, 500, 3).await;
    let open = async |change: Value| {
        let mut body = deal_body(12.5, &[lamp, bulb]);
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let told: Value = app.admin().post_json("/api/event/create", &body).send().await.good();
        told["eventId"].as_i64().expect("a number")
    };
    let later = open(json!({"startEventTime": time_in_s(7_200)})).await;
    let soon = open(json!({"startEventTime": time_in_s(3_600)})).await;
    let running = open(json!({"quota": 4})).await;
    let cancelled = open(json!({})).await;
    let path = format!("/api/event/{cancelled}/cancel");
    app.admin().post(&path).send().await.with_status(200);
    let order = json!({"productId": lamp, "quantity": 1});
    app.shopper(7).post_json("/api/orders/v1", &order).send().await.with_status(200);
    let page = until(&app, "deals", |page| page["items"][0]["sold"] == 1).await;
    let items = page["items"].as_array().expect("items");
    let told: Vec<_> = items.iter().map(|deal| (&deal["eventId"], &deal["status"])).collect();
    let (runs, comes) = (json!("RUNNING"), json!("SCHEDULED"));
    assert_eq!(told, [(&json!(running), &runs), (&json!(soon), &comes), (&json!(later), &comes)]);
    let of = |product: i64| {
        let products = items[0]["products"].as_array().expect("products");
        products.iter().find(|told| told["productId"] == product).expect("it is in the deal")
    };
    for (product, member, value) in [
        (lamp, "productName", json!("Desk lamp")),
        (lamp, "shopId", json!(shop)),
        (lamp, "shopName", json!("Lamps")),
        (lamp, "originalPrice", json!(12_900)),
        (lamp, "discountPrice", json!(11_288)),
        (lamp, "sold", json!(1)),
        (lamp, "quotaLeft", json!(3)),
        (lamp, "left", json!(3)),
        (bulb, "left", json!(3)),
        (bulb, "quotaLeft", json!(4)),
    ] {
        assert_eq!(of(product)[member], value, "{member} of {}", of(product));
    }
    for cursor in ["x", "0-1", "9-1-1"] {
        let asked = app.anyone().get(&format!("/api/public/deals?cursor={cursor}"));
        asked.send().await.refused(400, "INVALID_VALUE");
    }
}

#[tokio::test]
async fn deals_come_in_pages_and_what_has_ended_comes_last() {
    let app = App::start().await;
    let mut opened = Vec::new();
    for number in 0..25 {
        // A product can be in a few deals only.
        let lamp = app.product(None, 1_000, 10).await;
        let mut body = deal_body(10.0, &[lamp]);
        body.as_object_mut().expect("an object").remove("eventDuration");
        body["endEventTime"] = match number {
            24 => time_in_s(1),
            number => time_in_s(1_000 + number),
        }
        .into();
        let told: Value = app.admin().post_json("/api/event/create", &body).send().await.good();
        opened.push(told["eventId"].as_i64().expect("a number"));
    }
    // What runs comes first, by its end; the last has ended.
    let walk = async || {
        let (mut found, mut query) = (Vec::new(), String::new());
        loop {
            let page = shown(&app, &format!("deals{query}")).await;
            found.push(numbers(&page, "eventId"));
            match page.good::<Value>()["nextCursor"].as_str() {
                Some(next) => query = format!("?cursor={next}"),
                None => return found,
            }
        }
    };
    // One that ends between two pages is seen on both.
    let pages = eventually("one has ended", PATIENCE, async || {
        let pages = walk().await;
        (pages.concat() == opened).then_some(pages)
    })
    .await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [20, 5]);
}

#[tokio::test]
async fn an_answer_says_how_old_it_is_and_is_not_sent_to_who_has_it() {
    let app = App::start().await;
    app.product(None, 1_000, 10).await;
    for what in ["products", "stocks", "shops", "deals", "events"] {
        let first = shown(&app, what).await;
        let age: u64 = first.header("age").and_then(|age| age.parse().ok()).expect("an age");
        assert!(age <= 1, "{what}: {age} s");
        assert_eq!(first.header("cache-control"), Some("public, max-age=1"), "{what}");
        let tag = first.header("etag").expect("a tag").to_owned();
        let path = format!("/api/public/{what}");
        let again = app.anyone().get(&path).header("if-none-match", &tag).send().await;
        let again = again.with_status(304);
        assert_eq!((again.header("etag"), again.body.len()), (Some(tag.as_str()), 0), "{what}");
        let other = app.anyone().get(&path).header("if-none-match", "\"other\"").send().await;
        assert_eq!(other.with_status(200).body, first.body);
    }
    // A token changes nothing, and a bad one neither.
    let bad = app.anyone().with_token(Some("bad".to_owned()));
    bad.get("/api/public/shops").send().await.with_status(200);
}

#[tokio::test]
async fn a_crowd_that_looks_reads_the_tables_once_a_second() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    app.admin().post_json("/api/event/create", &deal_body(10.0, &[lamp])).send().await;
    shown(&app, "deals").await;
    // Nobody can read this table any more: what is shown comes from memory.
    let tables = app.database.open().await;
    tables.spoil("ALTER TABLE deals RENAME TO deals_elsewhere").await;
    let crowd = (0..200).map(|_| app.anyone().get("/api/public/deals").send());
    let answers = futures_util::future::join_all(crowd).await;
    let from_memory = answers.iter().filter(|answer| answer.status == 200).count();
    // On a machine that is busy otherwise a second may pass within the crowd.
    assert!(from_memory > 0, "{}", answers[0]);
    eventually("what is shown is at most a second old", PATIENCE, async || {
        let answer = app.anyone().get("/api/public/deals").send().await;
        (answer.status == 503).then(|| answer.refused(503, "UNAVAILABLE"))
    })
    .await;
    tables.spoil("ALTER TABLE deals_elsewhere RENAME TO deals").await;
    until(&app, "deals", |page| page["items"][0]["productCount"] == 1).await;
}

#[tokio::test]
async fn callers_without_a_token_have_an_allowance_of_their_own() {
    let app =
        App::start_with(|settings| settings.with("HOTDEAL__LIMITS__PUBLIC_ADDRESS", "3/3600"));
    let app = app.await;
    for _ in 0..3 {
        shown(&app, "shops").await;
    }
    let answer = app.anyone().get("/api/public/deals").send().await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("ratelimit").is_some_and(|told| told.contains("public-address")));
    app.shopper(1).get("/api/shops").send().await.with_status(200);
}
