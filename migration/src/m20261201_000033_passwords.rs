//! How often somebody has set another password: a log-in that was proven by the one before is none.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] =
    &["ALTER TABLE credentials ADD COLUMN password_number BIGINT NOT NULL DEFAULT 0"];

const DOWN: &[&str] = &["ALTER TABLE credentials DROP COLUMN password_number"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
