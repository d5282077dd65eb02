//! What somebody who has withdrawn told of themselves.

use sea_orm::entity::prelude::*;

/// A row of `kept_profiles`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_profiles")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The name.
    pub name: String,
    /// When the profile was made.
    pub created_at: i64,
    /// When the account was withdrawn.
    pub withdrawn_at: i64,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
