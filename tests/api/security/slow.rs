//! Clients that take their time (rows 30 to 32).

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{App, PATIENCE, Role, Settings, Wire, mint};

async fn connect(app: &App) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    TcpStream::connect(address).await.expect("the server listens")
}

/// Connections that the server holds, as the system tells them.
fn connections(app: &App) -> usize {
    let port: u16 =
        app.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the system tells");
    let is_ours = |line: &&str| {
        let mut columns = line.split_whitespace().skip(1);
        let (local, state) = (columns.next().unwrap_or_default(), columns.nth(1));
        local.ends_with(&format!(":{port:04X}")) && state == Some("01")
    };
    table.lines().filter(is_ours).count()
}

/// Sockets that trickle at the same time.
const TRICKLING: usize = 2_000;

/// Sends a head a letter at a time until the server has had enough: what it said, and when.
async fn trickle(address: String) -> (String, Duration) {
    let mut stream = TcpStream::connect(&address).await.expect("the server listens");
    let begun = Instant::now();
    let mut buffer = [0; 256];
    for letter in "GET /livez HTTP/1.1\r\nhost: x\r\nx: ".bytes().chain([b'x'].repeat(60)) {
        let pause = tokio::time::sleep(Duration::from_secs(1));
        let heard = tokio::select! {
            heard = stream.read(&mut buffer) => heard.unwrap_or(0),
            () = pause => match stream.write_all(&[letter]).await {
                Ok(()) => continue,
                Err(_) => stream.read(&mut buffer).await.unwrap_or(0),
            },
        };
        return (String::from_utf8_lossy(&buffer[..heard]).into_owned(), begun.elapsed());
    }
    panic!("it was listened to for ever");
}

/// The time that 99 of 100 calls stay below while `goes_on`, and at least 200 of them.
async fn p99_of_others(app: &App, mut goes_on: impl FnMut() -> bool) -> Duration {
    let mut took = Vec::new();
    while goes_on() || took.len() < 200 {
        let asked = Instant::now();
        app.shopper(7).get("/api/event").send().await.with_status(200);
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_30_heads_that_trickle_are_cut_off_and_hold_nobody_up() {
    // Long enough that most have come before the first has to go, also where a machine has much
    // else to do.
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__HEAD_DEADLINE_MS", "15000");
    let app = App::start_with(short).await;
    let alone = p99_of_others(&app, || false).await;
    let address = app.url().trim_start_matches("http://").to_owned();
    let mut trickling: tokio::task::JoinSet<_> =
        (0..TRICKLING).map(|_| trickle(address.clone())).collect();
    crate::support::eventually("most are heard at a time", PATIENCE, async || {
        (connections(&app) > TRICKLING * 3 / 4).then_some(())
    })
    .await;
    let until = Instant::now() + Duration::from_secs(2);
    let beside = p99_of_others(&app, || Instant::now() < until).await;
    let (mut told, mut longest) = (0, Duration::ZERO);
    while let Some(ended) = trickling.join_next().await {
        let (heard, after) = ended.expect("no client fails");
        told += usize::from(heard.starts_with("HTTP/1.1 408 "));
        longest = longest.max(after);
    }
    println!("p99 {alone:?} alone, {beside:?} beside; {told} told, the last after {longest:?}");
    // A letter may be under way when the server closes: then its word is lost. The busier the
    // machine, the more there are of them.
    assert!(told > TRICKLING / 2, "{told} were told why");
    assert!(longest < PATIENCE, "the last was cut off after {longest:?}");
    // The machine may be busy otherwise: who is held up waits for a deadline of fifteen seconds.
    let bound = (alone * 5).max(Duration::from_secs(1));
    assert!(beside < bound, "p99 {alone:?} alone, {beside:?} beside");
    crate::support::eventually("nothing is left of them", PATIENCE, async || {
        (connections(&app) < 10).then_some(())
    })
    .await;
}

#[tokio::test]
async fn row_30_a_later_head_has_its_deadline_too() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__HEAD_DEADLINE_MS", "1000");
    let app = App::start_with(short).await;
    for begun in ["G", "\r\n", "GET /livez HTTP/1.1\r\nhost: x\r\n"] {
        let mut wire = Wire::open(&app).await;
        wire.say("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(wire.answer().await.starts_with("HTTP/1.1 200 "));
        wire.say(begun).await;
        // A connection on which nothing was begun is kept for 75 s.
        let (heard, took) = wire.rest().await;
        assert_eq!(heard, "", "after {begun:?}");
        assert!(took < Duration::from_secs(30), "after {begun:?}: {took:?}");
    }
}

#[tokio::test]
async fn row_31_a_body_where_none_is_taken_ends_the_connection() {
    let app = App::start().await;
    for path in ["/api/live/stream", "/api/live"] {
        for body in ["transfer-encoding: chunked\r\n\r\n", "content-length: 9\r\n\r\n"] {
            let mut wire = Wire::open(&app).await;
            wire.say(&format!("GET {path} HTTP/1.1\r\nhost: x\r\n{body}")).await;
            let (heard, _) = wire.rest().await;
            assert!(heard.starts_with("HTTP/1.1 401 "), "{path}, {body:?}: {heard}");
        }
    }
}

#[tokio::test]
async fn row_31_a_body_that_does_not_come_is_cut_off_at_the_deadline_however_it_was_announced() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__BODY_DEADLINE_MS", "300");
    let app = App::start_with(short).await;
    let host = app.url().trim_start_matches("http://").to_owned();
    let token = mint(1, Role::User);
    let cut_off = async |announced: &str, begins: &str, path: &str| {
        let mut wire = Wire::open(&app).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\n{announced}\r\n\r\n{begins}"
        );
        wire.say(&head).await;
        // To the end of the connection: it comes although nothing more is said.
        let (heard, took) = wire.rest().await;
        let status = heard.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let expected = match path {
            "/api/coupons/issue" => "408",
            "/api/admin/users" => "405",
            _ => "404",
        };
        assert_eq!(status, Some(expected), "{announced}, {path}: {heard}");
        assert!(took < Duration::from_secs(15), "{announced}, {path}: {took:?}");
    };
    let mut all = Vec::new();
    for (announced, begins) in [
        ("content-length: 1000", ""),
        ("content-length: 1000", "{"),
        ("transfer-encoding: chunked", ""),
        ("transfer-encoding: chunked", "1\r\n{\r\n"),
    ] {
        // Whether there is such a route, and whether it is read or not.
        for path in ["/api/coupons/issue", "/api/admin/users", "/api/nowhere"] {
            all.push(cut_off(announced, begins, path));
        }
    }
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn row_31_a_body_that_trickles_is_cut_off_at_the_deadline() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__BODY_DEADLINE_MS", "500");
    let app = App::start_with(short).await;
    let host = app.url().trim_start_matches("http://").to_owned();
    let token = mint(1, Role::User);
    let mut stream = connect(&app).await;
    let head = format!(
        "POST /api/coupons/issue HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("it listens");
    let begun = Instant::now();
    let mut heard = Vec::new();
    let mut buffer = [0; 1_024];
    loop {
        let pause = tokio::time::sleep(Duration::from_millis(50));
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(count) if count > 0 => heard.extend_from_slice(&buffer[..count]),
                _ => break,
            },
            () = pause => drop(stream.write_all(b"{").await),
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it was listened to for ever");
    }
    let heard = String::from_utf8_lossy(&heard);
    assert!(heard.starts_with("HTTP/1.1 408 ") && heard.contains("BODY_TIMEOUT"), "{heard}");
}

#[tokio::test]
async fn row_32_answers_that_nobody_reads_end() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "15000");
    let app = App::start_with(short).await;
    let asked = "GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000);
    let clients = (0..20).map(|_| async {
        let mut stream = connect(&app).await;
        // The server stops reading when nobody reads it: not all of it goes out.
        let sending = stream.write_all(asked.as_bytes());
        _ = tokio::time::timeout(Duration::from_millis(500), sending).await;
        stream
    });
    let unread = futures_util::future::join_all(clients).await;
    assert!(connections(&app) >= 20, "all of them are served");
    crate::support::eventually("all are cut off", crate::support::PATIENCE, async || {
        (connections(&app) < 10).then_some(())
    })
    .await;
    drop(unread);
    app.anyone().get("/livez").send().await.with_status(200);
}
