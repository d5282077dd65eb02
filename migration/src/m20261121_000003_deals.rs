//! Deals and their products.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `{wor}` keeps a SQLite table in the order of its key, in which a deal's rows come: ten thousand
/// of them are appended to one tree.
const UP: &[&str] = &[
    "CREATE TABLE deals (
        id BIGINT NOT NULL PRIMARY KEY,
        discount_type TEXT NOT NULL,
        discount BIGINT NOT NULL CHECK (discount > 0),
        currency TEXT,
        starts_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        quota BIGINT,
        person_limit BIGINT,
        state TEXT NOT NULL,
        products BIGINT NOT NULL,
        opened_by BIGINT NOT NULL,
        opened_at BIGINT NOT NULL,
        CHECK (starts_at < ends_at)
    )",
    // A shop that is rebuilt asks for the deals that have not ended.
    "CREATE INDEX deals_by_end ON deals (ends_at)",
    "CREATE TABLE deal_items (
        deal_id BIGINT NOT NULL,
        shop_id BIGINT NOT NULL,
        product_id BIGINT NOT NULL,
        PRIMARY KEY (deal_id, shop_id, product_id)
    ){wor}",
    // What has gone at the price of a deal. Lines at the list's price are not in it.
    "CREATE INDEX order_lines_by_deal ON order_lines (deal_id, shop_id, product_id)
        WHERE deal_id IS NOT NULL",
];

const DOWN: &[&str] =
    &["DROP INDEX order_lines_by_deal", "DROP TABLE deal_items", "DROP TABLE deals"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
