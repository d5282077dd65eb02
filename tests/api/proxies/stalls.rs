//! The server stands still for longer than its deadlines, as on a machine that is woken up.

use std::process::Command;
use std::time::Duration;

use crate::support::{App, Role, Settings, Wire, mint};

const DEADLINE_MS: &str = "2000";
const STALL: Duration = Duration::from_secs(4);
/// Connections in each state.
const EACH: usize = 40;

fn signal(app: &mut App, name: &str) {
    let id = app.server().id().to_string();
    let sent = Command::new("kill").args([name, &id]).status().expect("kill can be run");
    assert!(sent.success(), "{name}");
}

/// What was said before the server stood still, what it had answered to that, and what was said
/// meanwhile.
fn states(host: &str) -> [(String, &'static str, String); 4] {
    let whole = format!("GET /livez HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let head = format!(
        "POST /api/coupons/issue HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: 20\r\n\r\n",
        mint(1, Role::User)
    );
    let body = "{\"couponEventId\": 77}";
    [
        (String::new(), "", whole.clone()),
        (whole[..20].to_owned(), "", whole[20..].to_owned()),
        (whole.clone(), "200 OK", whole),
        (format!("{head}{}", &body[..5]), "100 Continue", body[5..].to_owned()),
    ]
}

#[tokio::test]
async fn what_was_sent_whole_while_the_server_stood_still_is_not_told_that_it_came_late() {
    let short = |settings: Settings| {
        settings
            .with("HOTDEAL__HTTP__HEAD_DEADLINE_MS", DEADLINE_MS)
            .with("HOTDEAL__HTTP__BODY_DEADLINE_MS", DEADLINE_MS)
            .with("HOTDEAL__HTTP__WORKERS", "1")
    };
    let mut app = App::start_with(short).await;
    let host = app.url().trim_start_matches("http://").to_owned();
    let states = states(&host);
    let mut waiting = Vec::new();
    for at in 0..EACH * states.len() {
        let (before, answered, meanwhile) = &states[at % states.len()];
        let mut wire = Wire::open(&app).await;
        wire.say(before).await;
        if !answered.is_empty() {
            let heard = wire.heard(answered).await;
            assert!(heard.contains(answered), "{heard}");
        }
        waiting.push((wire, at % states.len(), meanwhile));
    }
    // Connections are taken in their order: the server knows all before this one.
    app.anyone().at(app.url()).get("/livez").send().await.with_status(200);
    signal(&mut app, "-STOP");
    for (wire, _, meanwhile) in &mut waiting {
        wire.say(meanwhile).await;
    }
    tokio::time::sleep(STALL).await;
    signal(&mut app, "-CONT");
    let mut late = [0; 4];
    for (mut wire, state, _) in waiting {
        let heard = wire.answer().await;
        let status = heard.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        late[state] += usize::from(matches!(status, None | Some("408")));
    }
    assert_eq!(
        late, [0; 4],
        "nothing said, part of a head, one request, part of a body: of {EACH}"
    );
}
