//! An order.

use sea_orm::entity::prelude::*;

/// A row of `orders`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Who ordered.
    pub user_id: i64,
    /// The shop whose actor keeps its state.
    pub home_shop_id: i64,
    /// Its state, by name.
    pub status: String,
    /// Minor units.
    pub total: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was made.
    pub ordered_at: i64,
    /// When it was cancelled.
    pub cancelled_at: Option<i64>,
    /// Until when its shops have to answer their parts.
    pub answer_by: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
