//! Where answers under idempotency keys are in their log.

use sea_orm::entity::prelude::*;

/// The number of an answer, found by its mark.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answer_marks")]
pub struct Model {
    /// The run it is in, called by the number of its last answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run: i64,
    /// The mark of the answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark: i64,
    /// The number of the answer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
}

/// No relations: rows are read one table at a time.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
