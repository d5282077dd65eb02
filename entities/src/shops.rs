//! A shop.

use sea_orm::entity::prelude::*;

/// A row of `shops`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shops")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The seller.
    pub owner_id: i64,
    /// Its name.
    pub name: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// When it opened.
    pub opened_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
