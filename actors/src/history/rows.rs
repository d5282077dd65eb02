//! The rows of the cache: the stock of a shop as the tables have it.

use futures_util::FutureExt as _;
use hotdeal_domain::ShopId;

use crate::ledger::{Changes, StoreFuture};

const KEEP: &str = "INSERT INTO stock_snapshots (shop_id, sequence, recorded_at, stocks) \
     SELECT $1, s.last_sequence, (SELECT j.recorded_at FROM journal j WHERE j.stream = s.stream \
     AND j.sequence = s.last_sequence), COALESCE((SELECT string_agg(t.product_id || ':' || t.on_hand \
     || ':' || t.sold, ',') FROM products p JOIN stocks t ON t.product_id = p.id \
     WHERE p.shop_id = $1), '') FROM streams s WHERE s.stream = 'shop:' || CAST($1 AS BIGINT) \
     AND s.last_sequence > 0 ON CONFLICT (shop_id, sequence) DO NOTHING";

/// Writes down the stock of a shop, in a transaction between two batches.
pub(super) fn keep(shop: ShopId, database: &mut dyn Changes) -> StoreFuture<'_, u64> {
    let kept = async move { database.change(KEEP, &[shop.get()]).await };
    kept.map(|rows| Ok(rows?.unsigned_abs())).boxed_local()
}
