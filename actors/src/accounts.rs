//! What can be asked of accounts that are open: logging in and out, withdrawing, roles.

use std::sync::Arc;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::{SessionId, UnixMillis, UserId};
use rand::TryRng;
use rand::rngs::SysRng;

use crate::api::*;
use crate::clock;
use crate::error::AskError;
use crate::mall::Mall;
use crate::revocations::Revocations;
use crate::shell::Outcome;
use crate::user::{AccountAnswer, AccountAsk, Heard};

impl Mall {
    /// Opens a session for somebody whose password was checked.
    ///
    /// # Errors
    /// [`AskError::NoSuchUser`] when the account was withdrawn meanwhile.
    pub async fn open_session(&self, ask: OpenSession) -> Result<LoggedIn, AskError> {
        let OpenSession { user, lasts_ms, void_until } = ask;
        let ends_at = clock::now().plus(lasts_ms);
        let open = AccountAsk::Open { session: new_session()?, ends_at, void_until };
        self.session_of(user, open).await
    }

    /// Uses a refresh token of a session: the session with its next generation. The token before
    /// the latest gets the same again for ten seconds; any earlier one ends the session.
    ///
    /// # Errors
    /// [`AskError::NoSuchSession`], [`AskError::TokenReused`].
    pub async fn renew_session(&self, ask: RenewSession) -> Result<LoggedIn, AskError> {
        let RenewSession { user, session, generation, void_until } = ask;
        let renew = AccountAsk::Renew { session, generation, void_until };
        self.session_of(user, renew).await.map_err(|error| match error {
            AskError::NoSuchUser => AskError::NoSuchSession,
            other => other,
        })
    }

    /// The role is read after the actor has answered: it is never older than the epoch, so a
    /// token made of both is void where the role was changed meanwhile.
    async fn session_of(&self, user: UserId, ask: AccountAsk) -> Result<LoggedIn, AskError> {
        match self.ask_account(user, ask, None).await?.value {
            AccountAnswer::Session(session) => {
                let account = self.account(user).await?.ok_or(AskError::NoSuchUser)?;
                Ok(LoggedIn { account, session })
            }
            AccountAnswer::Reused => Err(AskError::TokenReused),
            AccountAnswer::Done => Err(AskError::NoSuchSession),
        }
    }

    /// Logs out: the access token and its session are void when this answers.
    pub async fn log_out(&self, ask: LogOut) -> Result<(), AskError> {
        let LogOut { user, token, session, void_until } = ask;
        let log_out = AccountAsk::LogOut { token, session, void_until };
        self.ask_account(user, log_out, None).await.map(drop)
    }

    /// Withdraws an account: its tokens are void and its profile is gone when this answers.
    ///
    /// # Errors
    /// [`AskError::NoSuchUser`] when it is withdrawn already; [`AskError::StillAdmin`] for an
    /// admin, so that there is always one.
    pub async fn withdraw(&self, user: UserId, void_until: UnixMillis) -> Result<(), AskError> {
        let account = self.account(user).await?.ok_or(AskError::NoSuchUser)?;
        if account.role == Role::Admin {
            return Err(AskError::StillAdmin);
        }
        self.ask_account(user, AccountAsk::Withdraw { void_until }, None).await.map(drop)
    }

    /// Brings a withdrawn account back, with its address and password. Its profile is gone, so it
    /// is called by the part of the address before the `@`. Of one that stands nothing changes.
    ///
    /// # Errors
    /// [`AskError::NoSuchUser`].
    pub async fn restore(&self, user: UserId, by: UserId, key: Option<KeyClaim>) -> Outcome<()> {
        let entry = self.shared.storage.account_entry(user).await?.ok_or(AskError::NoSuchUser)?;
        let email = entry.account.email;
        let name = email.split('@').next().unwrap_or_default().to_owned();
        let restored = self.ask_account(user, AccountAsk::Restore { by, name }, key).await?;
        Ok(Answered { value: (), replayed: restored.replayed })
    }

    /// Gives an account another role. Its access tokens are void when this answers; its sessions
    /// go on, and the next access token from them carries the new role.
    ///
    /// # Errors
    /// [`AskError::NoSuchUser`]; [`AskError::StillAdmin`] for the own role, so that there is
    /// always an admin.
    pub async fn set_role(&self, ask: SetRole, key: Option<KeyClaim>) -> Outcome<()> {
        let SetRole { user, role, by, void_until } = ask;
        if user == by {
            return Err(AskError::StillAdmin);
        }
        let set = AccountAsk::SetRole { role, by, void_until };
        let set = self.ask_account(user, set, key).await?;
        Ok(Answered { value: (), replayed: set.replayed })
    }

    /// Accounts by number, those after `after`, at most `limit`.
    pub async fn accounts(&self, search: &AccountSearch) -> Result<Vec<AccountEntry>, AskError> {
        self.shared.storage.accounts(search).await
    }

    /// One account, also a withdrawn one.
    pub async fn account_entry(&self, user: UserId) -> Result<Option<AccountEntry>, AskError> {
        self.shared.storage.account_entry(user).await
    }

    /// Which access tokens are void although they are signed and in time.
    pub fn revocations(&self) -> &Arc<Revocations> {
        &self.shared.revocations
    }

    async fn ask_account(
        &self,
        user: UserId,
        ask: AccountAsk,
        key: Option<KeyClaim>,
    ) -> Outcome<AccountAnswer> {
        let heard = Heard { ask, revocations: self.shared.revocations.clone() };
        self.asked(heard, key, async |ask| self.shared.users.send(user, ask).await.map(drop)).await
    }
}

/// A number nobody can guess, from the system's own source.
fn new_session() -> Result<SessionId, AskError> {
    let mut bytes = [0_u8; 16];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| AskError::Unavailable("the system gives no random numbers"))?;
    Ok(SessionId(u128::from_be_bytes(bytes)))
}
