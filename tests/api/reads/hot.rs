//! What is read again and again asks no table, and is never older than what was acknowledged
//! before it was asked.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{App, PATIENCE, eventually, product_body};

/// No account has such a number.
const SHOPPER: i64 = 700_000;

#[tokio::test]
async fn what_was_just_read_is_read_again_without_the_tables() {
    let app = App::start().await;
    let lamp = app.product(None, 1_000, 10).await;
    let (_, person) = app.signed_up("reader").await;
    let paths = [
        format!("/api/products/{lamp}"),
        format!("/api/stocks/product/{lamp}"),
        "/api/users/me".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(person.get(path).send().await.with_status(200).text());
    }
    let page = person.get("/api/products?limit=5").send().await.with_status(200).text();
    let tables = app.database.open().await;
    let hidden = ["products", "stocks", "credentials"];
    for table in hidden {
        tables.spoil(&format!("ALTER TABLE {table} RENAME TO {table}_gone")).await;
    }
    let mut after = Vec::new();
    for path in &paths {
        after.push(person.get(path).send().await);
    }
    for table in hidden {
        tables.spoil(&format!("ALTER TABLE {table}_gone RENAME TO {table}")).await;
    }
    tables.close().await;
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(after.with_status(200).text(), before);
    }
    assert_eq!(person.get("/api/products?limit=5").send().await.with_status(200).text(), page);
}

/// Reads a number again and again, each at least what was acknowledged before it was asked.
async fn never_falls_behind(
    read: impl AsyncFn() -> i64,
    acknowledged: watch::Receiver<i64>,
    last: i64,
) {
    loop {
        let least = *acknowledged.borrow();
        let told = read().await;
        assert!(told >= least, "{told} was read after {least} had been acknowledged");
        if told == last {
            return;
        }
    }
}

#[tokio::test]
async fn a_read_is_never_older_than_what_was_acknowledged_before_it_was_asked() {
    const LAST: i64 = 60;
    let app = App::start().await;
    let lamp = app.product(None, 100, 1_000).await;
    let (prices, price) = watch::channel(100);
    let (sales, sold) = watch::channel(0);
    let changes = async {
        for number in 1..=LAST {
            let path = format!("/api/products/{lamp}");
            let body = product_body("Desk lamp", 100 + number);
            app.admin().put(&path).json(&body).send().await.with_status(200);
            prices.send_replace(100 + number);
            let order = json!({"orderItems": [{"productId": lamp, "quantity": 1}]});
            app.shopper(SHOPPER).post_json("/api/orders/v2", &order).send().await.with_status(200);
            sales.send_replace(number);
        }
    };
    let one = async || app.product_view(lamp).await.original_price.as_i64().expect("a price");
    let page = async || {
        let page: Value = app.shopper(SHOPPER).get("/api/products?limit=1").send().await.good();
        page["items"][0]["originalPrice"].as_i64().expect("a price")
    };
    let stock = async || app.stock(lamp).await.sold;
    futures_util::join!(
        changes,
        never_falls_behind(one, price.clone(), 100 + LAST),
        never_falls_behind(page, price, 100 + LAST),
        never_falls_behind(stock, sold, LAST),
    );
    app.admin().ask(Method::DELETE, &format!("/api/products/{lamp}")).send().await.with_status(204);
    for path in [format!("/api/products/{lamp}"), format!("/api/stocks/product/{lamp}")] {
        app.shopper(SHOPPER).get(&path).send().await.refused(404, "NOT_FOUND_PRODUCT");
    }
    app.audited();
}

#[tokio::test]
async fn who_one_is_follows_a_change_of_role_at_once() {
    let app = App::start().await;
    let (user, person) = app.signed_up("climber").await;
    let me: Value = person.get("/api/users/me").send().await.good();
    assert_eq!(me["role"], json!("USER"));
    for role in ["COUNSELLOR", "SELLER"] {
        let path = format!("/api/admin/users/{user}/role");
        let set = app.admin().put(&path).json(&json!({"role": role}));
        set.send().await.with_status(200);
        let person = app.logged_in("climber").await;
        let me: Value = person.get("/api/users/me").send().await.good();
        assert_eq!(me["role"], json!(role));
    }
}

#[tokio::test]
async fn a_page_of_products_says_how_old_it_is() {
    let app = App::start().await;
    app.product(None, 1_000, 0).await;
    let read = async || app.shopper(SHOPPER).get("/api/products?limit=3").send().await;
    let first = read().await.with_status(200);
    assert_eq!(first.header("age"), Some("0"));
    let again = eventually("a page is read twice", PATIENCE, async || {
        let page = read().await.with_status(200);
        (page.header("age") == Some("1")).then_some(page)
    });
    assert_eq!(again.await.text(), first.text());
    // Something new is seen at once.
    let lamp = app.product(None, 1_000, 0).await;
    let page: Value = read().await.with_status(200).good();
    assert_eq!(page["items"][1]["productId"], json!(lamp), "{page}");
}
