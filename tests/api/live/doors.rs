//! Who is let in, from where, and for how long.

use serde_json::json;

use super::{BOTH, ended};
use crate::support::{App, Listener, Over, PATIENCE, Role, eventually, mint, open, upgrade};

/// The status with which a WebSocket and a stream of events are answered.
pub(crate) async fn statuses(app: &App, query: &str, headers: &[(&str, &str)]) -> [u16; 2] {
    let mut request = upgrade(app.url(), &format!("/api/live{query}"), None, "hotdeal.v1+json");
    let mut asked = app.anyone().get(&format!("/api/live/stream{query}"));
    for (name, value) in headers {
        let name = tokio_tungstenite::tungstenite::http::HeaderName::try_from(*name);
        let name = name.expect("a header of the test");
        request.headers_mut().insert(name, value.parse().expect("visible"));
    }
    for (name, value) in headers {
        asked = asked.header(name, value);
    }
    let socket = match open(request).await {
        Ok(_) => 101,
        Err(status) => status,
    };
    [socket, asked.begin().await.as_u16()]
}

#[tokio::test]
async fn nobody_listens_without_a_token_or_with_a_bad_one() {
    let app = App::start().await;
    assert_eq!(statuses(&app, "", &[]).await, [401, 401]);
    assert_eq!(statuses(&app, "", &[("authorization", "Bearer x")]).await, [401, 401]);
    let good = format!("Bearer {}", mint(11, Role::User));
    assert_eq!(statuses(&app, "", &[("authorization", &good)]).await, [101, 200]);
    // A token has no place in an address, where logs would keep it.
    let query = format!("?access_token={}", mint(11, Role::User));
    assert_eq!(statuses(&app, &query, &[]).await, [401, 401]);
}

#[tokio::test]
async fn people_of_every_role_listen_and_servers_of_partners_do_not() {
    let app = App::start().await;
    for role in Role::ALL {
        let token = format!("Bearer {}", mint(11, role));
        let expected = if role == Role::Partner { [403, 403] } else { [101, 200] };
        let found = statuses(&app, "", &[("authorization", &token)]).await;
        assert_eq!(found, expected, "{role:?}");
    }
}

#[tokio::test]
async fn a_stream_is_passed_on_as_it_comes_and_says_when_to_come_back() {
    let app = App::start().await;
    let token = mint(11, Role::User);
    let opened = Listener::connect(Over::Sse, app.url(), &token, None).await.expect("let in");
    let Listener::Sse { mut response, .. } = opened else { panic!("it is a stream") };
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
    ] {
        let found = response.headers().get(name).map(|value| value.to_str().expect("visible"));
        assert_eq!(found, Some(value), "{name}");
    }
    let mut told = String::new();
    while !told.contains("\n\n") {
        let chunk = response.chunk().await.expect("it is open").expect("it goes on");
        told.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    let first = told.split("\n\n").next().and_then(|first| first.strip_prefix("retry: "));
    let wait: u64 = first.and_then(|wait| wait.parse().ok()).unwrap_or_else(|| panic!("{told}"));
    assert!((1_000..4_000).contains(&wait), "{wait}");
}

#[tokio::test]
async fn pages_from_elsewhere_are_turned_away_before_the_upgrade() {
    let app =
        App::start_with(|settings| settings.with("HOTDEAL__LIVE__ORIGINS", "https://shop.example"))
            .await;
    let token = format!("Bearer {}", mint(11, Role::User));
    let own = app.url().to_owned();
    for (origin, expected) in [
        (own.as_str(), [101, 200]),
        ("https://shop.example", [101, 200]),
        ("https://evil.example", [403, 403]),
        ("null", [403, 403]),
        ("https://shop.example.evil.example", [403, 403]),
    ] {
        let headers = [("authorization", token.as_str()), ("origin", origin)];
        assert_eq!(statuses(&app, "", &headers).await, expected, "{origin}");
    }
}

#[tokio::test]
async fn logging_out_withdrawing_and_another_role_end_open_connections_at_once() {
    let app = App::start().await;
    let password = json!({"password": "a long enough password"});
    for (name, over) in [("kim", Over::WebSocket), ("lee", Over::Sse)] {
        for end in ["logout", "withdraw", "role"] {
            let (id, client) = app.signed_up(&format!("{name}-{end}")).await;
            let token = client.token().expect("logged in");
            let mut listener =
                Listener::connect(over, app.url(), token, None).await.expect("let in");
            listener.expect("ready").await;
            let before = ended(&app.admin(), "revoked").await;
            match end {
                "role" => {
                    let path = format!("/api/admin/users/{id}/role");
                    let body = json!({"role": "SELLER"});
                    app.admin().put(&path).json(&body).send().await.with_status(200);
                }
                end => {
                    let path = format!("/api/auth/{end}");
                    client.post_json(&path, &password).send().await.with_status(200);
                }
            }
            match over {
                Over::WebSocket => {
                    let closed = listener.next().await.expect_err("it is closed");
                    assert!(closed.contains("4401") && closed.contains("revoked"), "{closed}");
                }
                Over::Sse => {
                    let end = listener.expect("end").await;
                    assert_eq!(end.event["reason"], json!("revoked"));
                    listener.next().await.expect_err("it is closed");
                }
            }
            // Counted when the connection has gone.
            eventually("it is counted", PATIENCE, async || {
                (ended(&app.admin(), "revoked").await == before + 1).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_connection_ends_with_its_token_and_when_the_server_stops() {
    let mut app = App::start().await;
    let mut claims = crate::support::Claims::of(11, Role::User);
    // Time enough to come in with it, also where a machine has much else to do.
    claims.exp = crate::support::now_s() + 6;
    let short = crate::support::mint_claims(&claims, crate::support::SECRET);
    let mut all = Vec::new();
    for (over, told) in [(Over::WebSocket, "4401"), (Over::Sse, "ended")] {
        let mut listener = Listener::connect(over, app.url(), &short, None).await.expect("in");
        listener.expect("ready").await;
        all.push((listener, told));
    }
    for (mut listener, told) in all {
        let closed = loop {
            match listener.next().await {
                Ok(told) => assert_eq!(told.event["reason"], json!("expired")),
                Err(closed) => break closed,
            }
        };
        assert!(closed.contains(told), "{closed}");
    }
    let token = mint(12, Role::User);
    let mut all = Vec::new();
    for over in BOTH {
        let mut listener = Listener::connect(over, app.url(), &token, None).await.expect("in");
        listener.expect("ready").await;
        all.push(listener);
    }
    let server = app.take_server();
    server.ask_to_stop();
    for mut listener in all {
        while listener.next().await.is_ok() {}
    }
    assert!(server.ended().status.success(), "open connections do not keep it from stopping");
}
