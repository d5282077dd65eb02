//! What pages do in a real browser, Debian's Chromium: it decides what is sent with a call and what a
//! page may read. `tests/run` installs it.

mod page;

use serde_json::{Value, json};

use self::page::Page;
use crate::live::{deal, follower};
use crate::support::{App, Settings};

/// A script that opens a stream of events with a ticket, and comes to the first event of `kind`, or to
/// what went wrong.
fn listens(server: &str, token: &str, kind: &str) -> String {
    format!(
        "(async () => {{
            const bought = await fetch('{server}/api/live/ticket', {{
                method: 'POST', headers: {{ Authorization: 'Bearer {token}' }},
            }});
            const {{ ticket }} = await bought.json();
            window.stream = new EventSource(`{server}/api/live/stream?ticket=${{ticket}}`);
            window.told = new Promise((done) => {{
                window.stream.addEventListener('hot-deal', (event) => done(event.data));
            }});
            return new Promise((done) => {{
                window.stream.addEventListener('{kind}', () => done('{kind}'));
                window.stream.onerror = () => done(`error, state ${{window.stream.readyState}}`);
            }});
        }})()"
    )
}

#[tokio::test]
async fn an_event_source_of_our_own_page_hears_of_deals() {
    let app = App::start().await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut page = Page::at(&format!("{}/livez", app.url())).await;
    assert_eq!(page.does(&listens("", &token, "ready")).await, json!("ready"));
    deal(&app, 10.0, &[lamp]).await;
    let told = page.does("window.told").await;
    let told: Value = serde_json::from_str(told.as_str().expect("text")).expect("JSON");
    assert_eq!(told["type"], json!("hot-deal"), "{told}");
}

#[tokio::test]
async fn a_page_of_a_named_origin_calls_and_listens_and_another_does_neither() {
    let shop = App::start().await;
    let origin = shop.url().to_owned();
    let named = |settings: Settings| settings.with("HOTDEAL__HTTP__CORS_ORIGINS", &origin);
    let app = App::start_with(named).await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let orders = format!(
        "(async () => {{
            try {{
                const answer = await fetch('{}/api/orders/v1', {{
                    method: 'POST',
                    headers: {{
                        'Authorization': 'Bearer {token}',
                        'Content-Type': 'application/json',
                        'Idempotency-Key': 'from-a-page',
                    }},
                    body: JSON.stringify({{ productId: {lamp}, quantity: 1 }}),
                }});
                await answer.json();
                return `${{answer.status}}, limits ${{answer.headers.has('ratelimit')}}`;
            }} catch (error) {{
                return error.name;
            }}
        }})()",
        app.url()
    );
    let mut page = Page::at(&format!("{origin}/livez")).await;
    assert_eq!(page.does(&orders).await, json!("200, limits true"));
    assert_eq!(page.does(&listens(app.url(), &token, "ready")).await, json!("ready"));
    assert_eq!(app.stock(lamp).await.sold, 1);
    // The same server by another name is another origin.
    let other = origin.replacen("127.0.0.1", "localhost", 1);
    let mut page = Page::at(&format!("{other}/livez")).await;
    assert_eq!(page.does(&orders.replace("from-a-page", "from-another")).await, json!("TypeError"));
    assert_eq!(app.stock(lamp).await.sold, 1, "it was not even asked");
}

/// A script that connects the clients of existing pages (stompjs over SockJS), subscribes, and comes to
/// `subscribed`, or to what went wrong. The page has loaded them before.
fn subscribes(server: &str, token: &str) -> String {
    format!(
        "new Promise((done) => {{
            const client = new StompJs.Client({{
                webSocketFactory: () => new SockJS('{server}/ws'),
                connectHeaders: {{ Authorization: 'Bearer {token}' }},
                reconnectDelay: 0,
                onConnect: () => {{
                    client.watchForReceipt('r-1', () => done('subscribed'));
                    window.told = new Promise((told) => client.subscribe(
                        '/topic/notification', (message) => told(message.body), {{ receipt: 'r-1' }},
                    ));
                }},
                onStompError: (frame) => done(`error ${{frame.headers.message}}`),
                onWebSocketClose: ({{ code, reason }}) => done(`closed ${{code}} ${{reason}}`),
            }});
            client.activate();
        }})"
    )
}

/// A page on which the clients of existing pages are loaded.
async fn with_sockjs(url: &str) -> Page {
    let modules = std::env::var("HOTDEAL_TEST_NODE_MODULES").expect("run by tests/run");
    let mut page = Page::at(url).await;
    for file in ["sockjs-client/dist/sockjs.min.js", "@stomp/stompjs/bundles/stomp.umd.min.js"] {
        let script = std::fs::read_to_string(format!("{modules}/{file}")).expect("from npm");
        page.does(&format!("{script};0")).await;
    }
    page
}

#[tokio::test]
async fn sockjs_connects_our_own_page_and_that_of_a_named_origin_and_no_other() {
    let shop = App::start().await;
    let named = |settings: Settings| settings.with("HOTDEAL__HTTP__CORS_ORIGINS", shop.url());
    let app = App::start_with(named).await;
    let lamp = app.product(None, 12_900, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    for (origin, server) in [(app.url(), ""), (shop.url(), app.url())] {
        let mut page = with_sockjs(&format!("{origin}/livez")).await;
        assert_eq!(page.does(&subscribes(server, &token)).await, json!("subscribed"), "{origin}");
        deal(&app, 10.0, &[lamp]).await;
        let told = page.does("window.told").await;
        assert_eq!(told, "🔥 핫딜 등장! 'Desk lamp' 지금 바로 11,610원! (10% 할인)", "{origin}");
    }
    let other = shop.url().replacen("127.0.0.1", "localhost", 1);
    let mut page = with_sockjs(&format!("{other}/livez")).await;
    let told = page.does(&subscribes(app.url(), &token)).await;
    assert_eq!(told, json!("closed 1002 Cannot connect to server"), "it reads nothing");
}
