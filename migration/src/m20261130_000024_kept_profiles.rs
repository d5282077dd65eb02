//! What people who have withdrawn told of themselves, kept aside for a time.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &[
    // Rows of `profiles`, by whose account is withdrawn: read by who brings one back, and forgotten
    // by the time since then.
    "CREATE TABLE kept_profiles (
        user_id BIGINT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        withdrawn_at BIGINT NOT NULL
    )",
    "CREATE INDEX kept_profiles_by_age ON kept_profiles (withdrawn_at)",
];

const DOWN: &[&str] = &["DROP TABLE kept_profiles"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
