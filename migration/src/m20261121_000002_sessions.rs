//! Sessions of accounts, access tokens that were given up, and an index for the catalogue.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// One statement each; SQLite adds columns one by one.
const UP: &[&str] = &[
    // Access tokens of an earlier epoch are void; `void_until` is when the last of them expires.
    "ALTER TABLE credentials ADD COLUMN session_epoch BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE credentials ADD COLUMN void_until BIGINT",
    "CREATE INDEX credentials_by_void ON credentials (void_until)",
    // One row a log-in: which generation of its refresh token counts. `ended_at` is set when it
    // ended before its time, `void_until` when its last access token expires.
    "CREATE TABLE sessions (
        id TEXT NOT NULL PRIMARY KEY,
        user_id BIGINT NOT NULL,
        generation BIGINT NOT NULL,
        renewed_at BIGINT NOT NULL,
        ends_at BIGINT NOT NULL,
        ended_at BIGINT,
        void_until BIGINT
    )",
    "CREATE INDEX sessions_by_user ON sessions (user_id)",
    "CREATE INDEX sessions_by_end ON sessions (ends_at)",
    "CREATE INDEX sessions_by_void ON sessions (void_until)",
    "CREATE TABLE revoked_tokens (
        token TEXT NOT NULL PRIMARY KEY,
        user_id BIGINT NOT NULL,
        void_until BIGINT NOT NULL
    )",
    "CREATE INDEX revoked_tokens_by_void ON revoked_tokens (void_until)",
    "CREATE INDEX products_by_category ON products (category, id)",
];

const DOWN: &[&str] = &[
    "DROP INDEX products_by_category",
    "DROP TABLE revoked_tokens",
    "DROP TABLE sessions",
    "DROP INDEX credentials_by_void",
    "ALTER TABLE credentials DROP COLUMN void_until",
    "ALTER TABLE credentials DROP COLUMN session_epoch",
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
