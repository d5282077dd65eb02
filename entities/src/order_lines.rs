//! One line of an order, as it was when the order was made.

use sea_orm::entity::prelude::*;

/// A row of `order_lines`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_lines")]
pub struct Model {
    /// The order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: i64,
    /// Its place, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i32,
    /// The product.
    pub product_id: i64,
    /// The shop.
    pub shop_id: i64,
    /// The product's name then.
    pub name: String,
    /// Pieces.
    pub quantity: i64,
    /// Minor units a piece then.
    pub unit_price: i64,
    /// The deal that made the price.
    pub deal_id: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
