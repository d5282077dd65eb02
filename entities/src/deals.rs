//! A deal, and where it stands.

use sea_orm::entity::prelude::*;

/// A row of `deals`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deals")]
pub struct Model {
    /// Its event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// `FIXED` or `RATE`.
    pub discount_type: String,
    /// Minor units, or hundredths of a percent.
    pub discount: i64,
    /// ISO 4217 code of a fixed discount.
    pub currency: Option<String>,
    /// When it begins to hold.
    pub starts_at: i64,
    /// The first instant at which it does not hold any more.
    pub ends_at: i64,
    /// Pieces of each product at its price at most.
    pub quota: Option<i64>,
    /// Pieces of each product one person gets at its price at most.
    pub person_limit: Option<i64>,
    /// `OPEN`, `PAUSED` or `CANCELLED`.
    pub state: String,
    /// How many products it has.
    pub products: i64,
    /// Who opened it.
    pub opened_by: i64,
    /// When it was opened.
    pub opened_at: i64,
    /// Pieces at its price in orders that stand.
    pub sold: i64,
    /// Lines of orders that stand at its price.
    pub sold_lines: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
