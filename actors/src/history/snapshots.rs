//! The stock of a shop, written down now and then as the tables have it. The ledger does that between two
//! batches, in a transaction of its own, so the tables are as they are after the shop's last fact.

use std::time::{Duration, Instant};

use hotdeal_domain::{IdMap, ProductId, ShopId, UnixMillis};
use sea_orm::QueryResult;

use super::rows::keep;
use super::{Point, Recorded};
use crate::desk::shop::ShopActor;
use crate::error::RequestError;
use crate::host::directory::Directory;
use crate::ledger::Ledger;
use crate::order::audit::stock;
use crate::storage::{CORRUPT, Storage, id};

/// Facts of a shop after which its stock is written down again: a fold of them takes some fifty
/// milliseconds.
const FACTS: i64 = 16_384;
/// A shop with many products is written down after so many facts for each: what is written so is less
/// than the journal itself.
const FACTS_A_PRODUCT: i64 = 4;
/// Others wait for the ledger no longer than this in a second.
const A_SWEEP: Duration = Duration::from_millis(100);

/// The same; tests may have it more often: `HOTDEAL_SNAPSHOT_FACTS`.
#[cfg(feature = "faults")]
fn facts() -> i64 {
    let Ok(facts) = std::env::var("HOTDEAL_SNAPSHOT_FACTS") else { return FACTS };
    facts.parse().expect("HOTDEAL_SNAPSHOT_FACTS: a number of facts")
}

#[cfg(not(feature = "faults"))]
const fn facts() -> i64 {
    FACTS
}

/// When the shops of this node are due.
#[derive(Default)]
pub(crate) struct Snapshots {
    /// The sequence at which each is written down next. As many as there are live shops, and some that
    /// have gone.
    due: IdMap<ShopId, i64>,
}

impl Snapshots {
    /// Writes down the stock of shops that have come far since the last time. What cannot be written now
    /// is written the next time.
    pub(crate) async fn go_on(
        &mut self,
        desks: &Directory<ShopActor>,
        ledger: &Ledger,
        storage: &Storage,
    ) {
        let began = Instant::now();
        let live = desks.positions();
        if self.due.len() > 2 * live.len() {
            self.due.retain(|shop, _| live.iter().any(|(known, _)| known == shop));
        }
        for (shop, sequence) in live {
            let is_early = self.due.get(&shop).is_some_and(|due| sequence < *due);
            if sequence < facts() || is_early {
                continue;
            }
            if self.look_at(shop, sequence, ledger, storage).await.is_err()
                || began.elapsed() >= A_SWEEP
            {
                return;
            }
        }
    }

    async fn look_at(
        &mut self,
        shop: ShopId,
        sequence: i64,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<(), RequestError> {
        let sql = "SELECT COALESCE((SELECT max(sequence) FROM stock_snapshots WHERE shop_id = $1), 0), \
             (SELECT count(*) FROM products WHERE shop_id = $1)";
        let found = storage.slow()?.select(sql, [shop.get().into()]).await?;
        let row = found.first().ok_or(CORRUPT)?;
        let (last, products): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let apart = facts().max(FACTS_A_PRODUCT * products);
        if sequence < last + apart {
            self.due.insert(shop, last + apart);
            return Ok(());
        }
        ledger.apart(move |database| keep(shop, database)).await?;
        self.due.insert(shop, sequence + apart);
        Ok(())
    }
}

/// The last snapshot up to a fact: its sequence, and a fold that goes on from there. From the beginning
/// where there is none.
pub(super) async fn before(
    storage: &Storage,
    shop: ShopId,
    sequence: i64,
) -> Result<(i64, stock::Fold), RequestError> {
    let sql = "SELECT sequence, stocks FROM stock_snapshots WHERE shop_id = $1 AND sequence <= $2 \
         ORDER BY sequence DESC LIMIT 1";
    let found = storage.select(sql, [shop.get().into(), sequence.into()]).await?;
    let Some(row) = found.first() else { return Ok((0, stock::Fold::default())) };
    Ok((row.try_get_by_index(0)?, fold(row, 1)?))
}

/// The stock at each snapshot, or at so many of them.
pub(super) async fn series(
    storage: &Storage,
    shop: ShopId,
    product: Option<ProductId>,
    points: i64,
) -> Result<Vec<Point>, RequestError> {
    let sql = "SELECT sequence, recorded_at, stocks FROM stock_snapshots WHERE shop_id = $1 \
         AND sequence IN (SELECT min(sequence) FROM stock_snapshots WHERE shop_id = $1 \
         GROUP BY sequence / $2) ORDER BY sequence LIMIT $3";
    let last = "SELECT COALESCE(max(sequence), 0) FROM stock_snapshots WHERE shop_id = $1";
    let found = storage.select(last, [shop.get().into()]).await?;
    let last: i64 = found.first().ok_or(CORRUPT)?.try_get_by_index(0)?;
    let each = (last + points - 1) / points;
    let values = [shop.get().into(), each.max(1).into(), points.into()];
    let rows = storage.select(sql, values).await?;
    let point = |row: &QueryResult| {
        let recorded = Recorded {
            sequence: row.try_get_by_index(0)?,
            at: UnixMillis(row.try_get_by_index(1)?),
        };
        Ok(Point { recorded, stock: super::stock(&fold(row, 2)?, product) })
    };
    rows.iter().map(point).collect::<Result<_, RequestError>>()
}

fn fold(row: &QueryResult, column: usize) -> Result<stock::Fold, RequestError> {
    let text: String = row.try_get_by_index(column)?;
    text.split(',').filter(|stock| !stock.is_empty()).map(read).collect()
}

fn read(text: &str) -> Result<(ProductId, (i64, i64)), RequestError> {
    let mut numbers = text.split(':').map(|number| number.parse::<i64>().map_err(|_| CORRUPT));
    let mut next = || numbers.next().ok_or(CORRUPT)?;
    Ok((id(next()?)?, (next()?, next()?)))
}
