//! The JSON of accounts: what comes in, and what leaves.

use hotdeal_actors::account::Account;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{EmailAddress, RoleName};
use crate::clock::{WireStamp, Zone};
use crate::http::kit::openapi::words::PersonsName;

/// To open an account.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "email": "kim@example.com",
    "name": "김하나",
    "password": "a long walk by the sea",
}))]
pub(crate) struct SignUp {
    /// An e-mail address of at most 254 characters that has no account yet.
    #[schema(value_type = EmailAddress)]
    pub(crate) email: String,
    #[schema(value_type = PersonsName)]
    pub(crate) name: String,
    /// At least 8 characters and at most 1,024 bytes, and not one that many others think of.
    #[schema(min_length = 8, max_length = 1_024)]
    pub(crate) password: String,
}

/// To log in.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "kim@example.com", "password": "a long walk by the sea"}))]
pub(crate) struct LogIn {
    pub(crate) email: String,
    pub(crate) password: String,
}

/// To get new tokens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReissueAsk {
    /// The latest refresh token.
    pub(crate) refresh_token: String,
}

/// To log out, or to withdraw.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"password": "a long walk by the sea"}))]
pub(crate) struct PasswordAsk {
    /// One's own password.
    pub(crate) password: String,
}

/// To set another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "password": "a long walk by the sea",
    "newPassword": "a longer walk in the hills",
}))]
pub(crate) struct NewPasswordAsk {
    /// One's own password so far.
    pub(crate) password: String,
    /// The one from now on: at least 8 characters and at most 1,024 bytes, and not one that many others
    /// think of.
    #[schema(min_length = 8, max_length = 1_024)]
    pub(crate) new_password: String,
}

/// To give somebody another role.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"role": "SELLER"}))]
pub(crate) struct RoleAsk {
    /// `USER`, `SELLER`, `COUNSELLOR`, `PARTNER` or `ADMIN`.
    #[schema(value_type = RoleName)]
    pub(crate) role: String,
}

/// The answer to a sign-up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignUpAnswer {
    pub(crate) data: SignedUp,
    /// The same in words.
    #[schema(value_type = String)]
    pub(crate) message: &'static str,
}

/// The answer to a log-in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogInAnswer {
    pub(crate) data: LoggedIn,
    /// The same in words.
    #[schema(value_type = String)]
    pub(crate) message: &'static str,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedUp {
    /// The account's number.
    pub(crate) auth_id: i64,
    /// Its e-mail address, in lower case.
    pub(crate) email: String,
    /// Its name.
    pub(crate) name: String,
}

/// Tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedIn {
    /// Sent with each request, as `Authorization: Bearer …`.
    pub(crate) access_token: String,
    /// Buys new tokens.
    pub(crate) refresh_token: String,
}

/// One's own account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountAnswer<'a> {
    user_id: i64,
    email: &'a str,
    name: &'a str,
    #[schema(value_type = RoleName)]
    role: &'static str,
    created_at: WireStamp,
}

impl<'a> AccountAnswer<'a> {
    pub(crate) fn new(account: &'a Account, zone: Zone) -> Self {
        Self {
            user_id: account.user.get(),
            role: account.role.name(),
            created_at: zone.wire_stamp(account.created_at),
            email: &account.email,
            name: &account.name,
        }
    }
}
