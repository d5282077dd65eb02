//! Bodies that are larger than they may be (row 20).

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::operations::{Operation, operations};
use crate::support::{App, Role, Settings, Wire, mint};

/// What a route takes here that takes no more than the rest.
const MOST: usize = 1_024;
const CHUNK: usize = 64 << 10;

fn small(settings: Settings) -> Settings {
    settings.with("HOTDEAL__HTTP__BODY_MAX_BYTES", "1024")
}

/// The most a route takes. Two take more than the rest: an import and a deal on many products.
fn most(operation: &Operation) -> usize {
    match operation.id.as_str() {
        "importProducts" => 16 << 20,
        "createEvent" => 4 << 20,
        _ => MOST,
    }
}

fn head(app: &App, operation: &Operation, length: &str) -> String {
    let host = app.url().trim_start_matches("http://");
    let (method, path, token) = (&operation.method, operation.path(7), mint(1, Role::Admin));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\n{length}\r\n\r\n"
    )
}

/// A body of this size in chunks, of which the last is never said to be the last.
fn chunks(size: usize) -> Vec<String> {
    let sizes = (0..size).step_by(CHUNK).map(|sent| CHUNK.min(size - sent));
    sizes.map(|size| format!("{size:x}\r\n{}\r\n", "x".repeat(size))).collect()
}

/// A body too large by one byte, and what came of it.
struct Refused {
    what: String,
    status: Option<u16>,
    /// From the byte that was too much to the answer.
    took: Duration,
    wire: Wire,
}

async fn announced(app: &App, operation: &Operation) -> Refused {
    let length = format!("content-length: {}", most(operation) + 1);
    let mut wire = Wire::open(app).await;
    wire.say(&head(app, operation, &length)).await;
    let begun = Instant::now();
    let status = wire.status().await;
    Refused { what: format!("{}, announced", operation.id), status, took: begun.elapsed(), wire }
}

/// The body's end is never sent: nobody can wait for it.
async fn in_chunks(app: &App, operation: &Operation) -> Refused {
    let mut wire = Wire::open(app).await;
    wire.say(&head(app, operation, "transfer-encoding: chunked")).await;
    for chunk in chunks(most(operation) + 1) {
        wire.say(&chunk).await;
    }
    let begun = Instant::now();
    let status = wire.status().await;
    Refused { what: format!("{}, in chunks", operation.id), status, took: begun.elapsed(), wire }
}

/// Every route, one after the other; then each connection ends, although nothing more is said.
async fn refuse_everywhere(app: &App, operations: &[Operation]) -> Vec<Duration> {
    let mut refused = Vec::new();
    for operation in operations {
        refused.push(announced(app, operation).await);
        refused.push(in_chunks(app, operation).await);
    }
    let wrong: Vec<String> = refused
        .iter()
        .filter(|refused| refused.status != Some(413))
        .map(|Refused { what, status, .. }| format!("{what}: {status:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let took = refused.iter().map(|refused| refused.took).collect();
    join_all(refused.iter_mut().map(|refused| refused.wire.rest())).await;
    took
}

#[tokio::test]
async fn row_20_no_route_takes_a_body_beyond_its_bound() {
    let mut app = App::start_with(small).await;
    let operations = operations(&app);
    app.keeps_less_than(8 << 10, async |app| {
        let mut took = refuse_everywhere(app, &operations).await;
        took.sort_unstable();
        let (median, longest) = (took[took.len() / 2], took[took.len() - 1]);
        println!("median {median:?}, longest {longest:?}");
        // Whoever waits for the rest of a body answers at its deadline, after a minute: far
        // beyond what a machine takes that has much else to do.
        assert!(median < Duration::from_secs(1), "half of the answers take {median:?} and more");
    })
    .await;
    app.anyone().get("/livez").send().await.with_status(200);
}
