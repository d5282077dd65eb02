//! Why something asked of accounts is not done.

use hotdeal_domain::account::AccountRefusal;
use hotdeal_domain::account::admins::LastAdmin;

use crate::error::RequestError;
use crate::host::wing_error;

/// Why something asked of accounts is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// There is no such account.
    #[error("no such account")]
    NoSuchUser,
    /// The session has ended, or there never was one.
    #[error("no such session")]
    NoSuchSession,
    /// The refresh token had been used before: the session has ended.
    #[error("the refresh token was used before")]
    TokenReused,
    /// An admin's own account: another admin has to take the role away first.
    #[error("an admin cannot do that to their own account")]
    StillAdmin,
    /// Nobody would be an admin any more.
    #[error("the last admin: make somebody else one first")]
    LastAdmin,
    /// The e-mail address has an account.
    #[error("the e-mail address has an account")]
    EmailTaken,
    /// What was logged in under the idempotency key has ended, or its tokens were renewed since.
    #[error("what was logged in under the idempotency key has ended")]
    KeySpent,
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(AccountError, missing: NoSuchUser);

impl From<AccountRefusal> for AccountError {
    fn from(refusal: AccountRefusal) -> Self {
        match refusal {
            AccountRefusal::Withdrawn => Self::NoSuchUser,
            AccountRefusal::NoSuchSession => Self::NoSuchSession,
            AccountRefusal::StillAdmin => Self::StillAdmin,
            // A moment ago: whoever asks again finds it as it is.
            AccountRefusal::RoleHasChanged => Self::Request(RequestError::Busy),
        }
    }
}

impl From<LastAdmin> for AccountError {
    fn from(_: LastAdmin) -> Self {
        Self::LastAdmin
    }
}
