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
    /// Access tokens of an earlier epoch are void.
    pub session_epoch: i64,
    /// When the last of those expires.
    pub void_until: Option<i64>,
    /// How often its holder has set another password.
    pub password_number: i64,
}

/// What belongs to an account.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// What its owner told of themselves, until it is withdrawn.
    #[sea_orm(has_one = "super::profiles::Entity")]
    Profile,
}

impl Related<super::profiles::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Profile.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
