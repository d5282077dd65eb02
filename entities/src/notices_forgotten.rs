//! How far notices of deals were forgotten.

use sea_orm::entity::prelude::*;

/// A row of `notices_forgotten`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notices_forgotten")]
pub struct Model {
    /// The part of the notices.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: i64,
    /// The last sequence of notices of which something was forgotten.
    pub through: i64,
    /// All of it was told before this.
    pub told_before: i64,
    /// By this time the deals it was about had ended.
    pub forgotten_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
