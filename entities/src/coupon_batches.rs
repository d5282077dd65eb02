//! The coupons of one event, as promised.

use sea_orm::entity::prelude::*;

/// A row of `coupon_batches`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon_batches")]
pub struct Model {
    /// The batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The event.
    pub event_id: i64,
    /// The shop it belongs to.
    pub shop_id: i64,
    /// Who asked for it.
    pub created_by: i64,
    /// A digest of the request: the same request is one batch.
    pub fingerprint: String,
    /// The terms, as JSON.
    #[sea_orm(column_type = "Text")]
    pub terms: String,
    /// ISO 4217 code of fixed discounts.
    pub currency: String,
    /// The seed of the draw, in decimal.
    pub seed: String,
    /// The key the codes are derived with, in hex. A secret.
    pub code_key: String,
    /// `PREPARING`, `READY` or `FAILED`.
    pub status: String,
    /// Coupons promised.
    pub total: i64,
    /// Coupons written.
    pub prepared: i64,
    /// When it was asked for.
    pub created_at: i64,
    /// The end of the window in the terms.
    pub ends_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
