//! What a key adds to an order goes to the end of its table.

use futures_util::future::join_all;
use hotdeal_domain::SplitMix64;
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::world::{World, world};

/// Asked at once: fewer than the ledger of a test takes.
const AT_ONCE: u64 = 90;
/// Rounds of them before anything is measured, so that the tables have many pages.
const BEFORE: u64 = 40;
const MEASURED: u64 = 20;

impl World {
    /// Orders of people in no order, in so many rounds; answers the bytes that they took of the log.
    async fn orders(
        &self,
        product: hotdeal_domain::ProductId,
        chance: &mut SplitMix64,
        rounds: u64,
        is_keyed: bool,
    ) -> u64 {
        let before = self.log();
        for _ in 0..rounds {
            let asked: Vec<(i64, String)> = (0..AT_ONCE)
                .map(|_| {
                    (1 + (chance.next_u64() >> 20).cast_signed(), chance.next_u64().to_string())
                })
                .collect();
            let orders = asked
                .iter()
                .map(|(user, key)| self.order_of(*user, product, is_keyed.then_some(key.as_str())));
            join_all(orders).await.into_iter().for_each(|order| drop(order.expect("ordered")));
        }
        self.log() - before
    }
}

#[actix::test]
async fn a_key_adds_to_an_order_a_share_of_a_page_and_no_page_of_its_own() {
    let world = world("").await;
    let product = world.product(1_000_000).await;
    world.knows_what_is_kept().await;
    // Who reads as of now keeps the log from beginning anew.
    let reader = world.tables.begin().await.expect("a reader");
    reader
        .query_all_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Sqlite,
            "SELECT * FROM streams",
        ))
        .await
        .expect("read");
    let mut chance = SplitMix64::new(7);
    world.orders(product, &mut chance, BEFORE, true).await;
    let plain = world.orders(product, &mut chance, MEASURED, false).await;
    let keyed = world.orders(product, &mut chance, MEASURED, true).await;
    assert!(keyed < 2 * plain, "{keyed} bytes with keys, {plain} without");
    drop(reader);
    world.mall.close().await;
}
