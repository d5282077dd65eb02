//! Whenever it is asked to stop, it stops in good order.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::support::{App, Hotdeal, PATIENCE};

const ROUNDS: usize = 50;

/// Waits until somebody listens there.
fn until_bound(address: SocketAddr) {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "nobody listens at {address}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Asks it to stop, and waits until it has.
#[track_caller]
fn stopped(server: Hotdeal, which: &str) {
    server.ask_to_stop();
    let ended = server.ended();
    assert_eq!(ended.status.code(), Some(0), "{which}: {ended:?}");
}

#[tokio::test]
async fn asked_to_stop_at_the_moment_it_is_ready_it_stops_in_good_order() {
    let mut app = App::start().await;
    stopped(app.take_server(), "the first");
    for round in 0..ROUNDS {
        let mut server = app.another(&["serve"]);
        server.ready_at().unwrap_or_else(|told| panic!("round {round}: {told}"));
        stopped(server, &format!("round {round}"));
    }
    app.audited();
}

#[tokio::test]
async fn asked_to_stop_before_it_is_ready_it_stops_in_good_order() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let address = free.expect("a free port");
    let mut app = App::start_with(|s| s.with("HOTDEAL__HTTP__BIND", &address.to_string())).await;
    stopped(app.take_server(), "the first");
    for round in 0..ROUNDS / 5 {
        let server = app.another(&["serve"]);
        until_bound(address);
        stopped(server, &format!("round {round}"));
    }
    app.start_again();
    app.audited();
}
