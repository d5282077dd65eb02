//! Looking back at a shop with a million facts: how long one look takes, before and after a restart,
//! and whether it tells what a fold of the journal, done here, tells.

use std::time::Instant;

use hotdeal::client::load::{Lanes, Script};
use hotdeal::client::{Call, Session};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;

use super::world::{Outcome, World, report, run};

const CONNECTIONS: usize = 256;
const FACTS: usize = 1_000_000;
/// Looks at places all over the stream.
const LOOKS: i64 = 25;

pub(crate) async fn measure(name: &str, url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(100_000);
    let product = world.stage.hot_product(world.shop, 10_000_000).await?.get();
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let order = Script::post(&world.target, "/api/orders/v1", &body);
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let people = (0..crowd.len()).cycle().take(FACTS);
    let measured = run(&mut lanes, &order, &crowd, people, None).await?;
    if measured.answers.count(200, "") != u64::try_from(FACTS)? {
        return Err(format!("{:?}", measured.answers).into());
    }
    drop(lanes);
    let fold = Fold::read(url, world.shop.get()).await?;
    for when in ["before a restart", "after a restart"] {
        let mut times = Vec::new();
        for look in 1..=LOOKS {
            // The first look is the one for which nothing is in memory.
            let sequence = fold.last() * look / LOOKS;
            times.push(fold.compare(&world, product, sequence).await?);
        }
        let what = format!("a look back at a shop of {FACTS} facts, in ms, {name}, {when}");
        report(&what, times, "≤ 1000", "");
        world.restart().await?;
    }
    world.audit().await
}

/// On hand and sold after each fact of a shop with one product.
struct Fold(Vec<(i64, i64)>);

impl Fold {
    async fn read(url: &str, shop: i64) -> Outcome<Self> {
        let tables = sea_orm::Database::connect(url).await?;
        let (backend, stream) = (tables.get_database_backend(), format!("shop:{shop}"));
        let sql = "SELECT facts, sequence FROM journal WHERE stream = $1 AND sequence > $2 \
             ORDER BY sequence LIMIT 500";
        let (mut fold, mut last) = (Vec::new(), 0_i64);
        let (mut on_hand, mut sold) = (0, 0);
        loop {
            let values = [stream.clone().into(), last.into()];
            let rows =
                tables.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
            let Some(end) = rows.last() else { return Ok(Self(fold)) };
            last = end.try_get_by_index(1)?;
            for row in &rows {
                let facts: Vec<Value> = serde_json::from_str(&row.try_get_by_index::<String>(0)?)?;
                for fact in facts {
                    on_hand += fact["StockMoved"]["delta"].as_i64().unwrap_or(0);
                    sold += fact["OrderPlaced"]["lines"][0]["quantity"].as_i64().unwrap_or(0);
                    fold.push((on_hand, sold));
                }
            }
        }
    }

    fn last(&self) -> i64 {
        i64::try_from(self.0.len()).unwrap_or(i64::MAX)
    }

    /// Milliseconds of a look.
    async fn compare(&self, world: &World, product: i64, sequence: i64) -> Outcome<f64> {
        let shop = world.shop;
        let path = format!("/api/admin/history/shop/{shop}?product={product}&sequence={sequence}");
        let mut session = Session::new(world.target.clone());
        let began = Instant::now();
        let past: Value = session.json(&Call::get(&path, world.stage.admin()), 200).await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        let told = [&past["stock"]["onHand"], &past["stock"]["sold"]].map(Value::as_i64);
        let (on_hand, sold) = self.0[usize::try_from(sequence - 1)?];
        if told != [Some(on_hand), Some(sold)] {
            return Err(format!("{past}: {on_hand} and {sold} after {sequence}").into());
        }
        Ok(took)
    }
}
