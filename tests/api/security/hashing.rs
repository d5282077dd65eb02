//! Hashing costs 20 ms a password: nobody who has much hashed keeps others from logging in (row 28).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{StreamExt as _, iter};
use serde_json::json;

use crate::support::{Answer, App, Settings};

/// Log-ins of others beside a flood.
const OTHERS: usize = 50;
/// Of them at the same time.
const AT_ONCE: usize = 8;
/// Who floods, at the same time.
const FLOODING: usize = 80;
const PASSWORD: &str = "a long enough password";

/// A server that hears from a proxy where calls come from, and hashes as in production.
async fn app(more: &[(&str, &str)]) -> App {
    App::start_with(|settings: Settings| {
        let usual = settings
            .without("HOTDEAL__LIMITS__SIGNUP_ADDRESS")
            .without("HOTDEAL__AUTH__HASHING_PER_ADDRESS_MAX")
            .with("HOTDEAL__HTTP__TRUSTED_PROXIES", "127.0.0.1");
        more.iter().fold(usual, |settings, (name, value)| settings.with(name, value))
    })
    .await
}

async fn log_in(app: &App, from: &str, name: &str) -> Answer {
    let body = json!({"email": format!("{name}@shoppers.test"), "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/login", &body);
    asked.header("x-forwarded-for", from).send().await
}

/// Somebody signs up from there.
async fn sign_up(app: &App, from: &str) -> Answer {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let email = format!("n{number}@shoppers.test");
    let body = json!({"email": email, "name": "N", "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/signup", &body);
    asked.header("x-forwarded-for", from).send().await
}

/// Logs 50 others in while `flood` goes on, which is given a number each time: how many were
/// turned away, and the answers to the flood.
async fn beside(app: &App, flood: impl AsyncFn(usize) -> Answer) -> (Vec<String>, Vec<u16>) {
    let (ended, begun) = (AtomicBool::new(false), tokio::sync::Notify::new());
    let flooding = join_all((0..FLOODING).map(async |place| {
        let mut heard = Vec::new();
        while !ended.load(Ordering::Relaxed) {
            let status = flood(place).await.status.as_u16();
            heard.push(status);
            begun.notify_one();
            if matches!(status, 429 | 503) {
                // Sooner than it is told, and not so soon that it takes the cores from hashing.
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        heard
    }));
    let others = async {
        begun.notified().await;
        let one = async |number: usize| {
            let from = format!("10.1.{}.{}", number / 250, number % 250);
            let answer = log_in(app, &from, "kim").await;
            (answer.status != 200).then(|| answer.to_string())
        };
        let turned_away = iter(0..OTHERS).map(one).buffer_unordered(AT_ONCE);
        let turned_away = turned_away.filter_map(async |told| told).collect::<Vec<_>>().await;
        ended.store(true, Ordering::Relaxed);
        turned_away
    };
    let (heard, turned_away) = tokio::join!(flooding, others);
    (turned_away, heard.concat())
}

#[tokio::test]
async fn an_address_that_signs_up_without_end_turns_nobodys_log_in_away() {
    let app = app(&[]).await;
    app.signed_up("kim").await;
    let (turned_away, heard) = beside(&app, async |_| sign_up(&app, "9.9.9.9").await).await;
    assert!(turned_away.is_empty(), "{} of {OTHERS}: {}", turned_away.len(), turned_away[0]);
    let (let_in, limited) = [201, 429].map(|status| count(&heard, status)).into();
    assert!(limited > 0, "it has an allowance: {let_in} of {}", heard.len());
}

#[tokio::test]
async fn many_addresses_that_sign_up_turn_nobodys_log_in_away() {
    let app = app(&[("HOTDEAL__AUTH__SIGNUP_QUEUE_MAX", "16")]).await;
    app.signed_up("kim").await;
    let flood = async |place| sign_up(&app, &format!("10.2.0.{place}")).await;
    let (turned_away, heard) = beside(&app, flood).await;
    assert!(turned_away.is_empty(), "{} of {OTHERS}: {}", turned_away.len(), turned_away[0]);
    assert!(count(&heard, 503) > 0 && count(&heard, 201) > 0, "a queue of 16 for {FLOODING}");
}

#[tokio::test]
async fn an_address_that_logs_in_without_end_turns_nobody_elses_log_in_away() {
    // Guessing has a bound of its own, long before this one.
    let app = app(&[("HOTDEAL__AUTH__WRONG_PER_ADDRESS_MAX", "1000000")]).await;
    app.signed_up("kim").await;
    let next = AtomicUsize::new(0);
    let flood = async |_| {
        let name = format!("nobody{}", next.fetch_add(1, Ordering::Relaxed));
        log_in(&app, "9.9.9.9", &name).await
    };
    let (turned_away, heard) = beside(&app, flood).await;
    assert!(turned_away.is_empty(), "{} of {OTHERS}: {}", turned_away.len(), turned_away[0]);
    assert!(count(&heard, 503) > 0 && count(&heard, 401) > 0, "few of an address wait");
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}
