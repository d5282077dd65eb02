//! A shop's part of an order that it has not answered yet.

use sea_orm::entity::prelude::*;

/// A row of `new_parts`. It goes when the part is first changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "new_parts")]
pub struct Model {
    /// The shop.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shop_id: i64,
    /// When the order was made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordered_at: i64,
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
