//! Accounts.

use hotdeal_domain::{UnixMillis, UserId};
use hotdeal_entities::{credentials, profiles};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{CORRUPT, Storage, id};
use crate::api::{Account, Credentials, Role};
use crate::error::AskError;

impl Storage {
    /// The account with this address, unless it was withdrawn.
    pub(crate) async fn credentials(&self, email: &str) -> Result<Option<Credentials>, AskError> {
        let found = credentials::Entity::find()
            .filter(credentials::Column::Email.eq(email))
            .filter(credentials::Column::WithdrawnAt.is_null())
            .one(&self.db)
            .await?;
        self.with_profile(found).await
    }

    /// The account with this number, unless it was withdrawn.
    pub(crate) async fn account(&self, user: UserId) -> Result<Option<Account>, AskError> {
        let found = credentials::Entity::find_by_id(user.get())
            .filter(credentials::Column::WithdrawnAt.is_null())
            .one(&self.db)
            .await?;
        Ok(self.with_profile(found).await?.map(|credentials| credentials.account))
    }

    /// Whether an address was ever taken, by an account that may be withdrawn.
    pub(crate) async fn is_email_taken(&self, email: &str) -> Result<bool, AskError> {
        let filter = credentials::Column::Email.eq(email);
        Ok(credentials::Entity::find().filter(filter).one(&self.db).await?.is_some())
    }

    async fn with_profile(
        &self,
        found: Option<credentials::Model>,
    ) -> Result<Option<Credentials>, AskError> {
        let Some(row) = found else { return Ok(None) };
        let profile = profiles::Entity::find_by_id(row.user_id).one(&self.db).await?;
        Ok(Some(Credentials {
            account: Account {
                user: id(row.user_id)?,
                email: row.email,
                name: profile.map(|profile| profile.name).unwrap_or_default(),
                role: Role::from_name(&row.role).ok_or(CORRUPT)?,
                created_at: UnixMillis(row.created_at),
            },
            password_phc: row.password_phc,
        }))
    }
}
