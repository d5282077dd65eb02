//! Something people are, or were, told of a deal.

use sea_orm::entity::prelude::*;

/// A row of `deal_news`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deal_news")]
pub struct Model {
    /// The deal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub deal_id: i64,
    /// The sequence, in the stream of the deal, of the fact that made it; zero for a deal that is older
    /// than this table.
    #[sea_orm(primary_key, auto_increment = false)]
    pub news: i64,
    /// `OPENED`, `PAUSED`, `RESUMED` or `CANCELLED`.
    pub kind: String,
    /// When it came about.
    pub since: i64,
    /// The number of the last person told so far.
    pub after_user: i64,
    /// The first sequence in the stream of notices that told it.
    pub first_told: Option<i64>,
    /// The last one so far.
    pub last_told: Option<i64>,
    /// People told so far.
    pub people: i64,
    /// Notices they got.
    pub notices: i64,
    /// When nobody was left to be told.
    pub done_at: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
