//! Clients that take their time (rows 30 to 32).

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{App, Role, Settings, Wire, mint};

async fn connect(app: &App) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    TcpStream::connect(address).await.expect("the server listens")
}

/// Memory of the server's process, in KiB.
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

#[tokio::test]
async fn row_30_heads_that_trickle_are_cut_off_and_hold_nobody_up() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__HEAD_DEADLINE_MS", "1000");
    let app = App::start_with(short).await;
    let begun = Instant::now();
    let trickling = (0..400).map(|_| async {
        let mut stream = connect(&app).await;
        let mut buffer = [0; 256];
        // One letter at a time, until the server has had enough.
        for letter in "GET /livez HTTP/1.1\r\nhost: x\r\nx: ".bytes().chain([b'x'].repeat(1_000)) {
            let pause = tokio::time::sleep(Duration::from_millis(100));
            tokio::select! {
                heard = stream.read(&mut buffer) => return heard.unwrap_or(0),
                () = pause => if stream.write_all(&[letter]).await.is_err() { return 0 },
            }
        }
        panic!("it was listened to for ever");
    });
    let others = async {
        let mut worst = Duration::ZERO;
        for _ in 0..40 {
            let asked = Instant::now();
            app.anyone().get("/livez").send().await.with_status(200);
            worst = worst.max(asked.elapsed());
        }
        worst
    };
    let (_, worst) = futures_util::join!(futures_util::future::join_all(trickling), others);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(worst < Duration::from_secs(2), "others waited {worst:?}");
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
async fn row_32_answers_that_nobody_reads_take_no_memory_and_end() {
    let short = |settings: Settings| settings.with("HOTDEAL__HTTP__UNREAD_DEADLINE_MS", "5000");
    let mut app = App::start_with(short).await;
    // A first answer, so that what it takes once is not counted below.
    Wire::open(&app).await.say("GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").await;
    app.anyone().get("/api/openapi.json").send().await.with_status(200);
    let before = app.memory_kib();
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
    let grown = app.memory_kib().saturating_sub(before);
    assert!(grown < 64 << 10, "{grown} KiB for 20 clients that do not read");
    let within = Duration::from_secs(30);
    crate::support::eventually("all are cut off", within, async || {
        (connections(&app) < 10).then_some(())
    })
    .await;
    drop(unread);
    app.anyone().get("/livez").send().await.with_status(200);
}
