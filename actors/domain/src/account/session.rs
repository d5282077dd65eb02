//! The sessions of one account: which are open, and which refresh token of each is valid.
//!
//! A session is a family of refresh tokens, of which only the latest generation is valid. Tokens
//! are not stored: session, generation and times are signed with the server's secret. So the same
//! successor can be issued twice, and nobody can log in with what the tables hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::admins::AdminFact;
use super::{AccountFact, Role};
use crate::{UnixMillis, UserId};

/// Sessions of one account at a time: more than the devices of one person need. The next log-in
/// ends the oldest.
pub const SESSIONS_MAX: usize = 50;
/// For how long, in milliseconds, a refresh token that was just used gets the same successor again.
/// The answer may have been lost, or two tabs may have asked at once.
pub const RETRY_MS: i64 = 10_000;

macro_rules! wide_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub u128);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl std::str::FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                const EXPECTED: &str = "expected 32 hexadecimal digits";
                if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(EXPECTED);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| EXPECTED)
            }
        }

        impl TryFrom<String> for $name {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )+};
}

wide_ids! {
    /// One log-in and all its renewals: 128 bits that cannot be guessed.
    SessionId,
    /// One access token, by its `jti`.
    TokenId,
}

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The generation of the valid refresh token.
    pub generation: u32,
    /// When that token was issued.
    pub renewed_at: UnixMillis,
    /// When the session ends, however often it is renewed.
    pub ends_at: UnixMillis,
}

/// Why a command on an account is refused: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountRefusal {
    /// The account was withdrawn.
    Withdrawn,
    /// The account is an admin's: another admin has to change its role first.
    StillAdmin,
    /// The role is not the one by which the admins were counted for this command.
    RoleHasChanged,
    /// The session has ended, or there never was one.
    NoSuchSession,
}

/// The outcome of a renewal with a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// The token is the valid one: it gets a successor.
    Renew(AccountFact),
    /// The token was used a moment ago and its successor was not: it gets the same successor again.
    Again(Session),
    /// The token was used before: the session ends.
    Revoke(AccountFact),
}

/// The state of an account and its sessions. `decide_*` methods change nothing; `apply` cannot
/// refuse, and also rebuilds the state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions {
    epoch: u32,
    role: Role,
    withdrawn_at: Option<UnixMillis>,
    open: BTreeMap<SessionId, Session>,
}

impl Sessions {
    /// An account as the tables store it, without its sessions.
    pub fn new(epoch: u32, role: Role, withdrawn_at: Option<UnixMillis>) -> Self {
        Self { epoch, role, withdrawn_at, open: BTreeMap::new() }
    }

    /// Restores a session that the tables store.
    pub fn restore(&mut self, id: SessionId, session: Session) {
        self.open.insert(id, session);
    }

    /// Access tokens of an earlier epoch are void.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// When the account was withdrawn, if it is.
    pub fn withdrawn_at(&self) -> Option<UnixMillis> {
        self.withdrawn_at
    }

    /// How many sessions are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// The state of a session, if it is open.
    pub fn session(&self, id: SessionId) -> Option<Session> {
        self.open.get(&id).copied()
    }

    /// Sessions that have reached the end of their life at `at`. The next log-in removes them.
    pub fn expired(&self, at: UnixMillis) -> impl Iterator<Item = SessionId> {
        self.open.iter().filter(move |(_, session)| session.ends_at <= at).map(|(id, _)| *id)
    }

    /// Decides to log in.
    ///
    /// # Errors
    /// [`AccountRefusal::Withdrawn`].
    pub fn decide_open(
        &self,
        session: SessionId,
        at: UnixMillis,
        ends_at: UnixMillis,
        void_until: UnixMillis,
    ) -> Result<AccountFact, AccountRefusal> {
        self.standing()?;
        let alive = self.open.iter().filter(|(_, session)| session.ends_at > at);
        let oldest = alive.clone().min_by_key(|(id, session)| (session.renewed_at, **id));
        let displaced = oldest.filter(|_| alive.count() >= SESSIONS_MAX).map(|(id, _)| *id);
        Ok(AccountFact::SessionOpened { session, at, ends_at, displaced, void_until })
    }

    /// Decides the outcome of a renewal with the refresh token of this session and generation.
    ///
    /// # Errors
    /// The first [`AccountRefusal`] that applies.
    pub fn decide_renewal(
        &self,
        session: SessionId,
        generation: u32,
        at: UnixMillis,
        void_until: UnixMillis,
    ) -> Result<Renewal, AccountRefusal> {
        self.standing()?;
        let now = self.session(session).filter(|session| session.ends_at > at);
        let now = now.ok_or(AccountRefusal::NoSuchSession)?;
        if generation == now.generation {
            let generation = generation.saturating_add(1);
            return Ok(Renewal::Renew(AccountFact::SessionRenewed { session, generation, at }));
        }
        let was_the_last = generation.checked_add(1) == Some(now.generation);
        if was_the_last && at <= now.renewed_at.plus(RETRY_MS) {
            return Ok(Renewal::Again(now));
        }
        Ok(Renewal::Revoke(AccountFact::SessionRevoked { session, at, void_until }))
    }

    /// Decides to log out: ends this access token and the session it came from.
    pub fn decide_log_out(
        &self,
        token: TokenId,
        session: Option<SessionId>,
        at: UnixMillis,
        void_until: UnixMillis,
    ) -> AccountFact {
        let session = session.filter(|session| self.open.contains_key(session));
        AccountFact::LoggedOut { token, session, at, void_until }
    }

    /// Decides to withdraw the account.
    ///
    /// # Errors
    /// [`AccountRefusal::Withdrawn`] when it is withdrawn already, [`AccountRefusal::StillAdmin`].
    pub fn decide_withdrawal(
        &self,
        at: UnixMillis,
        void_until: UnixMillis,
    ) -> Result<AccountFact, AccountRefusal> {
        self.standing()?;
        if self.role == Role::Admin {
            return Err(AccountRefusal::StillAdmin);
        }
        Ok(AccountFact::Withdrawn { epoch: self.next_epoch(), at, void_until })
    }

    /// Decides to restore the account; `None` when it is not withdrawn and nothing has to happen.
    /// `counted`: the fact that the stream of the admins records with it.
    ///
    /// # Errors
    /// [`AccountRefusal::RoleHasChanged`].
    pub fn decide_restoration(
        &self,
        by: UserId,
        counted: Option<AdminFact>,
        at: UnixMillis,
    ) -> Result<Option<AccountFact>, AccountRefusal> {
        if self.withdrawn_at.is_none() {
            return Ok(None);
        }
        is_counted(false, self.role == Role::Admin, counted)?;
        Ok(Some(AccountFact::Restored { by, at }))
    }

    /// Decides to give the account another role. `counted`: the fact that the stream of the admins
    /// records with it.
    ///
    /// # Errors
    /// The first [`AccountRefusal`] that applies.
    pub fn decide_role(
        &self,
        role: Role,
        by: UserId,
        counted: Option<AdminFact>,
        at: UnixMillis,
        void_until: UnixMillis,
    ) -> Result<AccountFact, AccountRefusal> {
        self.standing()?;
        is_counted(self.role == Role::Admin, role == Role::Admin, counted)?;
        Ok(AccountFact::RoleSet { role, by, epoch: self.next_epoch(), at, void_until })
    }

    /// Decides to set another password. Every session ends, because a holder of its tokens need not
    /// know the new password.
    ///
    /// # Errors
    /// [`AccountRefusal::Withdrawn`].
    pub fn decide_password_reset(
        &self,
        at: UnixMillis,
        void_until: UnixMillis,
    ) -> Result<AccountFact, AccountRefusal> {
        self.standing()?;
        Ok(AccountFact::PasswordReset { epoch: self.next_epoch(), at, void_until })
    }

    /// Applies a fact of this account's stream, fresh or replayed.
    pub fn apply(&mut self, fact: &AccountFact) {
        match fact {
            AccountFact::SessionOpened { session, at, ends_at, displaced, .. } => {
                self.open.retain(|_, session| session.ends_at > *at);
                if let Some(displaced) = displaced {
                    self.open.remove(displaced);
                }
                let new = Session { generation: 1, renewed_at: *at, ends_at: *ends_at };
                self.open.insert(*session, new);
            }
            AccountFact::SessionRenewed { session, generation, at } => {
                if let Some(session) = self.open.get_mut(session) {
                    session.generation = *generation;
                    session.renewed_at = *at;
                }
            }
            AccountFact::SessionRevoked { session, .. } => _ = self.open.remove(session),
            AccountFact::LoggedOut { session, .. } => {
                if let Some(session) = session {
                    self.open.remove(session);
                }
            }
            AccountFact::Withdrawn { epoch, at, .. } => {
                self.epoch = *epoch;
                self.withdrawn_at = Some(*at);
                self.open.clear();
            }
            AccountFact::Restored { .. } => self.withdrawn_at = None,
            AccountFact::RoleSet { role, epoch, .. } => {
                self.role = *role;
                self.epoch = *epoch;
            }
            AccountFact::PasswordReset { epoch, .. } => {
                self.epoch = *epoch;
                self.open.clear();
            }
        }
    }

    fn standing(&self) -> Result<(), AccountRefusal> {
        if self.withdrawn_at.is_some() { Err(AccountRefusal::Withdrawn) } else { Ok(()) }
    }

    fn next_epoch(&self) -> u32 {
        self.epoch.saturating_add(1)
    }
}

/// Whether `counted` is the fact that the stream of the admins has to record with this change.
fn is_counted(
    was_admin: bool,
    is_admin: bool,
    counted: Option<AdminFact>,
) -> Result<(), AccountRefusal> {
    let is_right = match (was_admin, is_admin) {
        (true, true) | (false, false) => counted.is_none(),
        (false, true) => matches!(counted, Some(AdminFact::Joined { .. })),
        (true, false) => matches!(counted, Some(AdminFact::Left { .. })),
    };
    if is_right { Ok(()) } else { Err(AccountRefusal::RoleHasChanged) }
}
