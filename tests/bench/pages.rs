//! Pages: how late the slowest come, against a request that does nothing; and what those who look at a deal cost
//! while its stock moves.

use std::time::{Duration, Instant};

use hotdeal::client::load::{Lanes, Script};
use hotdeal::client::{Call, Session};
use hotdeal_actors::account::Role;
use hotdeal_domain::UserId;

use super::ROUNDS;
use super::fanout::{Protocol, Receiver};
use super::world::{Outcome, STRANGERS, World, median, open_deal, report, run, running_deal};

const CONNECTIONS: usize = 64;
const SLICE: Duration = Duration::from_secs(2);
/// Deals on the front page.
const DEALS: usize = 24;
/// Fewer than the bound is about, so that an ordinary limit of open files has room for them: each costs the same.
const VIEWERS: usize = 2_000;
const VIEWERS_OF_BOUND: usize = 5_000;
/// What is left is looked at twice a second, and told where it has changed.
const TICKS_A_SECOND: u64 = 2;
const WATCHED: Duration = Duration::from_secs(10);
/// Orders come this often, so that every tick has something to tell.
const ORDER_EVERY: Duration = Duration::from_millis(100);

pub(crate) async fn measure(url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let mut products = Vec::new();
    for _ in 0..DEALS {
        products.push(world.stage.hot_product(world.shop, 1_000_000).await?.get());
    }
    let body = running_deal(&products);
    let answer = Session::new(world.target.clone()).call(&open_deal(&world, &body)).await?;
    if answer.status != 201 {
        return Err(format!("the deal was answered {}", answer.status).into());
    }
    html(&mut world, products[0]).await?;
    viewers(&world, products[0]).await?;
    world.audit().await
}

async fn html(world: &mut World, product: i64) -> Outcome<()> {
    let event = world.event(1).await?;
    let (noop, crowd) = (world.noop(event), world.crowd(1));
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let pages = [("the front page", "/".to_owned()), ("a product", format!("/products/{product}"))];
    for (what, path) in pages {
        let page = Script::get(&world.target, &path);
        let (mut ratios, mut noops, mut shown) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let first = run(&mut lanes, &noop, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            let told = run(&mut lanes, &page, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            let second = run(&mut lanes, &noop, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            if told.answers.count(200, "") != told.answers.total() {
                return Err(format!("{path}: {:?}", told.answers).into());
            }
            let yardstick = f64::midpoint(first.latency().p99_ms, second.latency().p99_ms);
            ratios.push(told.latency().p99_ms / yardstick);
            noops.push(yardstick);
            shown.push(told.latency().p99_ms);
        }
        let (shown, noops) = (median(shown).0, median(noops).0);
        let figures = format!("{shown:.2} ms of {noops:.2} ms, {CONNECTIONS} at once");
        report(&format!("p99 of {what} as HTML ÷ no-op"), ratios, "≤ 3", &figures);
    }
    Ok(())
}

async fn viewers(world: &World, product: i64) -> Outcome<()> {
    let host = world.target.authority().to_owned();
    let request = format!("GET /live HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let requests = (0..VIEWERS).map(|_| request.clone());
    let mut receiver = Receiver::connect_each(&host, requests, Protocol::AnySse, 0)?;
    let buyer = UserId::try_from(STRANGERS).map_err(|_| "no person")?;
    let token = world.tokens.mint_access(buyer, Role::User, hotdeal::clock::now());
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let mut session = Session::new(world.target.clone());
    let (mut cores, mut told) = (Vec::new(), Vec::new());
    // One more at the start: it has the first, larger state of each.
    for round in 0..=ROUNDS {
        let (before, heard, began) = (world.processor_time()?, receiver.received(), Instant::now());
        let mut due = began;
        while began.elapsed() < WATCHED {
            if Instant::now() >= due {
                let mut call = Call::query("/api/orders/v1", &token, body.as_bytes());
                call.repeatable = false;
                let status = session.call(&call).await?.status;
                if status != 200 {
                    return Err(format!("an order was answered {status}").into());
                }
                due += ORDER_EVERY;
            }
            receiver.receive(Duration::from_millis(20))?;
        }
        let seconds = began.elapsed().as_secs_f64();
        let heard = (receiver.received() - heard) as f64 / VIEWERS as f64 / seconds;
        if heard < TICKS_A_SECOND as f64 * 0.9 {
            return Err(format!("each viewer heard {heard:.2} times a second").into());
        }
        if round > 0 {
            let spent = (world.processor_time()? - before).as_secs_f64() / seconds;
            cores.push(spent * VIEWERS_OF_BOUND as f64 / VIEWERS as f64);
            told.push(heard);
        }
    }
    let told = median(told).0;
    let figures = format!("measured with {VIEWERS}, each told {told:.1} times a second");
    let what = format!("cores that {VIEWERS_OF_BOUND} viewers of a live deal cost");
    report(&what, cores, "≤ 1", &figures);
    Ok(())
}
