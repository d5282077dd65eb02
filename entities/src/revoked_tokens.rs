//! An access token that somebody logged out with.

use sea_orm::entity::prelude::*;

/// A row of `revoked_tokens`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_tokens")]
pub struct Model {
    /// Its number, 32 hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: String,
    /// The account.
    pub user_id: i64,
    /// When it expires, so that it need not be remembered any longer.
    pub void_until: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
