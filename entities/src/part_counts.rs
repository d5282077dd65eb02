//! How many parts of orders a shop has in each state.

use sea_orm::entity::prelude::*;

/// A row of `part_counts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "part_counts")]
pub struct Model {
    /// The shop.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shop_id: i64,
    /// Not answered yet.
    pub new: i64,
    /// Taken on.
    pub accepted: i64,
    /// To be fetched, or on their way.
    pub ready: i64,
    /// With their buyers.
    pub done: i64,
    /// Not taken on.
    pub rejected: i64,
    /// Cancelled by their buyers.
    pub cancelled: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
