//! schemathesis reads the document and calls the running server by it, in every way that is
//! allowed and in many that are not; whatever is not answered as the document says is a failure.
//! What it is told of the server stands in tests/contract.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{ADMIN_EMAIL, ADMIN_PASSWORD, App, Client, OrderAnswer, event_body};

/// The program; `tests/run` installs it.
const PROGRAM: &str = "HOTDEAL_SCHEMATHESIS";
/// Another seed makes other calls.
const SEED: &str = "HOTDEAL_SCHEMATHESIS_SEED";
const USUAL_SEED: u64 = 20_261_121;
/// Calls of each kind and operation. With this many the two roles take about a minute.
const EXAMPLES: &str = "15";
/// The groups of calls that are limited.
const LIMITS: [&str; 6] = ["AUTH", "READ", "WRITE", "SALE", "LIVE", "ADMIN"];
/// Operations that are not called: an event stream that is let in goes on for hours, and
/// schemathesis reads each answer to its end. `live::doors` and `live::resume` examine it.
const ENDLESS: &[&str] = &["openLiveStream", "openShopLive"];
const SHOPPER_EMAIL: &str = "shopper@shoppers.test";
const SHOPPER_PASSWORD: &str = "a long enough password";

/// A server that does not mind being told many wrong passwords, nor how often it is called.
async fn patient() -> App {
    App::start_with(|settings| {
        let patient = settings
            .with("HOTDEAL__AUTH__WRONG_PER_ACCOUNT_MAX", "1000000")
            .with("HOTDEAL__AUTH__WRONG_PER_ADDRESS_MAX", "1000000");
        LIMITS.iter().fold(patient, |settings, limit| {
            settings
                .with(&format!("HOTDEAL__LIMITS__{limit}_USER"), "off")
                .with(&format!("HOTDEAL__LIMITS__{limit}_ADDRESS"), "off")
        })
    })
    .await
}

async fn logged_in(app: &App, email: &str, password: &str) -> String {
    let body = json!({"email": email, "password": password});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    let told: Value = answer.with_status(200).good();
    told["data"]["accessToken"].as_str().expect("a token").to_owned()
}

/// A small mall, and what schemathesis has to know of it.
async fn world(app: &App, role: &str) -> Value {
    let admin_token = logged_in(app, ADMIN_EMAIL, ADMIN_PASSWORD).await;
    let admin = app.anyone().with_token(Some(admin_token.clone()));
    let (shopper, _) = app.signed_up("shopper").await;
    let shopper_token = logged_in(app, SHOPPER_EMAIL, SHOPPER_PASSWORD).await;
    let (others, _) = app.signed_up("other").await;
    let (shop, _, _) = app.shop("Fuzz", "KRW").await;
    let mut products = Vec::new();
    for place in 0..4 {
        let product = app.product(Some(shop).filter(|_| place % 2 == 0), 500, 0).await;
        let path = format!("/api/stocks/product/{product}/reset?quantity=1000000000");
        admin.post(&path).send().await.with_status(200);
        products.push(product);
    }
    let deal: Value =
        admin.post_json("/api/event/create", &deal_body(5.0, &products)).send().await.good();
    let batch = app.preloaded(&event_body("Fuzz", 5_000)).await;
    let mut coupon_events = vec![batch.event_id];
    for place in 0..5 {
        // One person gets one coupon of an event: to see more of them given out takes more events.
        coupon_events.push(app.event(100 + place).await);
    }
    let (token, email, password) = match role {
        "admin" => (&admin_token, ADMIN_EMAIL, ADMIN_PASSWORD),
        _ => (&shopper_token, SHOPPER_EMAIL, SHOPPER_PASSWORD),
    };
    let client = app.anyone().with_token(Some(token.clone()));
    json!({
        "url": app.url(),
        "seed": seed(),
        "role": role,
        "token": token,
        "adminToken": admin_token,
        "email": email,
        "password": password,
        "couponEvents": coupon_events,
        "batchId": [batch.batch_id],
        "productId": products,
        "eventId": [deal["eventId"]],
        "shopId": [shop],
        // Roles are given to the other: the shopper of this run keeps its own.
        "userId": [others],
        "authId": [shopper, others],
        "orderId": [ordered(&client, products[0]).await, ordered(&client, products[1]).await],
    })
}

async fn ordered(client: &Client, product: i64) -> i64 {
    let body = json!({"productId": product, "quantity": 1});
    let made: OrderAnswer = client.post_json("/api/orders/v1", &body).send().await.good();
    made.order_id
}

fn seed() -> u64 {
    match std::env::var(SEED) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{SEED} is a number, not `{text}`")),
        Err(_) => USUAL_SEED,
    }
}

fn program() -> PathBuf {
    std::env::var_os(PROGRAM).map(PathBuf::from).unwrap_or_else(|| {
        panic!(
            "{PROGRAM} names no schemathesis. Run `tests/run contract::fuzz`, which installs it \
             for the run, or install tests/contract/requirements.txt with pip and set it."
        )
    })
}

async fn examined_as(role: &str) {
    let program = program();
    let app = patient().await;
    let world = world(&app, role).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract");
    println!("schemathesis as {role}: seed {} (set {SEED} for another)", seed());
    let examined = tokio::process::Command::new(program)
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("{}/api/openapi.json", app.url()))
        .args(["--checks", "all", "--max-examples", EXAMPLES, "--seed", &seed().to_string()])
        .args(ENDLESS.iter().flat_map(|name| ["--exclude-operation-id", name]))
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("HOTDEAL_WORLD", world.to_string())
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(app.folder())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = examined.await.expect("schemathesis can be run");
    let told = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{told}\n{complaints}", output.status);
    // Something was done.
    assert!(told.contains("passed"), "{told}");
    app.anyone().get("/readyz").send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn an_admin_who_calls_by_the_document_is_answered_by_it() {
    examined_as("admin").await;
}

#[tokio::test]
async fn a_shopper_who_calls_by_the_document_is_answered_by_it() {
    examined_as("user").await;
}
