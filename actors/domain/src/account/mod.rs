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
    /// A shop's owner: may do what a shopper may, and run the own shop.
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

/// Somebody signed up: the first fact of the stream of a user. What they told us is in the tables alone,
/// so it can be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// Their number.
    pub user: UserId,
    /// What they may do, until they are given another role. Facts of the first versions do not
    /// tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// When.
    pub at: UnixMillis,
}

/// Something that happened to an account, in the stream of its user. None of it tells anything
/// about the person: that is in the tables alone, so that it can be forgotten.
///
/// `void_until` is the instant by which every access token that the fact makes void would have
/// expired anyway: until then its refusal has to be remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountFact {
    /// Somebody logged in.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// When.
        at: UnixMillis,
        /// The end of its life, however often it is renewed.
        ends_at: UnixMillis,
        /// The oldest session, which had to make room.
        displaced: Option<SessionId>,
        /// See above.
        void_until: UnixMillis,
    },
    /// A refresh token was used; the one of this generation takes its place.
    SessionRenewed {
        /// The session.
        session: SessionId,
        /// The generation of the new refresh token.
        generation: u32,
        /// When.
        at: UnixMillis,
    },
    /// A refresh token that had been used came again: somebody else has it, so the session ends.
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
        /// The access token they did it with.
        token: TokenId,
        /// The session it came from, if it still stood.
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
    /// The account was given another role; its access tokens are void, its sessions go on.
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
    /// The account was given another password by whoever runs the server; every session ends.
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
            Self::PasswordReset { .. } => "PasswordReset",
        }
    }
}
