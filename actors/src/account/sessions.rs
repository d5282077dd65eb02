//! What can be asked of accounts that are open: logging in and out, withdrawing.

use std::sync::Arc;

use hotdeal_domain::account::SessionId;
use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::{UnixMillis, UserId};
use rand::TryRng;
use rand::rngs::SysRng;

use super::Accounts;
use super::Outcome;
use super::api::{
    AccountEntry, AccountSearch, LogOut, LoggedIn, OpenSession, RenewSession, SessionView,
};
use super::error::AccountError;
use super::messages::{AccountAnswer, AccountRequest, CountedRequest};
use super::revocations::Revocations;
use crate::clock;
use crate::error::RequestError;
use crate::host::Answered;

impl Accounts {
    /// Opens a session for somebody whose password was checked. A repeat under the same key gets the
    /// session again as long as nobody has used it up: it neither hands out what is dead nor logs
    /// in anew behind the back of who has logged out.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`] when the account was withdrawn meanwhile; [`AccountError::KeySpent`]
    /// when the session under this key has ended or was renewed.
    pub async fn open_session(
        &self,
        request: OpenSession,
        key: Option<KeyClaim>,
    ) -> Outcome<LoggedIn> {
        let OpenSession { user, renewed, lasts_ms, void_until } = request;
        let ends_at = clock::now().plus(lasts_ms);
        let open = AccountRequest::Open { session: new_session()?, renewed, ends_at, void_until };
        self.session_of(user, open, key).await
    }

    /// Uses a refresh token of a session: the session with its next generation. The token before
    /// the latest gets the same again for ten seconds, or, under the same key, for as long as what
    /// it got is unused; any earlier one ends the session.
    ///
    /// # Errors
    /// [`AccountError::NoSuchSession`], [`AccountError::TokenReused`].
    pub async fn renew_session(
        &self,
        request: RenewSession,
        key: Option<KeyClaim>,
    ) -> Outcome<LoggedIn> {
        let RenewSession { user, session, generation, void_until } = request;
        let renew = AccountRequest::Renew { session, generation, void_until };
        // A key must not keep a stolen token good: what was used since is decided by the actor.
        let key = match self.host.answered_before::<AccountAnswer>(key.as_ref()).await? {
            None => key,
            Some(Answered { value: AccountAnswer::Session(view), .. })
                if self.unused(user, view).await?.is_some() =>
            {
                key
            }
            Some(_) => None,
        };
        self.session_of(user, renew, key).await.map_err(|error| match error {
            AccountError::NoSuchUser | AccountError::KeySpent => AccountError::NoSuchSession,
            other => other,
        })
    }

    /// A session that was answered before, if its tokens have not been renewed and it goes on. The
    /// epoch is today's: after a change of role the tokens made of it are good, as after a renewal.
    async fn unused(
        &self,
        user: UserId,
        view: SessionView,
    ) -> Result<Option<SessionView>, RequestError> {
        let Some(sessions) = self.host.storage.sessions(user).await? else { return Ok(None) };
        let known = sessions.session(view.session);
        let is_unused = known.is_some_and(|session| {
            session.generation == view.generation && session.ends_at > clock::now()
        });
        Ok(is_unused.then(|| SessionView { epoch: sessions.epoch(), ..view }))
    }

    /// The role is read after the actor has answered: it is never older than the epoch, so a
    /// token made of both is void where the role was changed meanwhile.
    async fn session_of(
        &self,
        user: UserId,
        request: AccountRequest,
        key: Option<KeyClaim>,
    ) -> Outcome<LoggedIn> {
        let Answered { value, replayed } = self.ask_account(user, request, key).await?;
        match value {
            AccountAnswer::Session(session) => {
                let session = match replayed {
                    true => self.unused(user, session).await?.ok_or(AccountError::KeySpent)?,
                    false => session,
                };
                let account = self.account(user).await?.ok_or(AccountError::NoSuchUser)?;
                Ok(Answered { value: LoggedIn { account, session }, replayed })
            }
            AccountAnswer::Reused => Err(AccountError::TokenReused),
            AccountAnswer::Done => Err(AccountError::NoSuchSession),
        }
    }

    /// Logs out: the access token and its session are void when this answers.
    pub async fn log_out(&self, request: LogOut, key: Option<KeyClaim>) -> Outcome<()> {
        let LogOut { user, token, session, void_until } = request;
        let log_out = AccountRequest::LogOut { token, session, void_until };
        self.done(user, log_out, key).await
    }

    /// Whether what was asked of an account under this key was done before. What that made void is
    /// void when this answers.
    ///
    /// # Errors
    /// [`RequestError::KeyConflict`].
    pub async fn was_done(
        &self,
        user: UserId,
        key: Option<&KeyClaim>,
    ) -> Result<bool, RequestError> {
        let was_done = self.host.answered_before::<AccountAnswer>(key).await?.is_some();
        if was_done {
            self.learn_what_is_void(user).await?;
        }
        Ok(was_done)
    }

    /// An answer that was kept may have been written after its outcome was unknown here.
    pub(crate) async fn learn_what_is_void(&self, user: UserId) -> Result<(), RequestError> {
        self.host.storage.read_revocations_of(user, &self.caches.revocations).await
    }

    /// Withdraws an account: its tokens are void and its profile is kept aside, where nobody reads it,
    /// when this answers.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`] when it is withdrawn already; [`AccountError::StillAdmin`] for an
    /// admin.
    pub async fn withdraw(
        &self,
        user: UserId,
        void_until: UnixMillis,
        key: Option<KeyClaim>,
    ) -> Outcome<()> {
        self.done(user, AccountRequest::Withdraw { void_until }, key).await
    }

    /// Gives an account another password, by whoever runs the server: whoever was logged in is not any
    /// more when this answers.
    ///
    /// # Errors
    /// [`AccountError::NoSuchUser`].
    pub async fn reset_password(
        &self,
        user: UserId,
        password_phc: String,
        void_until: UnixMillis,
    ) -> Result<(), AccountError> {
        let request = AccountRequest::ResetPassword { password_phc, void_until };
        self.done(user, request, None).await.map(drop)
    }

    /// Accounts by number, those after `after`, at most `limit`.
    pub async fn search(&self, search: &AccountSearch) -> Result<Vec<AccountEntry>, RequestError> {
        // Of an address only a part may be known.
        self.host.storage.slow()?.accounts(search).await
    }

    /// Which access tokens are void although they are signed and in time.
    pub fn revocations(&self) -> &Arc<Revocations> {
        &self.caches.revocations
    }

    async fn done(
        &self,
        user: UserId,
        request: AccountRequest,
        key: Option<KeyClaim>,
    ) -> Outcome<()> {
        let done = self.ask_account(user, request, key).await?;
        Ok(Answered { value: (), replayed: done.replayed })
    }

    async fn ask_account(
        &self,
        user: UserId,
        request: AccountRequest,
        key: Option<KeyClaim>,
    ) -> Outcome<AccountAnswer> {
        let request = CountedRequest { request, counted: None };
        let answered = self
            .host
            .send_once(request, key, async |envelope| self.owners.send(user, envelope).await)
            .await?;
        if answered.replayed && !matches!(answered.value, AccountAnswer::Session(_)) {
            self.learn_what_is_void(user).await?;
        }
        Ok(answered)
    }
}

/// A number nobody can guess, from the system's own source.
fn new_session() -> Result<SessionId, RequestError> {
    let mut bytes = [0_u8; 16];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| RequestError::Unavailable("the system gives no random numbers"))?;
    Ok(SessionId(u128::from_be_bytes(bytes)))
}
