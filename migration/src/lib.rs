//! The schema, in order. The same statements serve SQLite and PostgreSQL; what differs between
//! them is said where it does.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m20261121_000001_core;
mod m20261121_000002_sessions;
mod m20261121_000003_deals;
mod m20261121_000004_notices;

/// The ordered list of migrations.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_core::Migration),
            Box::new(m20261121_000002_sessions::Migration),
            Box::new(m20261121_000003_deals::Migration),
            Box::new(m20261121_000004_notices::Migration),
        ]
    }
}
