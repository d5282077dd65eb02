//! What the owner of an account is asked.

use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::account::{Role, SessionId, TokenId};
use hotdeal_domain::stream::AdminStream;
use hotdeal_domain::{UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use super::api::{RenewedHash, SessionView};
use super::error::AccountError;
use crate::host::shell::{Answer, Envelope, Request, SendFuture};
use crate::ledger::Tenure;

/// What an account's actor is asked. `void_until`: when the last access token made so far expires.
pub(crate) enum AccountRequest {
    /// Log in. Answers the session.
    Open {
        session: SessionId,
        renewed: Option<RenewedHash>,
        ends_at: UnixMillis,
        void_until: UnixMillis,
    },
    /// Use a refresh token. Answers the session, or that it was used before.
    Renew { session: SessionId, generation: u32, void_until: UnixMillis },
    /// Log out.
    LogOut { token: TokenId, session: Option<SessionId>, void_until: UnixMillis },
    /// Withdraw the account.
    Withdraw { void_until: UnixMillis },
    /// Bring the account back, under this name; of one that stands nothing changes.
    Restore { by: UserId, name: String },
    /// Give the account another role.
    SetRole { role: Role, by: UserId, void_until: UnixMillis },
    /// Give the account another password.
    ResetPassword { password_phc: String, void_until: UnixMillis },
}

impl AccountRequest {
    /// What is made void stays so for longer where the account's stream is ahead of the time: tokens
    /// were made then, and who asks may know of no such time, because it was set back before the start.
    pub(crate) fn outlast(&mut self, recorded_at: UnixMillis, now: UnixMillis) {
        let (Self::Open { void_until, .. }
        | Self::Renew { void_until, .. }
        | Self::LogOut { void_until, .. }
        | Self::Withdraw { void_until }
        | Self::SetRole { void_until, .. }
        | Self::ResetPassword { void_until, .. }) = self
        else {
            return;
        };
        *void_until = void_until.plus((recorded_at.0 - now.0).max(0));
    }
}

/// What it answers, once that is durable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum AccountAnswer {
    /// The session as it is now.
    Session(SessionView),
    /// The refresh token had been used: the session has ended.
    Reused,
    /// It is done.
    Done,
}

/// What is counted of the admins, by the owner of their stream.
pub(crate) type Counted = (Tenure<AdminStream>, AdminFact);

/// A request, with what is counted if it is done.
pub(crate) struct CountedRequest {
    pub(crate) request: AccountRequest,
    pub(crate) counted: Option<Counted>,
}

impl Answer for AccountAnswer {}

impl Request for CountedRequest {
    type Answer = AccountAnswer;
    type Error = AccountError;
}

/// The owners of accounts.
pub(crate) trait AccountOwners: Send + Sync {
    /// Sends to the owner.
    fn send(&self, user: UserId, envelope: Envelope<CountedRequest>) -> SendFuture<'_>;

    /// Has an owner there, whose epoch is raised where it was not. That waits for what an earlier one
    /// wrote, where its outcome is unknown.
    fn wake(&self, user: UserId) -> SendFuture<'_>;
}
