//! The stock of a shop as it was after one of its facts. A cache of what the journal tells.

use sea_orm::entity::prelude::*;

/// A row of `stock_snapshots`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_snapshots")]
pub struct Model {
    /// The shop.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shop_id: i64,
    /// The sequence of the fact in the shop's stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// When the fact was recorded.
    pub recorded_at: i64,
    /// `product:on hand:sold`, with commas between them.
    pub stocks: String,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
