//! Notices are kept for a time: by what those are found that need not be, and how far they went.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // What was told of a deal lies in few sequences, one after the other; without this it would be
    // looked for among all notices of all who may have been told. A new row is its last.
    "CREATE INDEX notifications_by_sequence ON notifications (sequence)",
    "CREATE INDEX deal_news_done ON deal_news (done_at, deal_id, news) WHERE done_at IS NOT NULL",
    // One row a part of the notices, once something is forgotten: the last sequence that was. All
    // of it was told before `told_before`, of deals that had ended by `forgotten_at`.
    "CREATE TABLE notices_forgotten (
        part BIGINT NOT NULL PRIMARY KEY,
        through BIGINT NOT NULL,
        told_before BIGINT NOT NULL,
        forgotten_at BIGINT NOT NULL
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE notices_forgotten",
    "DROP INDEX deal_news_done",
    "DROP INDEX notifications_by_sequence",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
