//! What may be said over a live connection, by whom (row 2 of the security checks).

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{connections, deal, follower};
use crate::support::{
    App, Claims, PATIENCE, Role, SECRET, Socket, eventually, mint, mint_claims, now_s, open,
    upgrade,
};

const INSIDE: [Role; 4] = [Role::User, Role::Seller, Role::Counsellor, Role::Admin];

/// Who comes, with which token, and how they are turned away: status and code.
async fn turned_away(app: &App) -> Vec<(&'static str, Option<String>, u16, &'static str)> {
    let mut claims = Claims::of(4_900, Role::Admin);
    claims.exp = now_s() - 60;
    let (_, gone) = app.signed_up("gone").await;
    let revoked = gone.token().expect("logged in").to_owned();
    let password = json!({"password": "a long enough password"});
    gone.post_json("/api/auth/logout", &password).send().await.with_status(200);
    vec![
        ("nobody", None, 401, "NOT_FOUND_TOKEN"),
        ("nonsense", Some("x".to_owned()), 401, "TOKEN_MISMATCH"),
        ("an expired token", Some(mint_claims(&claims, SECRET)), 401, "TOKEN_EXPIRED"),
        ("a revoked token", Some(revoked), 401, "TOKEN_MISMATCH"),
        ("a partner's server", Some(mint(4_003, Role::Partner)), 403, "FORBIDDEN"),
    ]
}

/// The next text, or the close with its code and reason.
pub(super) async fn next(socket: &mut Socket) -> String {
    let next = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) if text.trim().is_empty() => {}
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Close(Some(close)))) => {
                    return format!("closed {} {}", u16::from(close.code), close.reason);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return "gone".to_owned(),
            }
        }
    };
    tokio::time::timeout(PATIENCE, next).await.expect("an answer in time")
}

pub(super) async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("it is open");
}

#[tokio::test]
async fn row_2_a_websocket_obeys_the_same_few_commands_of_every_role() {
    let app = App::start().await;
    for (who, token, status, _) in turned_away(&app).await {
        let mut request = upgrade(app.url(), "/api/live", token.as_deref(), "hotdeal.v1+json");
        let own = app.url().parse().expect("visible");
        request.headers_mut().insert("origin", own);
        assert_eq!(open(request).await.err(), Some(status), "{who}");
    }
    let event = app.event(5).await;
    let told = [
        (json!({"type": "ping"}).to_string(), "pong", Value::Null),
        (json!({"type": "follow", "eventId": event}).to_string(), "stock", Value::Null),
        (
            json!({"type": "follow", "eventId": 999_999}).to_string(),
            "error",
            "NOT_FOUND_EVENT".into(),
        ),
        (json!({"type": "follow", "eventId": -1}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "follow"}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "follow", "eventId": "*"}).to_string(), "error", "INVALID_JSON".into()),
        // Topics of others, and of all: there are none to ask for.
        (json!({"type": "follow", "topic": "orders"}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "subscribe", "userId": 1}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "publish", "data": 1}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "hot-deal", "data": {}}).to_string(), "error", "INVALID_JSON".into()),
        (json!({"type": "issue", "eventId": event}).to_string(), "error", "INVALID_JSON".into()),
        ("{".to_owned(), "error", "INVALID_JSON".into()),
    ];
    for role in INSIDE {
        let token = mint(4_000 + role as i64, role);
        let request = upgrade(app.url(), "/api/live", Some(&token), "hotdeal.v1+json");
        let mut socket = open(request).await.expect("let in");
        assert!(next(&mut socket).await.contains("\"ready\""), "{role:?}");
        for (command, kind, code) in &told {
            say(&mut socket, command).await;
            let answer: Value = serde_json::from_str(&next(&mut socket).await).expect("JSON");
            assert_eq!(
                (&answer["type"], &answer["code"]),
                (&json!(kind), code),
                "{role:?} {command}"
            );
            if let Some(detail) = answer["detail"].as_str() {
                assert!(detail.chars().any(|c| ('가'..='힣').contains(&c)), "not Korean: {detail}");
                assert!(!detail.contains(['`', '{']), "the words of the program: {detail}");
            }
        }
        say(&mut socket, &json!({"type": "unfollow", "eventId": event}).to_string()).await;
        say(&mut socket, &json!({"type": "ping"}).to_string()).await;
        assert_eq!(next(&mut socket).await, r#"{"type":"pong"}"#, "{role:?}: unfollow is silent");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM coupon_issues").await, 0);
}

pub(super) fn stomp(command: &str, headers: &[(&str, &str)]) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    format!("{command}\n{headers}\n\0")
}

/// The command of an answer, and what it names: a code, a receipt, or nothing.
pub(super) fn told(frame: &str) -> String {
    let mut lines = frame.lines();
    let command = lines.next().unwrap_or_default().to_owned();
    let named = frame.lines().find_map(|line| {
        line.strip_prefix("message:").or_else(|| line.strip_prefix("receipt-id:"))
    });
    [command.as_str(), named.unwrap_or_default()].join(" ").trim().to_owned()
}

async fn stomp_socket(app: &App) -> Socket {
    open(upgrade(app.url(), "/ws", None, "v12.stomp")).await.expect("anyone may open it")
}

async fn connected(app: &App, token: &str) -> Socket {
    let mut socket = stomp_socket(app).await;
    let bearer = format!("Bearer {token}");
    say(&mut socket, &stomp("CONNECT", &[("accept-version", "1.2"), ("Authorization", &bearer)]))
        .await;
    assert_eq!(told(&next(&mut socket).await), "CONNECTED");
    socket
}

/// A command of STOMP, its headers, and the error it is answered with.
type Refused = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// Commands that end the session, whoever gives them.
const REFUSED: [Refused; 11] = [
    ("CONNECT", &[("accept-version", "1.2")], "ILLEGAL_STATE"),
    ("SEND", &[("destination", "/topic/notification")], "FORBIDDEN"),
    ("SEND", &[("destination", "/app/orders")], "FORBIDDEN"),
    ("SUBSCRIBE", &[("id", "1")], "MISSING_VALUE"),
    ("SUBSCRIBE", &[("destination", "/topic/notification")], "MISSING_VALUE"),
    (
        "SUBSCRIBE",
        &[("id", "1"), ("destination", "/topic/notification"), ("ack", "client")],
        "INVALID_VALUE",
    ),
    ("UNSUBSCRIBE", &[], "MISSING_VALUE"),
    ("BEGIN", &[("transaction", "t")], "INVALID_VALUE"),
    ("ACK", &[("id", "1")], "INVALID_VALUE"),
    ("MESSAGE", &[("destination", "/topic/notification")], "INVALID_VALUE"),
    ("OBEY", &[], "INVALID_VALUE"),
];

#[tokio::test]
async fn row_2_stomp_obeys_the_same_few_commands_of_every_role() {
    let app = App::start().await;
    for (who, token, status, code) in turned_away(&app).await {
        let mut socket = stomp_socket(&app).await;
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("accept-version", "1.2")];
        headers.extend(bearer.iter().map(|bearer| ("Authorization", bearer.as_str())));
        say(&mut socket, &stomp("CONNECT", &headers)).await;
        assert_eq!(told(&next(&mut socket).await), format!("ERROR {code}"), "{who}");
        let close = if status == 401 { "closed 4401 " } else { "closed 1002 " };
        assert_eq!(next(&mut socket).await, close, "{who}");
    }
    // Before somebody has said who they are, nothing is obeyed.
    for (command, headers, _) in REFUSED.into_iter().filter(|(command, ..)| *command != "CONNECT") {
        let mut socket = stomp_socket(&app).await;
        say(&mut socket, &stomp(command, headers)).await;
        assert_eq!(told(&next(&mut socket).await), "ERROR NOT_FOUND_TOKEN", "{command}");
        assert_eq!(next(&mut socket).await, "closed 4401 ", "{command}");
    }
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut listening = connected(&app, &token).await;
    let notification = ("destination", "/topic/notification");
    say(&mut listening, &stomp("SUBSCRIBE", &[("id", "1"), notification, ("receipt", "r")])).await;
    assert_eq!(told(&next(&mut listening).await), "RECEIPT r");
    for role in INSIDE {
        let token = mint(4_000 + role as i64, role);
        for (command, headers, code) in REFUSED {
            let mut socket = connected(&app, &token).await;
            say(&mut socket, &stomp(command, headers)).await;
            let error = format!("ERROR {code}");
            assert_eq!(told(&next(&mut socket).await), error, "{role:?} {command} {headers:?}");
            assert_eq!(next(&mut socket).await, "closed 1002 ", "{role:?} {command} {headers:?}");
        }
        let mut socket = connected(&app, &token).await;
        // Topics of others, and of all: there are none, and asking for one gets nothing.
        for other in ["/topic/orders", "/topic/*", "/user/queue/orders", "/user/1/queue/orders"] {
            let headers = [("id", "1"), ("destination", other), ("receipt", "r")];
            say(&mut socket, &stomp("SUBSCRIBE", &headers)).await;
            let receipt = next(&mut socket).await;
            assert_eq!(told(&receipt), "RECEIPT r", "{role:?} {other}");
            assert!(receipt.contains("\nmessage:NOT_FOUND\n"), "{receipt}");
        }
        for (command, headers) in [
            ("SUBSCRIBE", [("id", "1"), notification]),
            ("UNSUBSCRIBE", [("id", "1"), notification]),
            ("DISCONNECT", [("id", "1"), notification]),
        ] {
            let headers = [headers.as_slice(), &[("receipt", command)]].concat();
            say(&mut socket, &stomp(command, &headers)).await;
            let receipt = format!("RECEIPT {command}");
            assert_eq!(told(&next(&mut socket).await), receipt, "{role:?}");
        }
        assert_eq!(next(&mut socket).await, "closed 1000 ", "{role:?}");
    }
    // What others tried to send has reached nobody: the deal is the first that is heard.
    deal(&app, 10.0, &[lamp]).await;
    assert!(next(&mut listening).await.contains("11,610원"), "the deal comes first");
    eventually("all others are gone", PATIENCE, async || {
        (connections(&app.admin()).await["people"] == json!(1)).then_some(())
    })
    .await;
}
