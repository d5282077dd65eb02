//! A segment of the journal: the facts one stream had in one transaction.

use sea_orm::entity::prelude::*;

/// A row of `journal`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journal")]
pub struct Model {
    /// The stream.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// The sequence of the last fact in it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The sequence of the first fact in it.
    pub first_sequence: i64,
    /// The epoch of the writer.
    pub epoch: i64,
    /// When it was written, in milliseconds since 1970.
    pub recorded_at: i64,
    /// The facts in order, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub facts: String,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
