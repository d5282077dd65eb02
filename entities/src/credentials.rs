//! How somebody logs in.

use sea_orm::entity::prelude::*;

/// A row of `credentials`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The address, in lower case.
    pub email: String,
    /// Argon2id, as a PHC string.
    pub password_phc: String,
    /// What the account may do.
    pub role: String,
    /// When it was opened.
    pub created_at: i64,
    /// When it was withdrawn.
    pub withdrawn_at: Option<i64>,
}

/// Relations are followed by key, where they are needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
