//! Following products: one's own, once each, and nobody else's business.

use serde_json::{Value, json};

use crate::support::{Answer, App, Client};

const ASK: &str = "/api/subscribe/sub-product";

/// An account without a log-in: its number. Tokens for it are made by the tests.
pub(crate) async fn account(app: &App, name: &str) -> i64 {
    let email = format!("{name}@followers.test");
    let body = json!({"email": email, "name": name, "password": "a long enough password"});
    let answer = app.anyone().post_json("/api/auth/signup", &body).send().await;
    let signed_up: Value = answer.with_status(201).good();
    signed_up["data"]["authId"].as_i64().expect("a number")
}

pub(crate) async fn follow(app: &App, user: i64, products: &[i64]) -> Answer {
    app.shopper(user).post_json(ASK, &json!({"productIds": products})).send().await
}

pub(crate) async fn leave(app: &App, user: i64, product: i64) -> Answer {
    let path = format!("/api/subscribe/cancel-sub?productId={product}");
    app.shopper(user).ask(reqwest::Method::DELETE, &path).send().await
}

async fn followers(client: &Client, product: i64) -> Vec<Value> {
    let path = format!("/api/subscribe/search-sub-user?productId={product}");
    client.get(&path).send().await.with_status(200).good()
}

fn pairs(user: i64, products: &[i64]) -> Vec<Value> {
    products.iter().map(|product| json!({"userId": user, "productId": product})).collect()
}

#[tokio::test]
async fn a_person_follows_products_and_leaves_them() {
    let app = App::start().await;
    let (lamp, bulb) = (app.product(None, 100, 0).await, app.product(None, 100, 0).await);
    let user = account(&app, "a").await;
    let first: Vec<Value> = follow(&app, user, &[bulb, lamp, bulb]).await.with_status(201).good();
    assert_eq!(first, pairs(user, &[bulb, lamp]));
    let facts = "SELECT last_sequence FROM streams WHERE stream = 'user:";
    let sequence = app.database.number(&format!("{facts}{user}'")).await;
    // What is followed already is answered the same, and nothing happens.
    let again: Vec<Value> = follow(&app, user, &[lamp]).await.with_status(201).good();
    assert_eq!(again, pairs(user, &[lamp]));
    assert_eq!(app.database.number(&format!("{facts}{user}'")).await, sequence);
    assert_eq!(followers(&app.shopper(user), lamp).await, pairs(user, &[lamp]));
    let left: Vec<Value> = leave(&app, user, lamp).await.with_status(200).good();
    assert_eq!(left, pairs(user, &[lamp]));
    leave(&app, user, lamp).await.refused(404, "NOT_FOUND_SUBSCRIPTION");
    assert_eq!(followers(&app.shopper(user), lamp).await, pairs(user, &[]));
    assert_eq!(followers(&app.shopper(user), bulb).await, pairs(user, &[bulb]));
    follow(&app, user, &[lamp]).await.with_status(201);
    assert_eq!(app.database.number("SELECT count(*) FROM subscriptions").await, 2);
    app.audited();
}

#[tokio::test]
async fn nobody_sees_who_follows_a_product_or_ends_it_for_somebody_else() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 0).await;
    let (a, b) = (account(&app, "a").await, account(&app, "b").await);
    for user in [a, b] {
        follow(&app, user, &[lamp]).await.with_status(201);
    }
    assert_eq!(followers(&app.shopper(a), lamp).await, pairs(a, &[lamp]));
    let both = [pairs(a, &[lamp]), pairs(b, &[lamp])].concat();
    assert_eq!(followers(&app.admin(), lamp).await, both);
    let page = format!("/api/subscribe/search-sub-user?productId={lamp}&after={a}&limit=1");
    let rest: Vec<Value> = app.admin().get(&page).send().await.good();
    assert_eq!(rest, pairs(b, &[lamp]));
    let path = format!("/api/subscribe/cancel-sub?productId={lamp}&userId=");
    for (client, victim) in [(app.shopper(a), b), (app.admin(), b), (app.shopper(a), 800_000_000)] {
        let asked = client.ask(reqwest::Method::DELETE, &format!("{path}{victim}"));
        asked.send().await.refused(404, "NOT_FOUND_SUBSCRIPTION");
    }
    assert_eq!(followers(&app.admin(), lamp).await, both);
    let own = app.shopper(b).ask(reqwest::Method::DELETE, &format!("{path}{b}"));
    own.send().await.with_status(200);
    assert_eq!(followers(&app.admin(), lamp).await, pairs(a, &[lamp]));
    app.audited();
}

#[tokio::test]
async fn a_list_of_followers_that_goes_on_says_where() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 0).await;
    let mut expected = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let user = account(&app, name).await;
        follow(&app, user, &[lamp]).await.with_status(201);
        expected.extend(pairs(user, &[lamp]));
    }
    for (limit, pages) in [("", 1), ("&limit=4", 1), ("&limit=3", 2), ("&limit=2", 2)] {
        let mut next = Some(format!("/api/subscribe/search-sub-user?productId={lamp}{limit}"));
        let (mut found, mut seen) = (Vec::<Value>::new(), 0);
        while let Some(page) = next {
            let answer = app.admin().get(&page).send().await.with_status(200);
            found.extend(answer.good::<Vec<Value>>());
            seen += 1;
            next = answer.header("link").map(|link| {
                let target = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\""));
                target.unwrap_or_else(|| panic!("{link} is no link to the next page")).to_owned()
            });
        }
        assert_eq!((found, seen), (expected.clone(), pages), "{limit}");
    }
}

#[tokio::test]
async fn only_products_on_sale_are_followed_and_the_others_are_named() {
    let app = App::start().await;
    let (lamp, bulb) = (app.product(None, 100, 0).await, app.product(None, 100, 0).await);
    let user = account(&app, "a").await;
    follow(&app, user, &[bulb]).await.with_status(201);
    let path = format!("/api/products/{bulb}");
    app.admin().ask(reqwest::Method::DELETE, &path).send().await.with_status(204);
    let refused = follow(&app, user, &[800_000_001, lamp, bulb]).await;
    let problem = refused.refused(404, "NOT_FOUND_PRODUCT");
    assert_eq!(problem.product_ids, Some(vec![800_000_001, bulb]));
    assert_eq!(followers(&app.admin(), lamp).await, pairs(user, &[]), "all or nothing");
    // Who follows a product that went off sale can still leave it.
    assert_eq!(followers(&app.admin(), bulb).await, pairs(user, &[bulb]));
    leave(&app, user, bulb).await.with_status(200);
    let nothing = "/api/subscribe/search-sub-user?productId=800000001";
    app.admin().get(nothing).send().await.refused(404, "NOT_FOUND_PRODUCT");
    follow(&app, 700_000_000, &[lamp]).await.refused(404, "NOT_FOUND_USER");
    app.audited();
}

#[tokio::test]
async fn a_person_follows_no_more_products_than_can_be() {
    let bound = "HOTDEAL__SUBSCRIPTIONS__PER_USER_MAX";
    let app = App::start_with(|settings| settings.with(bound, "3")).await;
    let mut products = Vec::new();
    for _ in 0..4 {
        products.push(app.product(None, 100, 0).await);
    }
    let user = account(&app, "a").await;
    follow(&app, user, &products).await.refused(409, "TOO_MANY_SUBSCRIPTIONS");
    follow(&app, user, &products[..3]).await.with_status(201);
    follow(&app, user, &products[..2]).await.with_status(201);
    let problem = follow(&app, user, &products[2..]).await.refused(409, "TOO_MANY_SUBSCRIPTIONS");
    assert_eq!(problem.member.as_deref(), Some("productIds"));
    leave(&app, user, products[0]).await.with_status(200);
    follow(&app, user, &products[3..]).await.with_status(201);
    assert_eq!(app.database.number("SELECT count(*) FROM subscriptions").await, 3);
    app.audited();
}

#[tokio::test]
async fn a_repeat_under_the_same_key_is_answered_the_same_after_a_crash() {
    let mut app = App::start().await;
    let lamp = app.product(None, 100, 0).await;
    let user = account(&app, "a").await;
    let body = json!({"productIds": [lamp]});
    let ask = async |app: &App| app.shopper(user).post_json(ASK, &body).key("s-1").send().await;
    let path = format!("/api/subscribe/cancel-sub?productId={lamp}");
    let end = async |app: &App| {
        app.shopper(user).ask(reqwest::Method::DELETE, &path).key("e-1").send().await
    };
    let first = ask(&app).await.with_status(201);
    let ended = end(&app).await.with_status(200);
    app.admin()
        .ask(reqwest::Method::DELETE, &format!("/api/products/{lamp}"))
        .send()
        .await
        .with_status(204);
    app.kill();
    app.start_again();
    for (answer, before) in [(ask(&app).await, first), (end(&app).await, ended)] {
        assert_eq!((answer.status, &answer.body), (before.status, &before.body));
        assert_eq!(answer.header("idempotent-replayed"), Some("true"));
    }
    assert_eq!(app.database.number("SELECT count(*) FROM subscriptions").await, 0);
    app.audited();
}

#[tokio::test]
async fn who_withdraws_follows_nothing_also_after_coming_back() {
    let mut app = App::start().await;
    let (lamp, bulb) = (app.product(None, 100, 0).await, app.product(None, 100, 0).await);
    let (user, client) = app.signed_up("leaver").await;
    let body = json!({"productIds": [lamp, bulb]});
    client.post_json(ASK, &body).send().await.with_status(201);
    let password = json!({"password": "a long enough password"});
    client.post_json("/api/auth/withdraw", &password).send().await.with_status(200);
    assert_eq!(app.database.number("SELECT count(*) FROM subscriptions").await, 0);
    app.audited();
    app.admin().post(&format!("/api/auth/{user}/restore")).send().await.with_status(200);
    assert_eq!(followers(&app.admin(), lamp).await, Vec::<Value>::new());
    // Tokens made before the withdrawal are void; this one is of the account's next log-in.
    let login = json!({"email": "leaver@shoppers.test", "password": "a long enough password"});
    let answer: Value = app.anyone().post_json("/api/auth/login", &login).send().await.good();
    let token = answer["data"]["accessToken"].as_str().map(str::to_owned);
    let body = json!({"productIds": [bulb]});
    let back = app.anyone().with_token(token);
    back.post_json(ASK, &body).send().await.with_status(201);
    app.kill();
    app.start_again();
    assert_eq!(followers(&app.admin(), bulb).await, pairs(user, &[bulb]));
    app.audited();
}

#[tokio::test]
async fn bad_calls_are_refused_by_name() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 0).await;
    let user = account(&app, "a").await;
    for (body, member) in [
        (json!({}), "productIds"),
        (json!({"productIds": []}), "productIds"),
        (json!({"productIds": [0]}), "productIds"),
        (json!({"productIds": "1"}), "productIds"),
    ] {
        let answer = app.shopper(user).post_json(ASK, &body).send().await;
        let problem = answer.problem();
        assert_eq!((problem.status, answer.status.as_u16()), (400, 400), "{answer}");
        assert!(problem.member.is_some_and(|named| named.contains(member)), "{answer}");
    }
    for (method, path) in [
        ("GET", "/api/subscribe/search-sub-user".to_owned()),
        ("GET", "/api/subscribe/search-sub-user?productId=x".to_owned()),
        ("GET", format!("/api/subscribe/search-sub-user?productId={lamp}&limit=0")),
        ("DELETE", "/api/subscribe/cancel-sub".to_owned()),
        ("DELETE", format!("/api/subscribe/cancel-sub?productId={lamp}&userId=me")),
        ("DELETE", format!("/api/subscribe/cancel-sub?productId={lamp}&productId={lamp}")),
    ] {
        let asked = app.shopper(user).ask(method.parse().expect("a method"), &path);
        assert_eq!(asked.send().await.problem().status, 400, "{method} {path}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM subscriptions").await, 0);
}
