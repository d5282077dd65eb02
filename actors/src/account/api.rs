//! What can be asked of accounts, and what is answered.

use hotdeal_domain::account::{SessionId, TokenId};
use hotdeal_domain::{UnixMillis, UserId};
use serde::{Deserialize, Serialize};

pub use hotdeal_domain::account::Role;

/// Open an account.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// The e-mail address, trimmed and in lower case.
    pub email: String,
    /// What to call the person.
    pub name: String,
    /// The password's hash as a PHC string; the password itself never gets here.
    pub password_phc: String,
    /// What the account may do.
    pub role: Role,
}

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub user: UserId,
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was opened.
    pub created_at: UnixMillis,
}

/// An account with the hash its password is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// The password's hash as a PHC string.
    pub password_phc: String,
}

/// Log in. In this and the following requests `void_until` is the instant by which every access token
/// made so far has expired.
#[derive(Debug, Clone)]
pub struct OpenSession {
    /// Who.
    pub user: UserId,
    /// A better hash of their password, where there is one.
    pub renewed: Option<RenewedHash>,
    /// How long the session may last, however often it is renewed, in milliseconds.
    pub lasts_ms: i64,
    /// See above.
    pub void_until: UnixMillis,
}

/// Another hash of the same password, as PHC strings.
#[derive(Clone)]
pub struct RenewedHash {
    /// The one that was checked: where another has taken its place, it stays.
    pub from: String,
    /// The one to keep from now on.
    pub to: String,
}

impl std::fmt::Debug for RenewedHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenewedHash(..)")
    }
}

/// Use a refresh token.
#[derive(Debug, Clone, Copy)]
pub struct RenewSession {
    /// Whose it is.
    pub user: UserId,
    /// Its session.
    pub session: SessionId,
    /// Its generation.
    pub generation: u32,
    /// As in [`OpenSession`].
    pub void_until: UnixMillis,
}

/// A session, with all that its refresh token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session.
    pub session: SessionId,
    /// The generation of the refresh token that counts.
    pub generation: u32,
    /// When that one was made.
    pub renewed_at: UnixMillis,
    /// The end of the session's life.
    pub ends_at: UnixMillis,
    /// The epoch of access tokens made now.
    pub epoch: u32,
}

/// Somebody is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// Who.
    pub account: Account,
    /// The session.
    pub session: SessionView,
}

/// Log out.
#[derive(Debug, Clone, Copy)]
pub struct LogOut {
    /// Who.
    pub user: UserId,
    /// The access token they do it with.
    pub token: TokenId,
    /// The session it came from.
    pub session: Option<SessionId>,
    /// As in [`OpenSession`], and not before the token itself expires.
    pub void_until: UnixMillis,
}

/// Give an account another role.
#[derive(Debug, Clone, Copy)]
pub struct SetRole {
    /// The account.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Who does it.
    pub by: UserId,
    /// As in [`OpenSession`].
    pub void_until: UnixMillis,
}

/// Look through the accounts, in the order of their numbers.
#[derive(Debug, Clone)]
pub struct AccountSearch {
    /// Only those whose e-mail address contains this, in lower case.
    pub email: Option<String>,
    /// Only those with this role.
    pub role: Option<Role>,
    /// Only those with a larger number.
    pub after: i64,
    /// At most so many.
    pub limit: u64,
}

/// An account as an admin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEntry {
    /// The account; its name is empty while it is withdrawn.
    pub account: Account,
    /// When it was withdrawn, if it is.
    pub withdrawn_at: Option<UnixMillis>,
}
