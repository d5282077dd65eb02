//! Something a shop sells.

use sea_orm::entity::prelude::*;

/// A row of `products`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The shop.
    pub shop_id: i64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Minor units a piece.
    pub price: i64,
    /// Where its picture lies.
    pub image_url: String,
    /// Its category, by code.
    pub category: String,
    /// When it was created.
    pub created_at: i64,
    /// When it was taken off sale.
    pub deleted_at: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
