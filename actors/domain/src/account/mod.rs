//! Accounts: roles, sessions, and who is an admin.

pub mod admins;
mod session;

use serde::{Deserialize, Serialize};

pub use session::{
    AccountRefusal, RETRY_MS, Renewal, SESSIONS_MAX, Session, SessionId, Sessions, TokenId,
};

use crate::named::named;
use crate::{UnixMillis, UserId};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// A shopper.
    #[default]
    User,
    /// A shop owner: may do what a shopper may, and run their own shop.
    Seller,
    /// Chats with shoppers.
    Counsellor,
    /// Another company's server.
    Partner,
    /// Runs the mall.
    Admin,
}

named! {
    Role as JSON {
        User = "USER",
        Seller = "SELLER",
        Counsellor = "COUNSELLOR",
        Partner = "PARTNER",
        Admin = "ADMIN",
    }
}

/// A user signed up: the first fact of their stream. Personal data is in the tables only, so that
/// it can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// Their number.
    pub user: UserId,
    /// The role until another one is given. Facts of the first versions do not carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When.
    pub at: UnixMillis,
}

/// Something that happened to an account, in the stream of its user. It holds no personal data:
/// that is in the tables only, so that it can be erased.
///
/// `void_until`: by this time every access token that the fact makes void would have expired
/// anyway. Until then the server has to remember to refuse them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountFact {
    /// Somebody logged in.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// When.
        at: UnixMillis,
        /// When it ends, however often it is renewed.
        ends_at: UnixMillis,
        /// The oldest session, ended to make room for this one.
        displaced: Option<SessionId>,
        /// See above.
        void_until: UnixMillis,
    },
    /// A refresh token was used. The one of this generation replaces it.
    SessionRenewed {
        /// The session.
        session: SessionId,
        /// The generation of the new refresh token.
        generation: u32,
        /// When.
        at: UnixMillis,
    },
    /// A used refresh token came again, too late for a retry: somebody else has it, so the session
    /// ends.
    SessionRevoked {
        /// The session.
        session: SessionId,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
    /// Somebody logged out.
    LoggedOut {
        /// The access token of the call.
        token: TokenId,
        /// The session of that token, if it was still open.
        session: Option<SessionId>,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
    /// The account was withdrawn by its owner; every session ends.
    Withdrawn {
        /// The session epoch from now on.
        epoch: u32,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
    /// The account was brought back.
    Restored {
        /// Who did it.
        by: UserId,
        /// When.
        at: UnixMillis,
    },
    /// The account was given another role. Its access tokens are void; its sessions continue.
    RoleSet {
        /// The role.
        role: Role,
        /// Who did it.
        by: UserId,
        /// The session epoch from now on.
        epoch: u32,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
    /// The holder set another password. Every session ends but the one in which that was done.
    PasswordChanged {
        /// How often the holder has done so, this time included.
        number: u32,
        /// The sessions that end.
        ended: Vec<SessionId>,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
    /// The operator of the server set another password; every session ends.
    PasswordReset {
        /// The session epoch from now on.
        epoch: u32,
        /// When.
        at: UnixMillis,
        /// See above.
        void_until: UnixMillis,
    },
}

impl AccountFact {
    /// The name of its kind, for views that count facts.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SessionOpened { .. } => "SessionOpened",
            Self::SessionRenewed { .. } => "SessionRenewed",
            Self::SessionRevoked { .. } => "SessionRevoked",
            Self::LoggedOut { .. } => "LoggedOut",
            Self::Withdrawn { .. } => "Withdrawn",
            Self::Restored { .. } => "Restored",
            Self::RoleSet { .. } => "RoleSet",
            Self::PasswordChanged { .. } => "PasswordChanged",
            Self::PasswordReset { .. } => "PasswordReset",
        }
    }
}
