//! What clients that exist do beyond what ours would: they write the scheme of a token as they
//! like, send it when they open the connection, and subscribe to topics of other servers.

use serde_json::json;

use super::commands::{next, say, stomp, told};
use super::stomp::Stompjs;
use super::{deal, follower};
use crate::support::{App, Role, Socket, mint, open, upgrade};

const SCHEMES: [&str; 4] = ["Bearer", "bearer", "BEARER", "bEaReR"];
const ADDRESSES: [&str; 2] = ["/ws", "/ws/websocket"];

/// Opens a connection with this header.
async fn opened(app: &App, path: &str, header: Option<&str>) -> Result<Socket, u16> {
    let mut request = upgrade(app.url(), path, None, "v12.stomp");
    if let Some(header) = header {
        request.headers_mut().insert("authorization", header.parse().expect("visible"));
    }
    open(request).await
}

/// What a CONNECT with this header is answered.
async fn connecting(socket: &mut Socket, header: Option<&str>) -> String {
    let mut headers = vec![("accept-version", "1.2")];
    headers.extend(header.map(|header| ("Authorization", header)));
    say(socket, &stomp("CONNECT", &headers)).await;
    told(&next(socket).await)
}

#[tokio::test]
async fn the_scheme_of_a_token_may_be_written_in_any_case() {
    let app = App::start().await;
    let token = mint(7, Role::User);
    for scheme in SCHEMES {
        let header = format!("{scheme} {token}");
        let asked = app.anyone().get("/api/products?size=1").header("authorization", &header);
        asked.send().await.with_status(200);
        let mut socket = opened(&app, "/ws", None).await.expect("anyone may open it");
        assert_eq!(connecting(&mut socket, Some(&header)).await, "CONNECTED", "{scheme}");
        let mut request = upgrade(app.url(), "/api/live", None, "hotdeal.v1+json");
        request.headers_mut().insert("authorization", header.parse().expect("visible"));
        assert!(open(request).await.is_ok(), "{scheme}");
    }
}

#[tokio::test]
async fn a_token_on_the_request_that_opens_the_connection_counts() {
    let app = App::start().await;
    let good = mint(7, Role::User);
    for path in ADDRESSES {
        for scheme in SCHEMES {
            let header = format!("{scheme} {good}");
            let mut socket = opened(&app, path, Some(&header)).await.expect("let in");
            assert_eq!(connecting(&mut socket, None).await, "CONNECTED", "{path} {scheme}");
        }
        // A bad one is told of by the CONNECT, which may carry a newer one.
        for (header, answer) in
            [(None, "ERROR TOKEN_MISMATCH"), (Some(format!("bearer {good}")), "CONNECTED")]
        {
            let mut socket = opened(&app, path, Some("Bearer x")).await.expect("open to anyone");
            assert_eq!(connecting(&mut socket, header.as_deref()).await, answer, "{path}");
        }
        // What another scheme says is for a proxy on the way, and not for us.
        let mut socket = opened(&app, path, Some("Basic eDp5")).await.expect("anyone may open it");
        assert_eq!(connecting(&mut socket, None).await, "ERROR NOT_FOUND_TOKEN", "{path}");
        let mut socket = opened(&app, path, Some("Basic eDp5")).await.expect("anyone may open it");
        let bearer = format!("Bearer {good}");
        assert_eq!(connecting(&mut socket, Some(&bearer)).await, "CONNECTED", "{path}");
    }
    let partner = format!("Bearer {}", mint(8, Role::Partner));
    let mut socket = opened(&app, "/ws", Some(&partner)).await.expect("anyone may open it");
    assert_eq!(connecting(&mut socket, None).await, "ERROR FORBIDDEN");
}

#[tokio::test]
async fn a_token_that_is_revoked_after_the_connection_was_opened_connects_nobody() {
    let app = App::start().await;
    for by_header in [true, false] {
        let (_, kim) = app.signed_up(&format!("kim-{by_header}")).await;
        let token = kim.token().expect("logged in");
        let mut socket = match by_header {
            true => opened(&app, "/ws", Some(&format!("Bearer {token}"))).await,
            false => opened(&app, &format!("/ws?access_token={token}"), None).await,
        }
        .expect("let in");
        let password = json!({"password": "a long enough password"});
        kim.post_json("/api/auth/logout", &password).send().await.with_status(200);
        assert_eq!(connecting(&mut socket, None).await, "ERROR TOKEN_MISMATCH", "{by_header}");
    }
}

#[tokio::test]
async fn a_subscription_to_another_topic_is_told_nothing_and_ends_nothing() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut client = Stompjs::subscribed(&app, "/ws", &token, &["1.2"]);
    let others = ["/topic/orders", "/topic/*", "/topic/notification/2", "/user/queue/orders"];
    for (place, destination) in others.into_iter().enumerate() {
        let id = format!("other-{place}");
        client.tell(&json!({"do": "subscribe", "id": id, "destination": destination}));
        client.expect("receipt");
    }
    deal(&app, 10.0, &[lamp]).await;
    assert_eq!(client.expect("message")["headers"]["subscription"], "s-1");
    for place in 0..others.len() {
        client.tell(&json!({"do": "unsubscribe", "id": format!("other-{place}")}));
        client.expect("receipt");
    }
    // It is still there, and has heard of nothing twice.
    deal(&app, 25.0, &[lamp]).await;
    assert_eq!(client.expect("message")["headers"]["subscription"], "s-1");
    client.tell(&json!({"do": "disconnect"}));
    client.expect("disconnected");
}
