//! A coupon in somebody's hands.

use sea_orm::entity::prelude::*;

/// A row of `coupon_issues`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coupon_issues")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: i64,
    /// Its place in the batch.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ordinal: i64,
    /// Who holds it.
    pub user_id: i64,
    /// When it was issued.
    pub issued_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
