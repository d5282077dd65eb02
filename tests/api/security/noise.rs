//! Nobody fills the log (row 24).

use std::time::Duration;

use crate::support::{App, PATIENCE, Settings, Wire, eventually};

/// What anybody may send who is no client of ours, before and after a WebSocket is open.
const NO_HTTP: [&str; 5] = [
    "\u{1}\u{2}\r\n\r\n",
    "GET /livez HTTP/1.1\r\n\r\n",
    "GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
    "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
     transfer-encoding: chunked\r\n\r\nzz\r\n",
    "GET /livez HTTP/3.9\r\nhost: x\r\n\r\n",
];
const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// Heads of frames: parts of control frames, unknown kinds, a part of nothing, one that is too long.
const NO_FRAMES: [[u8; 2]; 6] =
    [[0x08, 0x80], [0x09, 0x80], [0x0a, 0x80], [0x83, 0x80], [0x00, 0x80], [0x89, 0xfe]];

async fn make_noise(app: &App) {
    for text in NO_HTTP {
        let mut wire = Wire::open(app).await;
        wire.say(text).await;
        wire.status().await;
    }
    let told = NO_FRAMES.map(async |frame| {
        let mut wire = Wire::open(app).await;
        wire.say(UPGRADE).await;
        assert!(wire.heard("\r\n\r\n").await.contains(" 101 "), "it is open");
        wire.say_bytes(&[frame.as_slice(), &[0; 4]].concat()).await;
        _ = tokio::time::timeout(Duration::from_secs(5), wire.rest()).await;
    });
    futures_util::future::join_all(told).await;
}

#[tokio::test]
async fn row_24_what_anybody_can_send_is_no_error_of_ours() {
    for filter in [None, Some("warn"), Some("error"), Some("info,hotdeal=debug")] {
        let mut app = App::start_with(|settings: Settings| match filter {
            Some(filter) => settings.with("HOTDEAL__LOG__FILTER", filter),
            None => settings.without("HOTDEAL__LOG__FILTER"),
        })
        .await;
        make_noise(&app).await;
        let loud: Vec<String> = app.server().logged().lines().map(str::to_owned).collect();
        let loud: Vec<&String> =
            loud.iter().filter(|line| line.contains("ERROR") || line.contains(" WARN ")).collect();
        assert!(loud.is_empty(), "{filter:?}: {loud:#?}");
    }
}

#[tokio::test]
async fn row_24_who_looks_for_faults_is_told_what_came_in() {
    for filter in ["debug,actix_http::h1=trace", "trace"] {
        let loud = |settings: Settings| settings.with("HOTDEAL__LOG__FILTER", filter);
        let mut app = App::start_with(loud).await;
        make_noise(&app).await;
        eventually("it tells", PATIENCE, async || {
            let logged = app.server().logged();
            ["parse error", "Unfinished fragment"]
                .iter()
                .all(|told| logged.contains(told))
                .then_some(())
        })
        .await;
    }
}
