//! Programs that nobody here wrote stand between the server and its clients, or are its clients, and
//! many of them speak HTTP/1.0: whoever comes, nobody else waits for it. `tests/run` installs them.

mod program;
mod stalls;
mod versions;

use std::time::Duration;

use futures_util::future::join_all;

use self::program::{Program, tell};
use crate::support::{App, Settings};

/// Requests of each test, by so many clients at a time.
const REQUESTS: usize = 480;
const CLIENTS: usize = 16;
/// Far longer than an answer takes, and shorter than a connection is kept.
const SOON: Duration = Duration::from_secs(20);

/// One thread serves all connections, so that what one leaves behind another finds.
async fn one_worker() -> App {
    App::start_with(|settings: Settings| settings.with("HOTDEAL__HTTP__WORKERS", "1")).await
}

fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().timeout(SOON).no_proxy();
    client.build().expect("a plain client can be built")
}

/// How many of the clients' requests, reads and writes, were not answered as they should be.
async fn unanswered(url: &str) -> usize {
    let client = client();
    let ask = async |number: usize| {
        let (request, expected) = match number % 2 {
            0 => (client.get(format!("{url}/livez")), 200),
            // Nobody is known by that; the body is read all the same.
            _ => (
                client.post(format!("{url}/api/auth/reissue")).body("{\"refreshToken\": \"x\"}"),
                401,
            ),
        };
        let request = request.header("content-type", "application/json");
        match request.send().await {
            Ok(answer) => usize::from(answer.status() != expected),
            Err(_) => 1,
        }
    };
    let one = async |_| {
        let mut missed = 0;
        for number in 0..REQUESTS / CLIENTS {
            missed += ask(number).await;
        }
        missed
    };
    join_all((0..CLIENTS).map(one)).await.into_iter().sum()
}

#[tokio::test]
async fn ab_is_answered_on_connections_it_keeps() {
    let app = one_worker().await;
    let url = format!("{}/livez", app.url());
    let (requests, clients) = (REQUESTS.to_string(), CLIENTS.to_string());
    let told = tell("ab", &["-q", "-k", "-s", "20", "-n", &requests, "-c", &clients, &url]);
    for line in ["Failed requests:        0", "Keep-Alive requests:    480"] {
        assert!(told.contains(line), "not {line:?}: {told}");
    }
}

#[tokio::test]
async fn wrk_is_answered_while_others_speak_http_1_0() {
    let app = one_worker().await;
    let url = format!("{}/livez", app.url());
    let others = std::thread::spawn({
        let url = url.clone();
        move || tell("ab", &["-q", "-s", "20", "-n", "2000", "-c", "8", &url])
    });
    let told = tell("wrk", &["-t", "1", "-c", "16", "-d", "5s", "--timeout", "2s", &url]);
    others.join().expect("the others are answered, too");
    let count = told.lines().find_map(|line| line.split_once(" requests in "));
    let count: u64 = count.and_then(|(count, _)| count.trim().parse().ok()).expect("its count");
    // Where connections hang, each has some answers and then none.
    assert!(count > 1_000 && !told.contains("Socket errors"), "{told}");
}

#[tokio::test]
async fn nginx_as_it_comes_makes_no_direct_client_wait() {
    let app = one_worker().await;
    let server = app.url().trim_start_matches("http://");
    let nginx = Program::nginx("", &format!("proxy_pass http://{server};")).await;
    let (behind, beside) = tokio::join!(unanswered(&nginx.url), unanswered(app.url()));
    assert_eq!((behind, beside), (0, 0), "behind nginx and beside it, of {REQUESTS} each");
}

#[tokio::test]
async fn nginx_that_keeps_its_connections_is_answered_on_them() {
    let app = one_worker().await;
    let server = app.url().trim_start_matches("http://");
    let upstream = format!("upstream ours {{ server {server}; keepalive 8; }}");
    let pass = "proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_pass http://ours;";
    let nginx = Program::nginx(&upstream, pass).await;
    let plain = Program::nginx("", &format!("proxy_pass http://{server};")).await;
    let (behind, beside) = tokio::join!(unanswered(&nginx.url), unanswered(&plain.url));
    assert_eq!((behind, beside), (0, 0), "of {REQUESTS} each");
}

#[tokio::test]
async fn haproxy_that_checks_the_server_gets_every_answer() {
    let app = one_worker().await;
    let server = app.url().trim_start_matches("http://");
    let haproxy = Program::haproxy(&format!(
        "option httpchk GET /livez\n  server ours {server} check inter 200ms"
    ))
    .await;
    let mut missed = 0;
    // Long enough for some checks between the requests.
    for _ in 0..3 {
        missed += unanswered(&haproxy.url).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    assert_eq!(missed, 0, "of {}", 3 * REQUESTS);
}
