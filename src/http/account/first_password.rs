//! What the link of a first start does. It is a page's alone: the API has no call for it.

use std::time::Instant;

use secrecy::ExposeSecret as _;

use super::sessions::{changed, new_password};
use super::shapes::LogIn;
use crate::auth::first_password::Holder;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// Sets the first admin's password and ends the link; what to log in with. `None` for a link that is over, as it is
/// once the password that it stands for is not the admin's any more.
///
/// # Errors
/// A problem that names the password; busy, when another password was set at the same time.
pub(crate) async fn set(
    call: &Call,
    token: &str,
    password: &str,
) -> Result<Option<LogIn>, Problem> {
    let first = &call.state.first_password;
    let Some(Holder { email, password: made }) = first.holder(token, Instant::now()) else {
        return Ok(None);
    };
    new_password(call, "password", password)?;
    let Some(known) = call.state.mall.accounts().credentials(&email).await? else {
        first.end();
        return Ok(None);
    };
    let (made, hash) = (made.expose_secret().to_owned(), known.password_phc.clone());
    if !call.state.passwords.check(made, Some(hash), call.address()).await? {
        first.end();
        return Ok(None);
    }
    changed(call, known, password.to_owned(), None).await?;
    first.end();
    Ok(Some(LogIn { email, password: password.to_owned() }))
}
