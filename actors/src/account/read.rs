//! Accounts, read from the tables.

pub(crate) mod sessions;

use hotdeal_domain::account::admins::Admins;
use hotdeal_domain::{UnixMillis, UserId};
use hotdeal_entities::{credentials, profiles};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Role;
use super::api::{Account, AccountEntry, AccountSearch, Credentials};
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, anywhere, id};

impl Storage {
    /// The account with this address, unless it was withdrawn. One question, whether there is one or
    /// not: two would take longer than one, and who logs in would learn from it.
    pub(crate) async fn credentials(
        &self,
        email: &str,
    ) -> Result<Option<Credentials>, RequestError> {
        let found = credentials::Entity::find()
            .filter(credentials::Column::Email.eq(email))
            .filter(credentials::Column::WithdrawnAt.is_null())
            .find_also_related(profiles::Entity)
            .one(&self.db)
            .await?;
        let Some((row, profile)) = found else { return Ok(None) };
        let password_phc = row.password_phc.clone();
        Ok(Some(Credentials { account: account(row, profile)?, password_phc }))
    }

    /// The account with this number, unless it was withdrawn.
    pub(crate) async fn account(&self, user: UserId) -> Result<Option<Account>, RequestError> {
        let found = credentials::Entity::find_by_id(user.get())
            .filter(credentials::Column::WithdrawnAt.is_null())
            .find_also_related(profiles::Entity)
            .one(&self.db)
            .await?;
        found.map(|(row, profile)| account(row, profile)).transpose()
    }

    /// Whether an address was ever taken, by an account that may be withdrawn.
    pub(crate) async fn is_email_taken(&self, email: &str) -> Result<bool, RequestError> {
        let filter = credentials::Column::Email.eq(email);
        Ok(credentials::Entity::find().filter(filter).one(&self.db).await?.is_some())
    }

    /// Whether there is an account with this number, withdrawn or not.
    pub(crate) async fn has_account(&self, user: UserId) -> Result<bool, RequestError> {
        Ok(credentials::Entity::find_by_id(user.get()).one(&self.db).await?.is_some())
    }

    /// The account with this number, withdrawn or not.
    pub(crate) async fn account_entry(
        &self,
        user: UserId,
    ) -> Result<Option<AccountEntry>, RequestError> {
        let found = credentials::Entity::find_by_id(user.get())
            .find_also_related(profiles::Entity)
            .one(&self.db)
            .await?;
        found.map(|(row, profile)| entry(row, profile)).transpose()
    }

    /// The admins there are.
    pub(crate) async fn admins(&self) -> Result<Admins, RequestError> {
        // Word for word the condition of an index, so that not all accounts are looked at.
        let sql = format!(
            "SELECT user_id FROM credentials WHERE role = '{}' AND withdrawn_at IS NULL",
            Role::Admin.name()
        );
        let rows = self.select(&sql, []).await?;
        rows.iter().map(|row| id(row.try_get_by_index(0)?)).collect()
    }

    /// Accounts by number, withdrawn or not.
    pub(crate) async fn accounts(
        &self,
        search: &AccountSearch,
    ) -> Result<Vec<AccountEntry>, RequestError> {
        let mut query = credentials::Entity::find()
            .filter(credentials::Column::UserId.gt(search.after))
            .find_also_related(profiles::Entity);
        if let Some(email) = &search.email {
            let pattern = LikeExpr::new(anywhere(email)).escape('\\');
            query = query.filter(credentials::Column::Email.like(pattern));
        }
        if let Some(role) = search.role {
            query = query.filter(credentials::Column::Role.eq(role.name()));
        }
        let rows = query
            .order_by_asc(credentials::Column::UserId)
            .limit(search.limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(|(row, profile)| entry(row, profile)).collect()
    }
}

fn account(
    row: credentials::Model,
    profile: Option<profiles::Model>,
) -> Result<Account, RequestError> {
    Ok(Account {
        user: id(row.user_id)?,
        email: row.email,
        name: profile.map(|profile| profile.name).unwrap_or_default(),
        role: Role::from_name(&row.role).ok_or(CORRUPT)?,
        created_at: UnixMillis(row.created_at),
    })
}

fn entry(
    row: credentials::Model,
    profile: Option<profiles::Model>,
) -> Result<AccountEntry, RequestError> {
    let withdrawn_at = row.withdrawn_at.map(UnixMillis);
    Ok(AccountEntry { account: account(row, profile)?, withdrawn_at })
}
