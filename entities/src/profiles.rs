//! What somebody tells of themselves.

use sea_orm::entity::prelude::*;

/// A row of `profiles`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profiles")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// The name.
    pub name: String,
    /// When it was made.
    pub created_at: i64,
}

/// What a profile belongs to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(
        belongs_to = "super::credentials::Entity",
        from = "Column::UserId",
        to = "super::credentials::Column::UserId"
    )]
    Account,
}

impl Related<super::credentials::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
