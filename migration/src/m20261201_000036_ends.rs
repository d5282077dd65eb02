//! Ends: what is to happen at a time by itself, and until when shops have to answer their parts of orders.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Orders made before have no end.
const UP: &[&str] = &[
    "ALTER TABLE orders ADD COLUMN answer_by BIGINT",
    // One row an end that has not come: a stream's nearest is its first.
    "CREATE TABLE ends (
        stream TEXT NOT NULL,
        at BIGINT NOT NULL,
        subject BIGINT NOT NULL,
        PRIMARY KEY (stream, at, subject)
    ){wor}",
    // The next of all streams.
    "CREATE INDEX ends_by_time ON ends (at, stream, subject)",
];

const DOWN: &[&str] = &["DROP TABLE ends", "ALTER TABLE orders DROP COLUMN answer_by"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
