//! Whose epoch may write a stream, and how far its journal goes.

use sea_orm::entity::prelude::*;

/// A row of `streams`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "streams")]
pub struct Model {
    /// The stream, as `shop:7`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// Raised by each activation; a batch of an older epoch changes nothing.
    pub epoch: i64,
    /// The sequence of the last durable fact.
    pub last_sequence: i64,
    /// How far the stream has been published.
    pub published_sequence: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
