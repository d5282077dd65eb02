//! Every operation that the server says takes a key, honours it: made from the description of the
//! API, so that a new one cannot be forgotten.

use serde_json::{Value, json};

use super::is_replay;
use crate::deals::deal_body;
use crate::security::operations::{Operation, operations};
use crate::support::{
    Answer, App, Client, OrderAnswer, PATIENCE, event_body, eventually, product_body,
};

const PASSWORD: &str = "a long enough password";

/// A call that has an effect, and a body or path that makes it another one.
struct Keyed {
    who: Client,
    path: String,
    body: Option<Value>,
    /// The same operation asked for something else.
    other: (String, Option<Value>),
}

/// A body that differs by a member nobody reads is another body.
fn other(body: &Value) -> Value {
    let mut other = body.clone();
    other["another"] = json!("request");
    other
}

fn with_body(who: &Client, path: &str, body: Value) -> Keyed {
    let other = (path.to_owned(), Some(other(&body)));
    Keyed { who: who.clone(), path: path.to_owned(), body: Some(body), other }
}

fn bare(who: &Client, path: String) -> Keyed {
    let other = format!("{path}{}x=1", if path.contains('?') { '&' } else { '?' });
    Keyed { who: who.clone(), path, body: None, other: (other, None) }
}

/// The stage on which every operation has an effect.
struct Stage {
    app: App,
    lamp: i64,
    event: i64,
    refresh: String,
}

impl Stage {
    async fn set() -> Self {
        let app = App::start().await;
        let lamp = app.product(None, 100, 50).await;
        let event = app.event(10).await;
        app.signed_up("kim").await;
        let refresh = log_in(&app, "kim").await.1;
        Self { app, lamp, event, refresh }
    }

    async fn deal(&self) -> i64 {
        let body = deal_body(5.0, &[self.lamp]);
        let opened = self.app.admin().post_json("/api/event/create", &body).send().await;
        opened.good::<Value>()["eventId"].as_i64().expect("a number")
    }

    async fn order(&self) -> OrderAnswer {
        let body = json!({"productId": self.lamp, "quantity": 1});
        self.app.shopper(70_007).post_json("/api/orders/v1", &body).send().await.good()
    }

    /// A call of this operation; `None` for one that this table does not know.
    async fn call(&self, id: &str) -> Option<Keyed> {
        let Self { app, lamp, event, refresh } = self;
        let (admin, shopper, anyone) = (app.admin(), app.shopper(70_007), app.anyone());
        let stock = |call: &str| bare(&admin, format!("/api/stocks/product/{lamp}/{call}"));
        let turn =
            async |call: &str| bare(&admin, format!("/api/event/{}/{call}", self.deal().await));
        let line = json!({"productId": lamp, "quantity": 1});
        let lines = json!({"orderItems": [line]});
        let kim = json!({"email": "kim@shoppers.test", "password": PASSWORD});
        let password = json!({"password": PASSWORD});
        Some(match id {
            "signUp" => {
                let body = json!({"email": "n@shop.test", "name": "N", "password": PASSWORD});
                with_body(&anyone, "/api/auth/signup", body)
            }
            "logIn" => with_body(&anyone, "/api/auth/login", kim),
            "reissue" => with_body(&anyone, "/api/auth/reissue", json!({"refreshToken": refresh})),
            "logOut" => {
                let (access, _) = log_in(app, "kim").await;
                with_body(&app.anyone().with_token(Some(access)), "/api/auth/logout", password)
            }
            "withdraw" => {
                let (_, gone) = app.signed_up("gone").await;
                with_body(&gone, "/api/auth/withdraw", password)
            }
            "changePassword" => {
                let (_, changer) = app.signed_up("changer").await;
                let body =
                    json!({"password": PASSWORD, "newPassword": "a longer walk in the hills"});
                with_body(&changer, "/api/auth/password", body)
            }
            "restoreUser" => {
                let (user, back) = app.signed_up("back").await;
                let gone = back.post_json("/api/auth/withdraw", &password).send().await;
                gone.with_status(200);
                bare(&admin, format!("/api/auth/{user}/restore"))
            }
            "setRole" => {
                let (user, _) = app.signed_up("role").await;
                let path = format!("/api/admin/users/{user}/role");
                with_body(&admin, &path, json!({"role": "COUNSELLOR"}))
            }
            "issueCoupon" => with_body(&shopper, "/api/coupons/issue", json!({"eventId": event})),
            "issueCouponShort" => {
                with_body(&app.shopper(70_008), "/coupons/issue", json!({"eventId": event}))
            }
            "preloadCoupons" => with_body(&admin, "/api/coupons/preload", event_body("A", 3)),
            "preloadCouponsShort" => with_body(&admin, "/coupons/preload", event_body("B", 3)),
            "orderOne" => with_body(&shopper, "/api/orders/v1", line),
            "orderV2" => with_body(&shopper, "/api/orders/v2", lines),
            "orderProducts" => with_body(&shopper, "/api/orders/products", lines),
            "cancelOrder" => bare(&shopper, format!("/api/orders/{}", self.order().await.order_id)),
            "createEvent" => with_body(&admin, "/api/event/create", deal_body(7.0, &[*lamp])),
            "pauseEvent" => turn("pause").await,
            "resumeEvent" => {
                let deal = self.deal().await;
                admin.post(&format!("/api/event/{deal}/pause")).send().await.with_status(200);
                bare(&admin, format!("/api/event/{deal}/resume"))
            }
            "cancelEvent" => turn("cancel").await,
            "subscribe" => {
                let (_, follower) = app.signed_up("follower").await;
                let body = json!({"productIds": [lamp]});
                with_body(&follower, "/api/subscribe/sub-product", body)
            }
            "unsubscribe" => {
                let (_, leaver) = app.signed_up("leaver").await;
                let body = json!({"productIds": [lamp]});
                let asked = leaver.post_json("/api/subscribe/sub-product", &body);
                asked.send().await.with_status(201);
                bare(&leaver, format!("/api/subscribe/cancel-sub?productId={lamp}"))
            }
            "readNotifications" => {
                let (_, reader) = app.signed_up("reader").await;
                let body = json!({"productIds": [lamp]});
                let asked = reader.post_json("/api/subscribe/sub-product", &body);
                asked.send().await.with_status(201);
                self.deal().await;
                eventually("a notice", PATIENCE, async || {
                    let told: Value = reader.get("/api/notifications").send().await.good();
                    (told["unread"].as_i64() > Some(0)).then_some(())
                })
                .await;
                with_body(&reader, "/api/notifications/read", json!({"upTo": "notices:9000"}))
            }
            "openShop" => {
                let (owner, _) = app.signed_up("owner").await;
                let body = json!({"name": "S", "currency": "KRW", "ownerId": owner});
                with_body(&admin, "/api/shops", body)
            }
            "increaseStock" => stock("increase?quantity=5"),
            "resetStock" => stock("reset?quantity=70"),
            "setLowStock" => stock("low?quantity=20"),
            "adjustStock" => stock("adjust?delta=-1&reason=COUNT"),
            "createProduct" => with_body(&admin, "/api/products", product_body("New", 5)),
            "changeProduct" => {
                with_body(&admin, &format!("/api/products/{lamp}"), product_body("Lamp", 110))
            }
            "patchProduct" => {
                let body = json!({"productPrice": 120});
                with_body(&admin, &format!("/api/products/{lamp}"), body)
            }
            "withdrawProduct" => {
                let gone = app.product(None, 5, 0).await;
                bare(&admin, format!("/api/products/{gone}"))
            }
            "importProducts" => {
                let row = json!({"name": "Row", "price": 5});
                with_body(&admin, "/api/products/import", row)
            }
            _ => return None,
        })
    }
}

async fn log_in(app: &App, name: &str) -> (String, String) {
    let body = json!({"email": format!("{name}@shoppers.test"), "password": PASSWORD});
    let pair: Value = app.anyone().post_json("/api/auth/login", &body).send().await.good();
    let token = |name: &str| pair["data"][name].as_str().expect("a token").to_owned();
    (token("accessToken"), token("refreshToken"))
}

async fn ask(
    operation: &Operation,
    who: &Client,
    (path, body): (&str, Option<&Value>),
    key: &str,
) -> Answer {
    let asked = who.ask(operation.method.parse().expect("a method"), path).key(key);
    let media = match operation.id.as_str() {
        "importProducts" => "application/x-ndjson",
        _ => "application/json",
    };
    match body {
        Some(body) => asked.raw(media, body.to_string()).send().await,
        None => asked.send().await,
    }
}

#[tokio::test]
async fn every_route_that_changes_something_answers_a_repeat_with_the_first_answer() {
    let mut stage = Stage::set().await;
    let described = operations(&stage.app);
    // What changes nothing durable: looking things up, the filter of one process's log, and tickets,
    // each of which is good once.
    let plain =
        ["searchProducts", "searchStocks", "searchEvents", "noop", "setLogLevel", "buyTicket"];
    let mut answered = Vec::new();
    for operation in described.iter().filter(|operation| operation.method != "GET") {
        if plain.contains(&operation.id.as_str()) {
            assert!(!operation.takes_key, "{operation:?}");
            continue;
        }
        assert!(operation.takes_key, "{} takes no key", operation.id);
        let call = stage.call(&operation.id).await;
        let call = call.unwrap_or_else(|| panic!("{} is not in the table", operation.id));
        let key = format!("key-of-{}", operation.id);
        let what = (call.path.as_str(), call.body.as_ref());
        let first = ask(operation, &call.who, what, &key).await;
        assert!(first.status.is_success() && !is_replay(&first), "{first}");
        let bare = ask(operation, &call.who, what, &key).await;
        let quoted = ask(operation, &call.who, what, &format!("\"{key}\"")).await;
        for again in [&bare, &quoted] {
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{again}");
            assert!(is_replay(again), "{again}");
        }
        let other = (call.other.0.as_str(), call.other.1.as_ref());
        let refused = ask(operation, &call.who, other, &key).await;
        refused.refused(422, "IDEMPOTENCY_KEY_REUSED");
        answered.push((operation, call, key, first));
    }
    assert!(answered.len() >= 25, "{}", answered.len());
    // Kept with the effect: also there after a crash.
    let facts = async |app: &App| {
        app.database.number("SELECT CAST(sum(last_sequence) AS BIGINT) FROM streams").await
    };
    for (what, waiting) in [
        ("prepared", "SELECT count(*) FROM coupon_batches WHERE status = 'PREPARING'"),
        ("told", "SELECT count(*) FROM deal_news WHERE done_at IS NULL"),
    ] {
        eventually(&format!("all is {what}"), PATIENCE, async || {
            (stage.app.database.number(waiting).await == 0).then_some(())
        })
        .await;
    }
    let written = facts(&stage.app).await;
    stage.app.kill();
    stage.app.start_again();
    for (operation, call, key, first) in &answered {
        let who = call.who.again(&stage.app);
        let what = (call.path.as_str(), call.body.as_ref());
        let again = ask(operation, &who, what, key).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{again}");
        assert!(is_replay(&again), "{again}");
    }
    assert_eq!(facts(&stage.app).await, written, "a repeat writes nothing");
    stage.app.audited();
}

#[tokio::test]
async fn no_token_and_no_password_is_kept_under_a_key() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let body = json!({"email": "kim@shoppers.test", "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/login", &body).key("secret-1").send().await;
    let pair: Value = asked.with_status(200).good();
    let refresh = pair["data"]["refreshToken"].as_str().expect("a token").to_owned();
    let body = json!({"refreshToken": refresh});
    let asked = app.anyone().post_json("/api/auth/reissue", &body).key("secret-2").send().await;
    let renewed: Value = asked.with_status(200).good();
    let access = renewed["data"]["accessToken"].as_str().expect("a token").to_owned();
    let client = app.anyone().with_token(Some(access));
    let body = json!({"password": PASSWORD});
    let asked = client.post_json("/api/auth/logout", &body).key("secret-3").send().await;
    asked.with_status(200);
    let sql = "SELECT number, answer FROM answers ORDER BY number";
    let rows: Vec<(i64, String)> = app.database.rows(sql).await;
    assert_eq!(rows.len(), 3, "{rows:?}");
    for (_, answer) in rows {
        for secret in ["eyJ", PASSWORD, "kim@"] {
            assert!(!answer.contains(secret), "{secret} in {answer}");
        }
    }
}

#[tokio::test]
async fn a_key_keeps_no_stolen_token_good() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let (_, first) = log_in(&app, "kim").await;
    let reissue = async |refresh: &str, key: &str| {
        let body = json!({"refreshToken": refresh});
        app.anyone().post_json("/api/auth/reissue", &body).key(key).send().await
    };
    let second: Value = reissue(&first, "k-1").await.with_status(200).good();
    assert!(is_replay(&reissue(&first, "k-1").await.with_status(200)));
    let second = second["data"]["refreshToken"].as_str().expect("a token").to_owned();
    let third: Value = reissue(&second, "k-2").await.with_status(200).good();
    let third = third["data"]["refreshToken"].as_str().expect("a token").to_owned();
    // The successor was used: whoever comes with the first token now is no repeat.
    reissue(&first, "k-1").await.refused(401, "TOKEN_MISMATCH");
    for (refresh, key) in [(&third, "k-3"), (&second, "k-2"), (&first, "k-1")] {
        reissue(refresh, key).await.refused(401, "TOKEN_MISMATCH");
    }
    app.audited();
}

#[tokio::test]
async fn a_void_token_finds_the_answer_to_its_own_last_call_and_nothing_else() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let (access, _) = log_in(&app, "kim").await;
    let client = app.anyone().with_token(Some(access));
    let out = async |password: &str, key: &str| {
        let body = json!({"password": password});
        client.post_json("/api/auth/logout", &body).key(key).send().await
    };
    out(PASSWORD, "out-1").await.with_status(200);
    assert!(is_replay(&out(PASSWORD, "out-1").await.with_status(200)));
    out(PASSWORD, "out-2").await.refused(401, "TOKEN_MISMATCH");
    let body = json!({"password": PASSWORD});
    let bare = client.post_json("/api/auth/logout", &body).send().await;
    bare.refused(401, "TOKEN_MISMATCH");
    let other = client.post_json("/api/auth/withdraw", &body).key("out-1").send().await;
    other.refused(401, "TOKEN_MISMATCH");
    client.get("/api/users/me").key("out-1").send().await.refused(401, "TOKEN_MISMATCH");
    // Another body under the key may be a guess at the password in it, and is counted as one.
    let mut statuses = Vec::new();
    for number in 0..12 {
        let answer = out(&format!("guess number {number}"), "out-1").await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses.first(), Some(&422), "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}
