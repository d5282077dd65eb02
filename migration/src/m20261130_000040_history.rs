//! What the stock of a shop was at some moments, so that looking back does not begin at its first fact.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// A cache of what the journal tells: it may be emptied at any time, and the audit does not read it.
const UP: &[&str] = &["CREATE TABLE stock_snapshots (
        shop_id BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        recorded_at BIGINT NOT NULL,
        stocks TEXT NOT NULL,
        PRIMARY KEY (shop_id, sequence)
    )"];

const DOWN: &[&str] = &["DROP TABLE stock_snapshots"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
