//! An end: something that is to happen at a time by itself.

use sea_orm::entity::prelude::*;

/// A row of `ends`. It goes when that has happened, or is to happen no more.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ends")]
pub struct Model {
    /// The stream in which it happens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// When.
    #[sea_orm(primary_key, auto_increment = false)]
    pub at: i64,
    /// What it is the end of, by its number: whose that is, the stream's owner knows.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
