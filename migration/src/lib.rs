//! The schema, in order. The same statements serve SQLite and PostgreSQL; what differs between
//! them is said where it does.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

mod m20261121_000001_core;
mod m20261121_000002_sessions;
mod m20261121_000003_deals;
mod m20261121_000004_notices;
mod m20261129_000020_sales;
mod m20261130_000017_admins;
mod m20261130_000021_notices_kept;
mod m20261130_000024_kept_profiles;
mod m20261130_000030_answers;
mod m20261130_000040_history;
mod m20261201_000009_parts;
mod m20261201_000032_lists;
mod m20261201_000033_passwords;
mod m20261201_000034_low_stock;
mod m20261201_000036_ends;

/// The ordered list of migrations.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            whole(m20261121_000001_core::Migration),
            whole(m20261121_000002_sessions::Migration),
            whole(m20261121_000003_deals::Migration),
            whole(m20261121_000004_notices::Migration),
            whole(m20261129_000020_sales::Migration),
            whole(m20261130_000021_notices_kept::Migration),
            whole(m20261130_000017_admins::Migration),
            whole(m20261130_000030_answers::Migration),
            whole(m20261130_000024_kept_profiles::Migration),
            whole(m20261130_000040_history::Migration),
            whole(m20261201_000032_lists::Migration),
            whole(m20261201_000033_passwords::Migration),
            whole(m20261201_000034_low_stock::Migration),
            whole(m20261201_000009_parts::Migration),
            whole(m20261201_000036_ends::Migration),
        ]
    }
}

/// Runs the statements in their order. `{wor}` in one of them keeps a SQLite table in the order of
/// its key; PostgreSQL has no such tables.
async fn execute_all(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let is_sqlite = manager.get_database_backend() == DbBackend::Sqlite;
    let order = if is_sqlite { " WITHOUT ROWID" } else { "" };
    for statement in statements {
        let sql = statement.replace("{wor}", order);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// A migration that is done as a whole or not at all, on SQLite as on PostgreSQL: what an end in
/// its middle would leave, no later start could go on from.
struct Whole<M>(M);

fn whole<M: MigrationTrait + 'static>(migration: M) -> Box<dyn MigrationTrait> {
    Box::new(Whole(migration))
}

impl<M: MigrationName> MigrationName for Whole<M> {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl<M: MigrationTrait> MigrationTrait for Whole<M> {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.0.down(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
