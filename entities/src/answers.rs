//! The log of answers kept under idempotency keys.

use sea_orm::entity::prelude::*;

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answers")]
pub struct Model {
    /// Its place in the log, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Who asked.
    pub principal: i64,
    /// A digest of who asked for what under which key.
    pub mark: i64,
    /// The first half of a digest of what was asked.
    pub fingerprint_high: i64,
    /// The second half of it.
    pub fingerprint_low: i64,
    /// The order that was the answer; else `answer` has it.
    pub order_id: Option<i64>,
    /// The answer as JSON; else `order_id` names it.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// When it was given, in milliseconds.
    pub recorded_at: i64,
}

/// No relations: rows are read one table at a time.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
