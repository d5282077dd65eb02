//! Who is an admin, found without a look at every account.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const UP: &[&str] = &["CREATE INDEX credentials_of_admins ON credentials (user_id) \
     WHERE role = 'ADMIN' AND withdrawn_at IS NULL"];

const DOWN: &[&str] = &["DROP INDEX credentials_of_admins"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
