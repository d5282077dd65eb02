//! A flood of log-ins beside a sale: what is left of the rate at which coupons are issued.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotdeal::client::load::Lanes;
use hotdeal::client::{Call, Session, Target};
use serde_json::json;

use super::ROUNDS;
use super::world::{Outcome, World, median, report, run};

const COUPONS: u32 = 100_000;
const CONNECTIONS: usize = 256;
/// Log-ins a second, each of one of so many people.
const LOG_INS: u64 = 100;
const PEOPLE: u64 = 100;
/// Of them so many have to be let in each second: who turns all of them away loses no coupon.
const LET_IN_MIN: f64 = 20.0;
const PASSWORD: &str = "a long enough password";

pub(crate) async fn measure(url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let mut session = Session::new(world.target.clone());
    for person in 0..PEOPLE {
        let body = json!({ "email": email(person), "name": "Kim", "password": PASSWORD });
        ask(&mut session, "/api/auth/signup", &body.to_string()).await?;
    }
    let coupons = COUPONS as usize;
    let crowd = world.crowd(coupons);
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let (mut left, mut rates, mut logged_in) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let quiet = world.event(COUPONS).await?;
        let quiet = run(&mut lanes, &world.issue(quiet), &crowd, 0..coupons, None).await?;
        let beside = world.event(COUPONS).await?;
        let flood = Flood::start(&world.target);
        let beside = run(&mut lanes, &world.issue(beside), &crowd, 0..coupons, None).await?;
        let let_in = flood.end().await? as f64 / beside.elapsed.as_secs_f64();
        if let_in < LET_IN_MIN {
            return Err(format!("{let_in:.0} log-ins a second were let in").into());
        }
        logged_in.push(let_in);
        for issued in [&quiet, &beside] {
            if issued.answers.count(200, "") != u64::from(COUPONS) {
                return Err(format!("{:?}", issued.answers).into());
            }
        }
        left.push(beside.per_second() / quiet.per_second());
        rates.push(beside.per_second());
    }
    let note = format!(
        "{:.0}/s beside {LOG_INS} log-ins a second, {:.0} of which were let in",
        median(rates).0,
        median(logged_in).0
    );
    report("coupon issue in a flood of log-ins ÷ without", left, "≥ 0.70", &note);
    world.audit().await
}

fn email(person: u64) -> String {
    format!("flood-{person}@bench.test")
}

async fn ask(session: &mut Session, path: &str, body: &str) -> Outcome<u16> {
    let mut call = Call::query(path, "", body.as_bytes());
    call.token = None;
    call.repeatable = false;
    Ok(session.call(&call).await?.status)
}

/// Log-ins at a fixed rate, whether they are answered or not, by a thread of their own.
struct Flood {
    stop: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<u64>,
}

impl Flood {
    fn start(target: &Target) -> Self {
        let stop = Arc::new(AtomicU64::new(0));
        let (until, target) = (stop.clone(), target.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.expect("a runtime of the test");
            tokio::task::LocalSet::new().block_on(&runtime, flood(&target, &until))
        });
        Self { stop, thread }
    }

    /// How many were let in.
    async fn end(self) -> Outcome<u64> {
        self.stop.store(1, Ordering::Relaxed);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await?;
        joined.map_err(|_| "the flood ended early".into())
    }
}

async fn flood(target: &Target, until: &AtomicU64) -> u64 {
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / LOG_INS));
    let mut under_way = tokio::task::JoinSet::new();
    let mut let_in = 0;
    for number in 0.. {
        if until.load(Ordering::Relaxed) == 1 {
            break;
        }
        ticks.tick().await;
        let body = json!({ "email": email(number % PEOPLE), "password": PASSWORD }).to_string();
        let target = target.clone();
        under_way.spawn_local(async move {
            let mut session = Session::new(target);
            ask(&mut session, "/api/auth/login", &body).await.unwrap_or(0)
        });
        while let Some(ended) = under_way.try_join_next() {
            let_in += u64::from(ended.is_ok_and(|status| status == 200));
        }
    }
    // What is still waiting is of no interest any more.
    let_in
}
