//! Orders of one hot product, each under an idempotency key of its own, against the same without: of
//! people in the order of their numbers, and of people in no order.

use std::time::Duration;

use hotdeal::client::load::{Crowd, Lanes, Measured, Script};
use hotdeal::client::{Call, Session};
use hotdeal_domain::SplitMix64;
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

/// Who is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Everybody in turn.
    InTurn,
    /// Anybody.
    AtRandom,
}

impl Order {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InTurn => "people in turn",
            Self::AtRandom => "people at random",
        }
    }

    /// People of a crowd of this size, from one of them on.
    pub(crate) fn people(self, size: usize, first: u64) -> Box<dyn Iterator<Item = usize>> {
        match self {
            Self::InTurn => {
                let first = usize::try_from(first).unwrap_or(0) % size;
                Box::new((0..size).cycle().skip(first))
            }
            Self::AtRandom => {
                let mut chance = SplitMix64::new(first);
                let size = u32::try_from(size).unwrap_or(u32::MAX);
                let one = move || chance.below(size) as usize;
                Box::new(std::iter::repeat_with(one))
            }
        }
    }
}

pub(crate) async fn measure(name: &str, url: &str, order: Order) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(PEOPLE);
    let product = world.stage.hot_product(world.shop, 100_000_000).await?.get();
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let plain = Script::post(&world.target, "/api/orders/v1", &body);
    let keyed = plain.clone().keyed();
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let mut bench = Bench {
        world: &world,
        lanes: &mut lanes,
        crowd: &crowd,
        order,
        asked: 0,
        keyed: Vec::new(),
    };
    bench.slice(&plain, false).await?;
    let (mut rates, mut costs, mut same) = (Vec::new(), Vec::new(), Vec::new());
    let (mut plains, mut keyeds, mut orders) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let before = bench.slice(&plain, false).await?;
        let told = bench.slice(&keyed, true).await?;
        let after = bench.slice(&plain, false).await?;
        let of = |pick: fn(&Slice) -> f64| f64::midpoint(pick(&before), pick(&after));
        rates.push(told.per_second / of(|slice| slice.per_second));
        costs.push(of(|slice| slice.cost_us) / told.cost_us);
        same.push(after.cost_us / before.cost_us);
        plains.push(of(|slice| slice.cost_us));
        keyeds.push(told.cost_us);
        orders += told.orders;
    }
    let asked = std::mem::take(&mut bench.keyed);
    let keys: Vec<_> = asked.into_iter().zip(keyed.keys_sent()).collect();
    check(&world, &crowd, product, &keys, &body, orders).await?;
    world.audit().await?;
    let name = format!("{}, {name}", order.name());
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
    order: Order,
    /// Orders so far.
    asked: u64,
    /// Who asked under the keys, in the order of those.
    keyed: Vec<usize>,
}

impl Bench<'_> {
    async fn slice(&mut self, script: &Script, is_keyed: bool) -> Outcome<Slice> {
        let asked = &mut self.keyed;
        let people = self.order.people(self.crowd.len(), self.asked);
        let people = people.inspect(|person| asked.extend(is_keyed.then_some(*person)));
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
    crowd: &Crowd,
    product: i64,
    keys: &[(usize, String)],
    body: &str,
    orders: u64,
) -> Outcome<()> {
    let tables = sea_orm::Database::connect(&world.url).await?;
    let count = async |sql: &str| -> Outcome<i64> {
        let asked = Statement::from_string(tables.get_database_backend(), sql);
        Ok(tables.query_one_raw(asked).await?.ok_or("no row")?.try_get_by_index(0)?)
    };
    let kept = "SELECT count(*) FROM answers WHERE order_id IS NOT NULL";
    let all = "SELECT count(*) FROM orders";
    let (before, sold) =
        (count(all).await?, format!("SELECT sold FROM stocks WHERE product_id = {product}"));
    if count(kept).await? != i64::try_from(orders)? || count(&sold).await? != before {
        return Err("not as many keys, orders and pieces as answers".into());
    }
    let mut session = Session::new(world.target.clone());
    for (person, key) in keys.iter().step_by(1 + keys.len() / REPEATS) {
        let call = Call::post("/api/orders/v1", crowd.token(*person), key, body.as_bytes());
        let (first, again) = (session.call(&call).await?, session.call(&call).await?);
        if first.status != 200 || first.body != again.body {
            return Err(format!("{key}: answered {} and {}", first.status, again.status).into());
        }
    }
    if count(all).await? == before { Ok(()) } else { Err("a repeat ordered anew".into()) }
}
