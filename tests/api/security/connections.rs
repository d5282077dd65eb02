//! Connections that say nothing, from few addresses and from many (row 32).

use std::time::Duration;

use crate::support::{App, OPEN_FILES, PATIENCE, Role, Settings, Wire, eventually, mint};

/// More than the files that most shells allow a process.
const IDLE: usize = 1_100;
/// Far longer than an answer takes.
const SOON: Duration = Duration::from_secs(20);

async fn limited(open_files: &str, more: &[(&str, &str)]) -> App {
    App::start_with(|settings: Settings| {
        let settings = settings
            .with(OPEN_FILES, open_files)
            .with("HOTDEAL__LOG__FILTER", "info")
            .without("HOTDEAL__HTTP__CONNECTIONS_PER_ADDRESS_MAX");
        more.iter().fold(settings, |settings, (name, value)| settings.with(name, value))
    })
    .await
}

/// Idle connections, `each` from each of these addresses in turn.
async fn idle(app: &App, from: &[&str], each: usize) -> Vec<Wire> {
    let mut idle = Vec::new();
    for at in 0..each * from.len() {
        idle.push(Wire::open_from(app, from[at % from.len()]).await);
    }
    idle
}

/// Somebody else asks on a connection of their own, and is answered.
#[track_caller]
fn is_answered(app: &App) -> impl Future<Output = ()> {
    let asked = async {
        let mut wire = Wire::open_from(app, "127.0.0.9").await;
        wire.say("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
        wire.status().await
    };
    async {
        let heard = tokio::time::timeout(SOON, asked).await;
        assert_eq!(heard.ok().flatten(), Some(200), "others are heard");
    }
}

fn files(app: &mut App) -> usize {
    let folder = format!("/proc/{}/fd", app.server().id());
    std::fs::read_dir(folder).expect("a child of ours").count()
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_and_told() {
    let mut app = limited("256 4096", &[]).await;
    let crowd = idle(&app, &["127.0.0.1"], IDLE).await;
    is_answered(&app).await;
    assert!(crowd.iter().all(|wire| !wire.is_ended()), "there is room for all");
    let logged = app.server().logged();
    assert!(logged.contains("open files") && logged.contains("4096"), "{logged}");
}

#[tokio::test]
async fn where_there_is_no_room_the_longest_idle_make_it() {
    let mut app = limited("1024 1024", &[]).await;
    let mut live = Wire::open_from(&app, "127.0.0.8").await;
    let token = mint(1, Role::User);
    live.say(&format!(
        "GET /api/live/stream HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    ))
    .await;
    assert_eq!(live.status().await, Some(200));
    let mut used = Wire::open_from(&app, "127.0.0.8").await;
    let mut crowd = Vec::new();
    for _ in 0..11 {
        crowd.extend(idle(&app, &["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"], 25).await);
        // Both threads have taken up what has come: then it has been idle in that order.
        eventually("they are taken up", PATIENCE, async || {
            (files(&mut app) > crowd.len().min(700)).then_some(())
        })
        .await;
        used.say("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let heard = tokio::time::timeout(SOON, used.answer()).await.unwrap_or_default();
        assert!(heard.contains(" 200 OK"), "after {} of {IDLE}: {heard:?}", crowd.len());
    }
    is_answered(&app).await;
    let ended = eventually("room was made", PATIENCE, async || {
        let ended = crowd.iter().filter(|wire| wire.is_ended()).count();
        (ended >= IDLE - 1_024).then_some(ended)
    })
    .await;
    assert!(ended < IDLE / 2, "no more than has to: {ended}");
    let first_open = crowd.iter().position(|wire| !wire.is_ended()).expect("most are open");
    let last_ended = crowd.iter().rposition(Wire::is_ended).expect("some have ended");
    assert!(last_ended < first_open + 200, "{first_open} is open, and {last_ended} has ended");
    assert!(live.goes_on().await, "who is served is not cut off");
    assert!(files(&mut app) < 1_024);
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_makes_room_for_itself_alone() {
    let most = [("HOTDEAL__HTTP__CONNECTIONS_PER_ADDRESS_MAX", "50")];
    let app = limited("4096 4096", &most).await;
    let others = idle(&app, &["127.0.0.1", "127.0.0.2"], 40).await;
    let crowd = idle(&app, &["127.0.0.3"], 200).await;
    is_answered(&app).await;
    eventually("its own make room", PATIENCE, async || {
        (crowd.iter().filter(|wire| !wire.is_ended()).count() <= 50).then_some(())
    })
    .await;
    assert!(others.iter().all(|wire| !wire.is_ended()), "those of others stay, although older");
    // None of them is idle: a further one is not taken.
    let mut busy = Vec::new();
    for _ in 0..50 {
        let mut wire = Wire::open_from(&app, "127.0.0.4").await;
        wire.say(
            "POST /api/auth/login HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: 9\r\n\r\n",
        )
        .await;
        let heard = wire.heard("100 Continue").await;
        assert!(heard.contains("100 Continue"), "{heard}");
        busy.push(wire);
    }
    let mut further = Wire::open_from(&app, "127.0.0.4").await;
    let (heard, _) = further.rest().await;
    assert_eq!(heard, "");
    is_answered(&app).await;
    for mut wire in busy {
        wire.say("{}       ").await;
        assert_eq!(wire.status().await, Some(400), "who was served is served to the end");
    }
    let mut again = Wire::open_from(&app, "127.0.0.4").await;
    again.say("GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(again.status().await, Some(200), "they are idle now, and make room");
}
