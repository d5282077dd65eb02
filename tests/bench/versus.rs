//! Processor time of the server for one operation, of this build against another: three servers
//! (this build twice, and the other) do the same work in turn. How far this build is from itself
//! is the least difference that means anything.

use std::path::Path;

use hotdeal::client::load::{Crowd, Lanes, Script};
use hotdeal_actors::account::Role;
use hotdeal_domain::ProductId;

use super::keyed::Order;
use super::world::{Outcome, World, median, report, run, this_build};

const ROUNDS: usize = 9;
const CONNECTIONS: usize = 64;
/// Operations of one kind that each server does in a round.
const OPERATIONS: u32 = 30_000;
/// Products of the shop, so that a page is full.
const PRODUCTS: usize = 60;

/// A database each: this build, this build again, the other.
pub(crate) const BUILDS: [&str; 3] = ["this", "again", "other"];

const KINDS: [&str; 8] = [
    "a coupon",
    "an order",
    "a keyed order",
    "a keyed order of anybody",
    "a product",
    "a page of 50 products",
    "oneself",
    "a stock",
];

/// A server with what each kind of operation needs.
struct Contender {
    world: World,
    lanes: Lanes,
    crowd: Crowd,
    reader: Crowd,
    product: ProductId,
    asked: u64,
}

impl Contender {
    async fn open(program: &Path, url: &str) -> Outcome<Self> {
        let mut world = World::open_build(program, url).await?;
        let mut product = world.stage.hot_product(world.shop, 10_000_000).await?;
        for _ in 1..PRODUCTS {
            product = world.stage.hot_product(world.shop, 10_000_000).await?;
        }
        let known =
            world.stage.sign_up("reader@mall.test", "Reader", "long enough for a reader").await?;
        let mut reader = Crowd::default();
        let now = hotdeal::client::stage::now();
        reader.join(&world.tokens.mint_access(known, Role::User, now));
        let lanes = Lanes::open(&world.target, CONNECTIONS).await?;
        let crowd = world.crowd(OPERATIONS as usize);
        Ok(Self { world, lanes, crowd, reader, product, asked: 0 })
    }

    async fn script(&mut self, kind: &str) -> Outcome<Script> {
        let product = self.product;
        let get = |path: &str| Script::get(&self.world.target, path);
        Ok(match kind {
            "a coupon" => {
                let event = self.world.event(OPERATIONS).await?;
                self.world.issue(event)
            }
            "an order" | "a keyed order" | "a keyed order of anybody" => {
                let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
                let script = Script::post(&self.world.target, "/api/orders/v1", &body);
                if kind == "an order" { script } else { script.keyed() }
            }
            "a product" => get(&format!("/api/products/{product}")),
            "a page of 50 products" => get("/api/products"),
            "oneself" => get("/api/users/me"),
            "a stock" => get(&format!("/api/stocks/product/{product}")),
            other => return Err(other.into()),
        })
    }

    /// Microseconds of the server's processor time for one operation of this kind.
    async fn cost(&mut self, kind: &str) -> Outcome<f64> {
        let script = self.script(kind).await?;
        let before = self.world.processor_time()?;
        let is_write = kind == "a coupon" || kind.contains("order");
        let crowd = if is_write { &self.crowd } else { &self.reader };
        let order = if kind.ends_with("anybody") { Order::AtRandom } else { Order::InTurn };
        let people = order.people(crowd.len(), self.asked).take(OPERATIONS as usize);
        self.asked += u64::from(OPERATIONS);
        let measured = run(&mut self.lanes, &script, crowd, people, None).await?;
        let spent = self.world.processor_time()? - before;
        if measured.answers.count(200, "") != u64::from(OPERATIONS) {
            return Err(format!("{kind}: {:?}", measured.answers).into());
        }
        Ok(spent.as_secs_f64() * 1e6 / f64::from(OPERATIONS))
    }
}

pub(crate) async fn measure(name: &str, other: &Path, urls: &[String]) -> Outcome<()> {
    let mut contenders = Vec::new();
    for (program, url) in [this_build(), this_build(), other].into_iter().zip(urls) {
        contenders.push(Contender::open(program, url).await?);
    }
    for kind in KINDS {
        let mut costs = [const { Vec::new() }; 3];
        for round in 0..ROUNDS {
            for turn in 0..contenders.len() {
                let which = (round + turn) % contenders.len();
                costs[which].push(contenders[which].cost(kind).await?);
            }
        }
        let against = |which: usize| {
            costs[0].iter().zip(&costs[which]).map(|(this, that)| this / that).collect()
        };
        let figures = format!(
            "{:.1} us and {:.1} us",
            median(costs[0].clone()).0,
            median(costs[2].clone()).0
        );
        let what = format!("processor time of {kind}, {name}");
        report(&format!("{what}: this build ÷ itself"), against(1), "", "");
        report(&format!("{what}: this build ÷ the other"), against(2), "", &figures);
    }
    for contender in &contenders {
        contender.world.audit_by_itself()?;
    }
    Ok(())
}
