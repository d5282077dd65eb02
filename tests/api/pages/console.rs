//! The order board: for a shop's seller and for admins, and its buttons do each step once.

use super::{FORM, between, cookie_of, csrf, signed_up, visitor};
use crate::support::{ADMIN_EMAIL, ADMIN_PASSWORD, Answer, App, OrderAnswer};

/// Logs in by the form; the cookie.
pub(super) async fn enters(app: &App, email: &str, password: &str) -> String {
    let form =
        format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"));
    let answer = visitor(app).post("/login").raw(FORM, form).send().await.with_status(303);
    cookie_of(&answer)
}

async fn seller(app: &App, shop: &str) -> String {
    enters(app, &format!("seller-of-{shop}@shoppers.test"), "a long enough password").await
}

pub(super) async fn shows(app: &App, cookie: &str, path: &str) -> Answer {
    visitor(app).get(path).header("cookie", cookie).header("accept-language", "en").send().await
}

/// Presses a button of a card.
pub(super) async fn presses(app: &App, cookie: &str, path: &str, fields: &str) -> Answer {
    let token = csrf(app, cookie).await;
    let sent = visitor(app).post(path).raw(FORM, format!("csrf={token}&{fields}"));
    sent.header("cookie", cookie).send().await
}

/// The order numbers in a column of the board.
fn column(page: &Answer, state: &str) -> Vec<i64> {
    let text = page.text();
    let after = |text: &str, mark: &str| text.split_once(mark).map(|(_, rest)| rest.to_owned());
    let column = after(&text, &format!("<section class=\"column\" id=\"{state}\"")).expect("it");
    let column = column.split("</section>").next().unwrap_or_default();
    let cards = column.split(" data-order=\"").skip(1);
    cards.filter_map(|card| card.split('"').next()?.parse().ok()).collect()
}

#[tokio::test]
async fn a_board_is_for_its_own_seller_and_for_admins() {
    let app = App::start().await;
    let (left, ..) = app.shop("Left", "KRW").await;
    let (right, ..) = app.shop("Right", "KRW").await;
    let board = |shop: i64| format!("/console/?shop={shop}");
    let guest = visitor(&app).get("/console/").header("accept", "text/html").send().await;
    assert_eq!(guest.status.as_u16(), 303, "{guest}");
    assert_eq!(guest.header("location"), Some("/login?return=/console/"));
    let kim = signed_up(&app, "kim").await;
    shows(&app, &kim, "/console/").await.with_status(403);
    let front = shows(&app, &kim, "/").await;
    assert!(!front.text().contains("href=\"/console/\""), "shoppers have no link to it");
    let owner = seller(&app, "Left").await;
    let own = shows(&app, &owner, "/console/").await.with_status(200);
    assert!(own.text().contains("Left") && own.text().contains("href=\"/console/\""), "{own}");
    shows(&app, &owner, &board(left)).await.with_status(200);
    for other in [board(right), board(999_999)] {
        let page = shows(&app, &owner, &other).await.with_status(404);
        assert!(page.text().contains("NOT_FOUND_SHOP"), "{page}");
    }
    let admin = enters(&app, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let page = shows(&app, &admin, &board(right)).await.with_status(200);
    assert!(page.text().contains("Right"));
    shows(&app, &admin, &board(999_999)).await.with_status(404);
    let leads = shows(&app, &owner, "/console").await;
    assert_eq!((leads.status.as_u16(), leads.header("location")), (303, Some("/console/")));
}

#[tokio::test]
async fn each_button_takes_one_step_and_is_not_pressed_twice_or_by_others() {
    let app = App::start().await;
    let (left, ..) = app.shop("Left", "KRW").await;
    app.shop("Right", "KRW").await;
    let lamp = app.product(Some(left), 1_000, 10).await;
    let placed = async |pieces: i64| {
        let body = serde_json::json!({"orderItems": [{"productId": lamp, "quantity": pieces}]});
        let sent = app.shopper(900_003).post_json("/api/orders/v2", &body).send().await;
        let order: OrderAnswer = sent.with_status(200).good();
        order.order_id
    };
    let (first, second) = (placed(2).await, placed(3).await);
    let (owner, other) = (seller(&app, "Left").await, seller(&app, "Right").await);
    let path = |order: i64, step: &str| format!("/console/shops/{left}/orders/{order}/{step}");
    let columns = async || {
        let page = shows(&app, &owner, "/console/").await.with_status(200);
        ["NEW", "ACCEPTED", "READY", "DONE"].map(|state| column(&page, state))
    };
    assert_eq!(columns().await, [vec![second, first], vec![], vec![], vec![]]);
    let page = shows(&app, &owner, "/console/").await;
    let since = between(&page.text(), "data-since=\"").to_owned();
    assert!(since.starts_with(&format!("shop:{left}:")), "{since}");
    // Another shop's seller and a shopper change nothing.
    let accept = path(first, "accept");
    presses(&app, &other, &accept, "minutes=30&key=a").await.with_status(404);
    let kim = signed_up(&app, "kim").await;
    presses(&app, &kim, &accept, "minutes=30&key=a").await.with_status(403);
    let wrong = ["minutes=0", "minutes=20", "minutes=-15", "minutes=x", ""];
    for fields in wrong {
        presses(&app, &owner, &accept, fields).await.with_status(400);
    }
    for fields in ["reason=NONE", "", "reason=NOT_ANSWERED", "reason=CLOSED&text=%00"] {
        presses(&app, &owner, &path(first, "reject"), fields).await.with_status(400);
    }
    assert_eq!(columns().await, [vec![second, first], vec![], vec![], vec![]]);
    for _ in 0..2 {
        let done = presses(&app, &owner, &accept, "minutes=30&key=a").await.with_status(303);
        assert_eq!(done.header("location"), Some(format!("/console/?shop={left}").as_str()));
    }
    assert_eq!(columns().await, [vec![second], vec![first], vec![], vec![]]);
    // Under another key it is another press, and comes too late.
    presses(&app, &owner, &accept, "minutes=30&key=b").await.with_status(409);
    presses(&app, &owner, &path(first, "ready"), "key=c").await.with_status(303);
    assert_eq!(columns().await, [vec![second], vec![], vec![first], vec![]]);
    presses(&app, &owner, &path(first, "done"), "key=d").await.with_status(303);
    assert_eq!(app.stock(lamp).await.quantity, 5);
    let reject = path(second, "reject");
    presses(&app, &owner, &reject, "reason=CLOSED&key=e").await.with_status(303);
    assert_eq!(columns().await, [vec![], vec![], vec![], vec![first]]);
    assert_eq!(app.stock(lamp).await.quantity, 8, "what was rejected is sold again");
    presses(&app, &owner, &path(999_999, "ready"), "key=f").await.with_status(404);
    app.audited();
}

#[tokio::test]
async fn the_list_of_orders_is_filtered_by_its_address_and_shows_one_shop_alone() {
    let app = App::start().await;
    let (left, ..) = app.shop("Left", "KRW").await;
    let (right, ..) = app.shop("Right", "KRW").await;
    let lamp = app.product(Some(left), 1_000, 10).await;
    let bulb = app.product(Some(right), 300, 10).await;
    let lines = serde_json::json!({"orderItems": [
        {"productId": lamp, "quantity": 2}, {"productId": bulb, "quantity": 1},
    ]});
    let wide: OrderAnswer = app.shopper(7).post_json("/api/orders/v2", &lines).send().await.good();
    let alone = serde_json::json!({"productId": bulb, "quantity": 1});
    let alone: OrderAnswer = app.shopper(7).post_json("/api/orders/v1", &alone).send().await.good();
    let owner = seller(&app, "Left").await;
    let link = |order: i64| format!("href=\"/console/orders/{order}\"");
    let list = shows(&app, &owner, "/console/orders").await.with_status(200);
    assert!(list.text().contains(&link(wide.order_id)), "{list}");
    assert!(!list.text().contains(&link(alone.order_id)), "another shop's alone: {list}");
    assert!(list.text().contains("₩2,000") && !list.text().contains("₩2,300"), "{list}");
    for (query, is_there) in [
        ("state=NEW", true),
        ("state=DONE", false),
        ("day=2020-01-01", false),
        (&format!("product={lamp}"), true),
        (&format!("product={bulb}"), false),
        ("state=&day=&product=", true),
    ] {
        let list = shows(&app, &owner, &format!("/console/orders?{query}")).await.with_status(200);
        assert_eq!(list.text().contains(&link(wide.order_id)), is_there, "{query}");
    }
    for query in ["state=LOST", "day=tomorrow", "product=lamp", "behind=x", "shop=0"] {
        shows(&app, &owner, &format!("/console/orders?{query}")).await.with_status(400);
    }
    let one = format!("/console/orders/{}", wide.order_id);
    let page = shows(&app, &owner, &one).await.with_status(200);
    assert!(page.text().contains("₩2,000") && !page.text().contains("₩300"), "{page}");
    for other in [format!("/console/orders/{}", alone.order_id), format!("{one}?shop={right}")] {
        shows(&app, &owner, &other).await.with_status(404);
    }
    let csv = list.text();
    let (_, csv) = csv.split_once("href=\"/api/shops/").expect("a link to the CSV");
    let csv = format!("/api/shops/{}", csv.split('"').next().unwrap_or_default());
    let csv = visitor(&app).get(&csv.replace("&#38;", "&").replace("&amp;", "&"));
    let csv = csv.header("cookie", &owner).send().await.with_status(200);
    assert!(csv.text().contains(&wide.order_id.to_string()), "{csv}");
}
