//! Coupons by who holds them, coupon events by when they end, deals by when they begin.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // The same promise, one coupon a person and event, in the order in which a person's coupons are
    // listed: a list needs no index of its own, so issuing writes no more than before.
    "DROP INDEX coupon_issues_by_user",
    "CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (user_id, event_id)",
    // The end of the window in the terms: what has ended is never looked at again.
    "ALTER TABLE coupon_batches ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX coupon_batches_by_end ON coupon_batches (ends_at, event_id)",
    "CREATE INDEX deals_by_start ON deals (starts_at)",
];

const DOWN: &[&str] = &[
    "DROP INDEX deals_by_start",
    "DROP INDEX coupon_batches_by_end",
    "ALTER TABLE coupon_batches DROP COLUMN ends_at",
    "DROP INDEX coupon_issues_by_user",
    "CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (event_id, user_id)",
];

/// Reads the end out of the terms of the batches that are there. The databases reach into JSON in
/// different words.
fn known_ends(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => {
            "UPDATE coupon_batches SET ends_at = \
             CAST(CAST(terms AS JSON) -> 'window' ->> 'end' AS BIGINT)"
        }
        _ => "UPDATE coupon_batches SET ends_at = json_extract(terms, '$.window.end')",
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await?;
        crate::execute_all(manager, &[known_ends(manager.get_database_backend())]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
