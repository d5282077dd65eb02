//! Somebody logged in, and which refresh token counts.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// Its number, 32 hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The account.
    pub user_id: i64,
    /// The generation of the refresh token that counts.
    pub generation: i64,
    /// When that one was made.
    pub renewed_at: i64,
    /// The end of its life.
    pub ends_at: i64,
    /// When it ended before that.
    pub ended_at: Option<i64>,
    /// When the last access token that ended with it expires.
    pub void_until: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
