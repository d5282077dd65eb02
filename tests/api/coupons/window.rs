//! An event of coupons begins and ends at its instant (row 18 of the security checks). To the
//! millisecond it is judged by the rules (`coupon_table`), with a clock of their own.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::json;

use crate::support::{App, CouponAnswer, event_body};

/// The server's clock never goes back, so it may differ from ours by some milliseconds.
const SLACK: i64 = 20;

/// A call as this test's own clock tells it, in milliseconds, and what came of it.
#[derive(Debug)]
struct Asked {
    asked: i64,
    answered: i64,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    TooEarly,
    /// At this instant of the server's.
    Issued(i64),
    TooLate,
}

/// One shopper after the other asks without a pause until this instant.
async fn ask_until(app: &App, event: i64, until: DateTime<Utc>) -> Vec<Asked> {
    let mut all = Vec::new();
    for user in 1.. {
        let asked = Utc::now().timestamp_millis();
        if asked >= until.timestamp_millis() {
            break;
        }
        // What a client says about the time is not heard.
        let claimed = "2020-01-01T00:00:00Z";
        let body = json!({"eventId": event, "issuedAt": claimed, "now": claimed});
        let asking = app.shopper(user).post_json("/api/coupons/issue", &body);
        let answer = asking.header("date", "Wed, 01 Jan 2020 00:00:00 GMT").send().await;
        let answered = Utc::now().timestamp_millis();
        let outcome = if answer.status == 200 {
            let coupon: CouponAnswer = answer.good();
            let at = DateTime::parse_from_rfc3339(&coupon.issued_at).expect("a time");
            Outcome::Issued(at.timestamp_millis())
        } else {
            let problem = answer.problem();
            match (problem.status, problem.code.as_str()) {
                (409, "NOT_OPEN_YET") => Outcome::TooEarly,
                (409, "EVENT_CLOSED") => Outcome::TooLate,
                _ => panic!("{answer}"),
            }
        };
        all.push(Asked { asked, answered, outcome });
    }
    all
}

/// Watches one event, which begins so many milliseconds from now. Whatever is answered must be
/// sound; whether somebody stood on either side of both instants, close enough to tell, hangs also
/// on what else the machine does.
async fn could_tell(app: &App, begins_in: i64) -> bool {
    let spelled = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let start = Utc::now() + Duration::milliseconds(begins_in);
    let end = start + Duration::milliseconds(1_500);
    let mut body = event_body("Short", 10_000);
    body["startsAt"] = spelled(start).into();
    body["endsAt"] = spelled(end).into();
    let event = app.preloaded(&body).await.event_id;
    let all = ask_until(app, event, end + Duration::milliseconds(200)).await;
    let (start, end) = (start.timestamp_millis(), end.timestamp_millis());
    for asked in &all {
        // The server took it up between the question and the answer, by the same clock.
        let taken_up =
            |from: i64, to: i64| asked.answered + SLACK >= from && asked.asked < to + SLACK;
        let sound = match asked.outcome {
            Outcome::TooEarly => taken_up(0, start),
            Outcome::Issued(at) => {
                (start..end).contains(&at)
                    && (asked.asked - SLACK..=asked.answered + SLACK).contains(&at)
            }
            Outcome::TooLate => taken_up(end, i64::MAX - SLACK),
        };
        assert!(sound, "{asked:?}: from {start} to {end}");
    }
    let is_issued = |asked: &&Asked| matches!(asked.outcome, Outcome::Issued(_));
    let issued: Vec<&Asked> = all.iter().filter(is_issued).collect();
    let sql = format!("SELECT count(*) FROM coupon_issues WHERE event_id = {event}");
    let count = app.database.number(&sql).await;
    assert_eq!(usize::try_from(count), Ok(issued.len()));
    app.audited();
    let last_early = all.iter().rfind(|asked| asked.outcome == Outcome::TooEarly);
    let first_late = all.iter().find(|asked| asked.outcome == Outcome::TooLate);
    let (Some(last_early), Some(first_late)) = (last_early, first_late) else { return false };
    let [first, .., last] = issued.as_slice() else { return false };
    let gaps = [first.answered - last_early.asked, first_late.answered - last.asked];
    println!("{} calls, {} issued, gaps of {gaps:?} ms", all.len(), issued.len());
    gaps.iter().all(|gap| *gap < 1_500)
}

#[tokio::test]
async fn row_18_coupons_are_issued_from_the_instant_of_the_start_to_that_of_the_end() {
    let app = App::start().await;
    for begins_in in [2_500, 5_000, 10_000, 20_000] {
        if could_tell(&app, begins_in).await {
            return;
        }
    }
    panic!("nobody asked close enough to the start and the end to tell, four times");
}
