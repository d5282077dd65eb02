//! How much there is of a product.

use sea_orm::entity::prelude::*;

/// A row of `stocks`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stocks")]
pub struct Model {
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: i64,
    /// Its shop.
    pub shop_id: i64,
    /// Pieces put in, less those taken out by hand.
    pub on_hand: i64,
    /// Pieces in durable holds.
    pub held: i64,
    /// Pieces in orders that stand.
    pub sold: i64,
    /// When it last changed.
    pub updated_at: Option<i64>,
    /// Orders that stand and have it.
    pub orders: i64,
    /// What those came to, in 10^9 minor units.
    pub value_billions: i64,
    /// What those came to beside that, in minor units; may be more than 10^9.
    pub value_rest: i64,
    /// At how many pieces it is low.
    pub low_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
