//! Roles, and that there is always an admin.
//!
//! Who becomes an admin, and who is none any more, is counted in the stream of the admins, by the
//! ledger entry that changes the account. The count has no actor: a node takes turns, and each turn
//! that counts raises the epoch of that stream before it reads who is an admin. So two changes never
//! rest on the same count, and another node's turn is refused as a whole.

use std::time::Duration;

use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::stream::AdminStream;
use hotdeal_domain::{UnixMillis, UserId};
use tokio::sync::OwnedMutexGuard;

use super::Outcome;
use super::api::{Account, AccountEntry, SetRole};
use super::error::AccountError;
use super::messages::{AccountAnswer, AccountRequest, CountedRequest};
use super::{Accounts, Role};
use crate::clock;
use crate::error::RequestError;
use crate::host::{Answered, send_request};
use crate::ledger::keys::Key;
use crate::ledger::{Owned, Part};

/// How long a change of role waits for its turn: more than a ledger that writes takes.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// What is counted, and the turn that lasts until it is written.
pub(crate) type CountedTurn = (Option<OwnedMutexGuard<()>>, Option<Part>);

impl Accounts {
    /// Gives an account another role. Its access tokens are void when this answers; its sessions
    /// go on, and the next access token from them carries the new role.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`]; [`AccountError::StillAdmin`] for the own role;
    /// [`AccountError::LastAdmin`].
    pub async fn set_role(&self, request: SetRole, key: Option<KeyClaim>) -> Outcome<()> {
        if request.user == request.by {
            return Err(AccountError::StillAdmin);
        }
        self.change(request.user, Change::Role(request), key).await
    }

    /// Gives an account another role, by whoever runs the server; the journal names the account itself.
    /// Its access tokens are void when this answers.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`], [`AccountError::LastAdmin`].
    pub async fn appoint(
        &self,
        user: UserId,
        role: Role,
        void_until: UnixMillis,
    ) -> Result<(), AccountError> {
        let request = SetRole { user, role, by: user, void_until };
        self.change(user, Change::Role(request), None).await.map(drop)
    }

    /// Makes a plain shopper a seller, like any other change of a role: the access tokens made so
    /// far are void when this answers. Other roles are left as they are.
    pub(crate) async fn make_seller(
        &self,
        account: &Account,
        by: UserId,
        void_until: UnixMillis,
    ) -> Result<(), AccountError> {
        if account.role != Role::User {
            return Ok(());
        }
        let request = SetRole { user: account.user, role: Role::Seller, by, void_until };
        self.change(account.user, Change::FirstShop(request), None).await.map(drop)
    }

    /// Brings a withdrawn account back, with its address, password and profile. Where the profile
    /// is forgotten, it is called by the part of the address before the `@`. Of one that stands
    /// nothing changes.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`].
    pub async fn restore(&self, user: UserId, by: UserId, key: Option<KeyClaim>) -> Outcome<()> {
        self.change(user, Change::Return { by }, key).await
    }

    async fn change(&self, user: UserId, change: Change, key: Option<KeyClaim>) -> Outcome<()> {
        let changed = self.host.once(key, async |key| {
            let turn = self.role_turn().await?;
            let accounts = self.clone();
            // Detached: the turn of a caller who hangs up lasts until the outcome is known.
            let changing = async move {
                let _turn = turn;
                accounts.change_in_turn(user, change, key).await
            };
            actix::spawn(changing)
                .await
                .unwrap_or_else(|_| Err(RequestError::OutcomeUnknown.into()))
        });
        let Answered { replayed, .. } = changed.await?;
        if replayed {
            self.learn_what_is_void(user).await?;
        }
        Ok(Answered { value: (), replayed })
    }

    async fn change_in_turn(
        &self,
        user: UserId,
        change: Change,
        key: Option<Key>,
    ) -> Outcome<AccountAnswer> {
        // First: an epoch that is raised waits for the change before, where its outcome is unknown.
        self.owners.wake(user).await?;
        let entry = self.host.storage.account_entry(user).await?.ok_or(AccountError::NoSuchUser)?;
        if matches!(change, Change::FirstShop(_)) && entry.account.role != Role::User {
            return Ok(Answered::fresh(AccountAnswer::Done));
        }
        let was_admin = entry.withdrawn_at.is_none() && entry.account.role == Role::Admin;
        let is_admin = change.makes_admin(&entry);
        let counted = match was_admin == is_admin {
            true => None,
            false => self.count_admin(user, is_admin).await?,
        };
        let request = change.request(&entry);
        // The owner of the count stays until its part is written.
        let told = counted.as_ref().map(|(admins, fact)| (admins.tenure(), *fact));
        send_request(CountedRequest { request, counted: told }, key, async |envelope| {
            self.owners.send(user, envelope).await
        })
        .await
    }

    /// What is counted where an account is opened, and the turn in which that is written.
    pub(crate) async fn count_opened(
        &self,
        user: UserId,
        role: Role,
    ) -> Result<CountedTurn, AccountError> {
        if role != Role::Admin {
            return Ok((None, None));
        }
        let turn = self.role_turn().await?;
        let counted = self.count_admin(user, true).await?;
        Ok((Some(turn), counted.map(|(owned, fact)| owned.part(fact))))
    }

    /// What is counted where an account is to be an admin's, or not.
    async fn count_admin(
        &self,
        user: UserId,
        is_admin: bool,
    ) -> Result<Option<(Owned<AdminStream>, AdminFact)>, AccountError> {
        let activation = self.host.ledger.activate::<AdminStream>(()).await?;
        // What was counted under an earlier epoch is there by now, or never comes.
        let admins = self.host.storage.admins().await?;
        let fact = admins.decide(user, is_admin, clock::now())?;
        Ok(fact.map(|fact| (activation, fact)))
    }

    /// The turn to change roles; nothing has happened yet, so who waits for long is sent away.
    async fn role_turn(&self) -> Result<OwnedMutexGuard<()>, RequestError> {
        let turn = self.role_turn.clone().lock_owned();
        tokio::time::timeout(TURN_WITHIN, turn).await.map_err(|_| RequestError::Busy)
    }
}

/// What may change who is an admin.
enum Change {
    /// Another role.
    Role(SetRole),
    /// The role that comes with a first shop.
    FirstShop(SetRole),
    /// A withdrawn account comes back.
    Return {
        /// Who does it.
        by: UserId,
    },
}

impl Change {
    /// Whether the account is an admin's afterwards.
    fn makes_admin(&self, before: &AccountEntry) -> bool {
        match self {
            Self::Role(request) | Self::FirstShop(request) => request.role == Role::Admin,
            Self::Return { .. } => before.account.role == Role::Admin,
        }
    }

    /// What its actor is asked.
    fn request(self, before: &AccountEntry) -> AccountRequest {
        match self {
            Self::Role(SetRole { role, by, void_until, .. })
            | Self::FirstShop(SetRole { role, by, void_until, .. }) => {
                AccountRequest::SetRole { role, by, void_until }
            }
            Self::Return { by } => {
                let name = before.account.email.split('@').next().unwrap_or_default().to_owned();
                AccountRequest::Restore { by, name }
            }
        }
    }
}
