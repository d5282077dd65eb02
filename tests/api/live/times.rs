//! Signs of life, and how long a connection lasts.

use serde_json::json;

use super::stomp::Stompjs;
use super::{BOTH, deal, follower, listening};
use crate::support::{App, Listener, Over, Role, mint};

#[tokio::test]
async fn both_transports_give_signs_of_life() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__HEARTBEAT_S", "1")).await;
    let token = mint(11, Role::User);
    for over in BOTH {
        let mut listener = listening(&app, over, &token).await;
        for _ in 0..2 {
            listener.beat().await.unwrap_or_else(|error| panic!("{over:?}: {error}"));
        }
    }
}

#[tokio::test]
async fn a_connection_that_has_lasted_long_enough_ends_and_is_resumed() {
    // Long enough that who comes back is told what it missed before it has to go again.
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__LASTS_S", "8")).await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut all = Vec::new();
    for over in BOTH {
        let mut listener = Listener::connect(over, app.url(), &token, None).await.expect("let in");
        let ready = listener.expect("ready").await;
        all.push((over, listener, ready));
    }
    for (over, listener, _) in &mut all {
        match over {
            Over::WebSocket => {
                let closed = listener.next().await.expect_err("it is closed");
                assert_eq!(closed, "closed: 4502 old");
            }
            Over::Sse => {
                assert_eq!(listener.expect("end").await.event["reason"], json!("old"));
                listener.next().await.expect_err("it is closed");
            }
        }
    }
    let event = deal(&app, 10.0, &[lamp]).await;
    for (over, _, ready) in all {
        let again = Listener::connect(over, app.url(), &token, Some(&ready.id())).await;
        let mut again = again.expect("let in");
        assert_eq!(*again.expect("ready").await.data("/resumed"), json!(true));
        assert_eq!(*again.expect("hot-deal").await.data("/eventId"), json!(event));
    }
}

#[tokio::test]
async fn a_stomp_session_lasts_as_long_as_its_token_for_it_cannot_be_resumed() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__LASTS_S", "1")).await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let client = Stompjs::subscribed(&app, "/ws", &token, &["1.2"]);
    // Others who came later have gone: two, for the life of each is a little different.
    for _ in 0..2 {
        let mut other = listening(&app, Over::WebSocket, &token).await;
        assert_eq!(other.next().await.expect_err("it is closed"), "closed: 4502 old");
    }
    deal(&app, 10.0, &[lamp]).await;
    let told = client.expect("message");
    assert_eq!(told["body"], "🔥 핫딜 등장! 'Desk lamp' 지금 바로 11,610원! (10% 할인)");
}
