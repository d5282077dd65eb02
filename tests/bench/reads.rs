//! Plain reads, which a crowd does again and again, against a request that does nothing, in turn.

use std::time::Duration;

use hotdeal::client::load::{Crowd, Lanes, Script};
use hotdeal_actors::account::Role;

use super::ROUNDS;
use super::world::{Outcome, World, median, report, run};

const CONNECTIONS: usize = 64;
const SLICE: Duration = Duration::from_secs(2);
/// Products of the shop, so that a page is full.
const PRODUCTS: usize = 60;

pub(crate) async fn measure(name: &str, url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let mut product = world.stage.hot_product(world.shop, 1_000).await?;
    for _ in 1..PRODUCTS {
        product = world.stage.hot_product(world.shop, 1_000).await?;
    }
    let event = world.event(1).await?;
    // One person with an account, as everybody who asks who they are has one.
    let signed_up =
        world.stage.sign_up("reader@mall.test", "Reader", "long enough for a reader").await?;
    let mut crowd = Crowd::default();
    let now = hotdeal::client::stage::now();
    crowd.join(&world.tokens.mint_access(signed_up, Role::User, now));
    let noop = world.noop(event);
    let reads = [
        ("a product", format!("/api/products/{product}")),
        ("a page of 50 products", "/api/products".to_owned()),
        ("oneself", "/api/users/me".to_owned()),
        ("the stock of a product", format!("/api/stocks/product/{product}")),
    ];
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    for (what, path) in reads {
        let read = Script::get(&world.target, &path);
        let (mut ratios, mut noops, mut done) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let first = run(&mut lanes, &noop, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            let told = run(&mut lanes, &read, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            let second = run(&mut lanes, &noop, &crowd, std::iter::repeat(0), Some(SLICE)).await?;
            if told.answers.count(200, "") != told.answers.total() {
                return Err(format!("{path}: {:?}", told.answers).into());
            }
            let yardstick = f64::midpoint(first.per_second(), second.per_second());
            ratios.push(told.per_second() / yardstick);
            noops.push(yardstick);
            done.push(told.per_second());
        }
        let figures = format!("{:.0}/s of {:.0}/s", median(done).0, median(noops).0);
        report(&format!("{what} ÷ no-op, {name}"), ratios, "≥ 0.8", &figures);
    }
    world.audit().await
}
