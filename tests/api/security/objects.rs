//! Other people's things (rows 3 to 5, 8 and 9).

use reqwest::Method;
use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{App, OrderAnswer, Role, event_body, product_body};

/// What could have changed.
async fn state(app: &App) -> Vec<String> {
    let mut state = Vec::new();
    for table in ["orders", "products", "shops", "coupon_batches", "coupon_issues", "deals"] {
        let count = app.database.number(&format!("SELECT count(*) FROM {table}")).await;
        state.push(format!("{count} {table}"));
    }
    let facts = app.database.number("SELECT CAST(sum(last_sequence) AS BIGINT) FROM streams").await;
    let orders: Vec<(i64, String)> =
        app.database.rows("SELECT id, status FROM orders ORDER BY id").await;
    let products: Vec<(i64, String, i64)> =
        app.database.rows("SELECT id, name, price FROM products ORDER BY id").await;
    state.push(format!("{facts} facts, {orders:?}, {products:?}"));
    state
}

#[tokio::test]
async fn row_3_anothers_order_is_like_none_also_by_a_guessed_number() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    let body = json!({"productId": lamp, "quantity": 1});
    let order = async |user: i64| -> OrderAnswer {
        app.shopper(user).post_json("/api/orders/v1", &body).send().await.good()
    };
    let (mine, theirs) = (order(11).await, order(22).await);
    let before = state(&app).await;
    let seller = app.with_role(33, Role::Seller);
    for number in [theirs.order_id, theirs.order_id + 1, theirs.order_id - 1, 1, 800_000_000] {
        if number == mine.order_id {
            continue;
        }
        let path = format!("/api/orders/{number}");
        for client in [app.shopper(11), seller.clone(), app.with_role(44, Role::Counsellor)] {
            client.get(&path).send().await.refused(404, "NOT_FOUND_ORDER");
            client.put(&path).send().await.refused(404, "NOT_FOUND_ORDER");
        }
    }
    // Cancelling is the owner's alone: not even an admin's, who may look.
    let path = format!("/api/orders/{}", theirs.order_id);
    app.admin().get(&path).send().await.with_status(200);
    app.admin().put(&path).send().await.refused(404, "NOT_FOUND_ORDER");
    assert_eq!(state(&app).await, before);
}

#[tokio::test]
async fn row_4_who_somebody_is_the_token_says_and_nothing_else() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    let event = app.event(5).await;
    let body =
        json!({"productId": lamp, "quantity": 1, "userId": 99, "user": 99, "eventId": event});
    let asked = app.shopper(7).post_json("/api/orders/v1?userId=99", &body);
    let order: OrderAnswer = asked.header("x-user-id", "99").send().await.good();
    assert_eq!(order.user_id, 7);
    let asked = app.shopper(7).post_json("/api/coupons/issue?userId=99", &body);
    asked.header("x-user-id", "99").send().await.with_status(200);
    for table in ["orders", "coupon_issues"] {
        let sql = format!("SELECT user_id FROM {table}");
        assert_eq!(app.database.rows::<(i64,)>(&sql).await, [(7,)], "{table}");
    }
}

#[tokio::test]
async fn row_5_a_seller_does_nothing_in_anothers_shop() {
    let app = App::start().await;
    let (_, _, seller) = app.shop("Mine", "KRW").await;
    let (other, _, owner) = app.shop("Theirs", "KRW").await;
    let lamp = app.product(Some(other), 100, 50).await;
    let mut campaign = event_body("Theirs", 3);
    campaign["shopId"] = other.into();
    let batch = app.preloaded(&campaign).await;
    let path = format!("/api/coupons/batches/{}", batch.batch_id);
    owner.get(&path).send().await.with_status(200);
    let mut taken_over = campaign.clone();
    taken_over["eventId"] = batch.event_id.into();
    let mut product = product_body("Theirs", 5);
    product["shopId"] = other.into();
    let stock = format!("/api/stocks/product/{lamp}");
    let rows = "{\"name\":\"Lamp\",\"price\":100}";
    let before = state(&app).await;
    let path = |path: String| path;
    for (method, path, body, statuses) in [
        (Method::POST, path("/api/products".into()), Some(product.clone()), &[403_u16] as &[u16]),
        (Method::PUT, path(format!("/api/products/{lamp}")), Some(product), &[403]),
        (Method::DELETE, path(format!("/api/products/{lamp}")), None, &[403]),
        (Method::POST, path(format!("{stock}/increase?quantity=1")), None, &[403]),
        (Method::POST, path(format!("{stock}/reset?quantity=1")), None, &[403]),
        (Method::POST, path(format!("{stock}/adjust?delta=1&reason=COUNT")), None, &[403]),
        (Method::POST, path("/api/coupons/preload".into()), Some(campaign), &[403]),
        (Method::POST, path("/coupons/preload".into()), Some(taken_over), &[403]),
        (Method::GET, path(format!("/api/coupons/batches/{}", batch.batch_id)), None, &[404]),
        (Method::GET, path(format!("/api/shops/{other}/sales")), None, &[403]),
        (Method::POST, path("/api/event/create".into()), Some(deal_body(5.0, &[lamp])), &[403]),
        (
            Method::POST,
            path("/api/shops".into()),
            Some(json!({"name": "S", "currency": "KRW", "ownerId": 1})),
            &[403],
        ),
    ] {
        let mut asked = seller.ask(method, &path);
        if let Some(body) = &body {
            asked = asked.json(body);
        }
        let answer = asked.send().await;
        assert!(statuses.contains(&answer.problem().status), "{answer}");
    }
    let import = format!("/api/products/import?shopId={other}");
    for query in ["", "&dryRun=true"] {
        let asked = seller.post(&format!("{import}{query}")).raw("application/x-ndjson", rows);
        assert_eq!(asked.send().await.problem().status, 403);
    }
    assert_eq!(state(&app).await, before);
    app.audited();
}

#[tokio::test]
async fn row_8_no_answer_holds_what_is_kept_inside() {
    let app = App::start().await;
    let (user, kim) = app.signed_up("kim").await;
    let (shop, _, seller) = app.shop("Open", "KRW").await;
    let lamp = app.product(Some(shop), 100, 50).await;
    let event = app.event(5).await;
    let body = json!({"productId": lamp, "quantity": 1, "eventId": event});
    let order: OrderAnswer = kim.post_json("/api/orders/v1", &body).send().await.good();
    kim.post_json("/api/coupons/issue", &body).send().await.with_status(200);
    let paths = [
        "/api/users/me".to_owned(),
        "/api/admin/users".to_owned(),
        "/api/admin/events".to_owned(),
        "/api/admin/actors".to_owned(),
        format!("/api/admin/actors/event/{event}"),
        format!("/api/admin/actors/user/{user}"),
        format!("/api/orders/{}", order.order_id),
        format!("/api/products/{lamp}"),
        format!("/api/shops/{shop}"),
        format!("/api/shops/{shop}/sales"),
        "/metrics".to_owned(),
        "/readyz".to_owned(),
    ];
    let sql = "SELECT password_phc FROM credentials";
    let mut secrets: Vec<String> =
        app.database.rows::<(String,)>(sql).await.into_iter().map(|row| row.0).collect();
    let sql = "SELECT code_key, seed, fingerprint FROM coupon_batches";
    for (key, seed, fingerprint) in app.database.rows::<(String, String, String)>(sql).await {
        secrets.extend([key, seed, fingerprint]);
    }
    secrets.extend(["argon2", "phc", "codeKey", "passwordHash"].map(str::to_owned));
    for path in paths {
        for client in [&app.anyone(), &kim, &seller, &app.admin()] {
            let text = client.get(&path).send().await.text();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{path} tells {secret}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn row_9_members_that_are_not_asked_for_have_no_effect() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 50).await;
    let more = |mut body: Value| {
        for (name, value) in [
            ("role", json!("ADMIN")),
            ("price", json!(1)),
            ("productPrice2", json!(1)),
            ("status", json!("ORDER_CANCELLED")),
            ("issuedBy", json!(1)),
            ("epoch", json!(99)),
            ("id", json!(1)),
            ("userId", json!(1)),
            ("createdAt", json!("2001-01-01T00:00:00Z")),
            ("discountPrice", json!(1)),
            ("stock", json!(1_000)),
        ] {
            body[name] = value;
        }
        body
    };
    let person = json!({"email": "new@shop.test", "name": "New", "password": "a long enough one"});
    app.anyone().post_json("/api/auth/signup", &more(person)).send().await.with_status(201);
    let sql = "SELECT role FROM credentials WHERE email = 'new@shop.test'";
    assert_eq!(app.database.rows::<(String,)>(sql).await, [("USER".to_owned(),)]);
    // Row 14: what a client says about the price is not heard either.
    let order = more(json!({"productId": lamp, "quantity": 2}));
    let order: OrderAnswer = app.shopper(7).post_json("/api/orders/v1", &order).send().await.good();
    assert_eq!((order.total_order_price, order.user_id), (200, 7));
    assert_eq!(order.status, "ORDER_SUCCESS");
    let lines = json!({"orderItems": [more(json!({"productId": lamp, "quantity": 1}))]});
    let order: OrderAnswer = app.shopper(7).post_json("/api/orders/v2", &lines).send().await.good();
    assert_eq!(order.total_order_price, 100);
    let product = more(product_body("Chair", 700));
    let made: Value = app.admin().post_json("/api/products", &product).send().await.good();
    let id = made["productId"].as_i64().expect("a number");
    assert_eq!(app.product_view(id).await.original_price, json!(700));
    assert_eq!(app.stock(id).await.quantity, 0);
    let deal = more(deal_body(10.0, &[lamp]));
    app.admin().post_json("/api/event/create", &deal).send().await.with_status(201);
    let order: OrderAnswer = app
        .shopper(8)
        .post_json("/api/orders/v1", &json!({"productId": lamp, "quantity": 1}))
        .send()
        .await
        .good();
    assert_eq!(order.total_order_price, 90);
    app.audited();
}
