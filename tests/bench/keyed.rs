//! Orders of one hot product, each under an idempotency key of its own, against the same without.

use std::time::Duration;

use hotdeal::client::load::{Crowd, Lanes, Measured, Script};
use hotdeal::client::{Call, Session};
use sea_orm::{ConnectionTrait as _, Statement};

use super::world::{Outcome, World, median, report, run};

const CONNECTIONS: usize = 256;
const SLICE: Duration = Duration::from_secs(3);
const ROUNDS: usize = 9;
const PEOPLE: usize = 200_000;
/// Keys that are sent again at the end.
const REPEATS: usize = 1_000;

/// What one slice has shown.
struct Slice {
    per_second: f64,
    /// Time the server's processors took for one order.
    cost_us: f64,
    orders: u64,
}

pub(crate) async fn measure(name: &str, url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(PEOPLE);
    let product = world.stage.hot_product(world.shop, 100_000_000).await?.get();
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let plain = Script::post(&world.target, "/api/orders/v1", &body);
    let keyed = plain.clone().keyed();
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let mut bench = Bench { world: &world, lanes: &mut lanes, crowd: &crowd, asked: 0 };
    bench.slice(&plain).await?;
    let (mut rates, mut costs, mut same) = (Vec::new(), Vec::new(), Vec::new());
    let (mut plains, mut keyeds, mut orders) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let before = bench.slice(&plain).await?;
        let told = bench.slice(&keyed).await?;
        let after = bench.slice(&plain).await?;
        let of = |pick: fn(&Slice) -> f64| f64::midpoint(pick(&before), pick(&after));
        rates.push(told.per_second / of(|slice| slice.per_second));
        costs.push(of(|slice| slice.cost_us) / told.cost_us);
        same.push(after.cost_us / before.cost_us);
        plains.push(of(|slice| slice.cost_us));
        keyeds.push(told.cost_us);
        orders += told.orders;
    }
    check(&world, product, &keyed, &body, orders).await?;
    world.audit().await?;
    let (plains, keyeds) = (median(plains).0, median(keyeds).0);
    let note = format!("{plains:.1} and {keyeds:.1} µs of the server's processors for an order");
    report(&format!("orders a second, keyed ÷ unkeyed, {name}"), rates, "≥ 0.85", "");
    report(&format!("processor time of orders, unkeyed ÷ keyed, {name}"), costs, "≥ 0.85", &note);
    report(&format!("the same, unkeyed ÷ unkeyed, {name}"), same, "", "spread");
    Ok(())
}

struct Bench<'a> {
    world: &'a World,
    lanes: &'a mut Lanes,
    crowd: &'a Crowd,
    /// Orders so far: who is next.
    asked: u64,
}

impl Bench<'_> {
    async fn slice(&mut self, script: &Script) -> Outcome<Slice> {
        let first = usize::try_from(self.asked)? % self.crowd.len();
        let people = (0..self.crowd.len()).cycle().skip(first);
        let began = self.world.processor_time()?;
        let told: Measured = run(self.lanes, script, self.crowd, people, Some(SLICE)).await?;
        let took = self.world.processor_time()? - began;
        let orders = told.answers.total();
        if told.answers.count(200, "") != orders {
            return Err(format!("{:?}", told.answers).into());
        }
        self.asked += orders;
        let cost_us = took.as_secs_f64() * 1e6 / orders as f64;
        Ok(Slice { per_second: told.per_second(), cost_us, orders })
    }
}

/// Every key kept one order, and finds it again: a repeat takes nothing.
async fn check(
    world: &World,
    product: i64,
    script: &Script,
    body: &str,
    orders: u64,
) -> Outcome<()> {
    let tables = sea_orm::Database::connect(&world.url).await?;
    let count = async |sql: &str| -> Outcome<i64> {
        let asked = Statement::from_string(tables.get_database_backend(), sql);
        Ok(tables.query_one_raw(asked).await?.ok_or("no row")?.try_get_by_index(0)?)
    };
    let kept = "SELECT count(*) FROM idempotency WHERE operation = 'orderOne'";
    let all = "SELECT count(*) FROM orders";
    let (before, sold) =
        (count(all).await?, format!("SELECT sold FROM stocks WHERE product_id = {product}"));
    if count(kept).await? != i64::try_from(orders)? || count(&sold).await? != before {
        return Err("not as many keys, orders and pieces as answers".into());
    }
    let owner = "SELECT principal FROM idempotency WHERE operation = 'orderOne' AND key = ";
    let mut session = Session::new(world.target.clone());
    let keys = script.keys_sent();
    for key in keys.iter().step_by(1 + keys.len() / REPEATS) {
        let user = count(&format!("{owner}'{key}'")).await?;
        let token = world.token(user)?;
        let call = Call::post("/api/orders/v1", &token, key, body.as_bytes());
        let (first, again) = (session.call(&call).await?, session.call(&call).await?);
        if first.status != 200 || first.body != again.body {
            return Err(format!("{key}: answered {} and {}", first.status, again.status).into());
        }
    }
    if count(all).await? == before { Ok(()) } else { Err("a repeat ordered anew".into()) }
}
