//! A shop's part of an order, once it is not new any more.

use sea_orm::entity::prelude::*;

/// A row of `order_parts`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_parts")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: i64,
    /// The shop.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shop_id: i64,
    /// Its state, by name.
    pub state: String,
    /// When the shop expects to be ready, as it said last.
    pub expected_at: Option<i64>,
    /// Why it was rejected, by name.
    pub reason: Option<String>,
    /// What the shop said beside that.
    pub reason_text: Option<String>,
    /// When the order was made.
    pub ordered_at: i64,
    /// When it was last changed.
    pub changed_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
