//! Who has an account, nobody else learns (row 44).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, App, Settings};

/// Rounds of log-ins; each tries two addresses with an account and two without.
const ROUNDS: usize = 120;
/// Hashing gives way where a machine is busy: after this long fewer rounds have to do.
const ENOUGH: Duration = Duration::from_secs(20);
const ROUNDS_MIN: usize = 24;
const KNOWN: &str = "kim@shoppers.test";
const UNKNOWN: &str = "nobody@shoppers.test";

async fn log_in(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.anyone().post_json("/api/auth/login", &body).send().await
}

/// All of an answer that does not tell when it was given, or how many were before.
fn told(answer: &Answer) -> (u16, String, Vec<String>) {
    let headers = answer.headers.iter().map(|(name, value)| match name.as_str() {
        "date" | "ratelimit" | "retry-after" => name.to_string(),
        _ => format!("{name}: {value:?}"),
    });
    (answer.status.as_u16(), answer.text(), headers.collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::test]
async fn row_44_nobody_learns_from_a_log_in_who_has_an_account() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let (_, gone) = app.signed_up("gone").await;
    let password = json!({"password": "a long enough password"});
    gone.post_json("/api/auth/withdraw", &password).send().await.with_status(200);
    // Up to where guessing is stopped, and beyond.
    let mut by_address = Vec::new();
    for email in [KNOWN, UNKNOWN, "gone@shoppers.test", "no address"] {
        let mut answers = Vec::new();
        for number in 0..12 {
            // The right password of a withdrawn account is a wrong one.
            let password = match number {
                0 if email != KNOWN => "a long enough password".to_owned(),
                _ => format!("guess number {number}"),
            };
            answers.push(told(&log_in(&app, email, &password).await));
        }
        let statuses: Vec<u16> = answers.iter().map(|(status, ..)| *status).collect();
        assert_eq!(statuses, [[401; 10].as_slice(), &[429; 2]].concat(), "{email}");
        by_address.push(answers);
    }
    for answers in &by_address[1..] {
        assert_eq!(answers, &by_address[0]);
    }
}

#[tokio::test]
async fn row_44_nor_from_how_long_it_takes() {
    let patient = |settings: Settings| {
        settings
            .with("HOTDEAL__AUTH__WRONG_PER_ACCOUNT_MAX", "1000000")
            .with("HOTDEAL__AUTH__WRONG_PER_ADDRESS_MAX", "1000000")
    };
    let app = App::start_with(patient).await;
    app.signed_up("kim").await;
    app.signed_up("lee").await;
    let emails = [KNOWN, UNKNOWN, "lee@shoppers.test", "noone@shoppers.test"];
    let (mut unlike, mut like, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let begun = Instant::now();
    for round in 0..ROUNDS {
        if round >= ROUNDS_MIN && begun.elapsed() > ENOUGH {
            break;
        }
        let mut took = [0.0; 4];
        for turn in 0..4 {
            // Each comes first, last and between as often as the others.
            let which = (round + turn) % 4;
            let begun = Instant::now();
            log_in(&app, emails[which], "a wild guess").await.with_status(401);
            took[which] = begun.elapsed().as_secs_f64() * 1_000.0;
        }
        let [known, unknown, other_known, other_unknown] = took;
        unlike.extend([known - unknown, other_known - other_unknown]);
        like.extend([known - other_known, unknown - other_unknown]);
        all.extend(took);
    }
    // What else the machine does shows in like pairs as in unlike ones: the error of a median is
    // made of how far those differ. Five times that happens to nobody by chance.
    let spread = 1.4826 * median(like.iter().map(|ms| ms.abs()).collect());
    let pairs = unlike.len();
    let error = 1.25 * spread / f64::sqrt(f64::from(u32::try_from(pairs).expect("few")));
    let (difference, usual) = (median(unlike), median(all));
    println!("{usual:.2} ms, unlike {difference:.3} ms, error {error:.3} ms in {pairs} pairs");
    // A hash is nearly all of it: without it nothing is left of the time.
    let bound = 5.0 * error + usual / 20.0;
    assert!(difference.abs() < bound, "{difference:.2} of {usual:.2} ms; by chance {bound:.2}");
}

/// That an address is taken a sign-up has to say: existing clients rely on it. It says so only
/// after the work of a sign-up, so that nobody asks faster than that.
#[tokio::test]
async fn row_44_a_taken_address_costs_a_sign_up_as_much_as_a_free_one() {
    let patient =
        |settings: Settings| settings.with("HOTDEAL__AUTH__WRONG_PER_ADDRESS_MAX", "1000000");
    let app = App::start_with(patient).await;
    app.signed_up("kim").await;
    let sign_up = async |email: &str| {
        let body = json!({"email": email, "name": "Kim", "password": "a long enough password"});
        app.anyone().post_json("/api/auth/signup", &body).send().await
    };
    let (mut taken, mut hash) = (Duration::ZERO, Duration::ZERO);
    for number in 0..20 {
        let begun = Instant::now();
        sign_up(KNOWN).await.refused(409, "DUPLICATE_EMAIL");
        taken += begun.elapsed();
        let email = format!("n{number}@shop.test");
        let _: Value = sign_up(&email).await.with_status(201).good();
        // A hash and nothing else: a sign-up also waits for a disk, which may be slow.
        let begun = Instant::now();
        log_in(&app, &email, "a wild guess").await.with_status(401);
        hash += begun.elapsed();
    }
    println!("taken {taken:?}, hashes {hash:?}");
    // The refusal is known before the hash is; it must not come before it: then it takes a
    // seventh. Both are equally long, but hashing gives way to whatever else a machine has to do.
    assert!(taken > hash / 3, "taken {taken:?}, hashes {hash:?}");
}
