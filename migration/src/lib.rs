//! The schema, in order. The same statements serve SQLite and PostgreSQL; what differs between
//! them is said where it does.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_core;
mod m20261121_000002_sessions;
mod m20261121_000003_deals;
mod m20261121_000004_notices;
mod m20261129_000020_sales;

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
        ]
    }
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
