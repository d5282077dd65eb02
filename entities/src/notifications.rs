//! A person was told of one product of a deal.

use sea_orm::entity::prelude::*;

/// A row of `notifications`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The sequence of the fact in the stream of notices.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: i64,
    /// The deal.
    pub deal_id: i64,
    /// `OPENED`, `PAUSED`, `RESUMED` or `CANCELLED`.
    pub kind: String,
    /// What the product was called then.
    pub product_name: String,
    /// Its price then, without the deal, in minor units.
    pub list_price: i64,
    /// Its price then, by the deal, in minor units.
    pub price: i64,
    /// ISO 4217 code of both prices.
    pub currency: String,
    /// When it was told.
    pub created_at: i64,
    /// When it was read.
    pub read_at: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
