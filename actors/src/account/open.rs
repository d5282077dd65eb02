//! Opening accounts, and reading them.

use std::sync::Arc;

use hotdeal_domain::account::AccountOpened;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::stream::UserStream;
use hotdeal_domain::{UnixMillis, UserFact, UserId};
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::Outcome;
use super::api::{Account, Credentials, OpenAccount};
use super::error::AccountError;
use super::rows::PrivateAccount;
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;
use crate::host::shell::{Answer, key_record};
use crate::ledger::keys::Key;
use crate::ledger::{Owned, Work, WriteError};

impl Answer for Opened {}

/// An account that was opened, as it is kept under the key of its request. Nothing that its owner told of
/// themselves is: that is to be forgotten with the account.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    user: UserId,
    created_at: UnixMillis,
}

impl Accounts {
    /// Opens an account.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`].
    pub async fn open_account(
        &self,
        request: OpenAccount,
        key: Option<KeyClaim>,
    ) -> Outcome<Account> {
        let OpenAccount { email, name, role, .. } = request.clone();
        let opened =
            self.host.once(key, async |key| self.open_new_account(request, key).await).await?;
        // A repeat tells address and name itself: they are the same, or its key would not be good.
        let Answered { value: Opened { user, created_at }, replayed } = opened;
        Ok(Answered { value: Account { user, email, name, role, created_at }, replayed })
    }

    async fn open_new_account(&self, request: OpenAccount, key: Option<Key>) -> Outcome<Opened> {
        if self.host.storage.is_email_taken(&request.email).await? {
            return Err(AccountError::EmailTaken);
        }
        let (user, role, at) = (self.host.ids.next().await?, request.role, clock::now());
        let fact = UserFact::AccountOpened(AccountOpened { user, role: Some(role), at });
        let private = PrivateAccount::Account {
            email: request.email,
            name: request.name,
            password_phc: request.password_phc,
            role: role.name(),
        };
        let (_turn, counted) = self.count_opened(user, role).await?;
        let founding = Owned::<UserStream>::founding(user).part_with(fact, Some(private));
        let parts = std::iter::once(founding).chain(counted).collect();
        let opened = Opened { user, created_at: at };
        let key = key.map(|key| key_record(key, &opened, at));
        match self.host.ledger.commit(Work::Facts(parts), key).await {
            Ok(()) => Ok(Answered::fresh(opened)),
            // Somebody was faster.
            Err(WriteError::Conflict) => Err(AccountError::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The account with this address, with the hash its password is checked against.
    pub async fn credentials(&self, email: &str) -> Result<Option<Credentials>, RequestError> {
        self.host.storage.credentials(email).await
    }

    /// An account by its number.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>, RequestError> {
        self.host.storage.account(user).await
    }

    /// An account by its number, for its owner to look at.
    pub async fn me(&self, user: UserId) -> Result<Option<Arc<Account>>, RequestError> {
        let recent = &self.caches.accounts;
        let missing = match recent.get(user) {
            Ok(account) => return Ok(Some(account)),
            Err(missing) => missing,
        };
        let Some(account) = self.account(user).await?.map(Arc::new) else { return Ok(None) };
        recent.keep(&missing, user, account.clone());
        Ok(Some(account))
    }
}
