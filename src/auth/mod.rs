//! Who is asking: tokens that say so, and passwords that prove it.

mod attempts;
mod common;
mod passwords;
mod tokens;

pub(crate) use attempts::{Allowance, Attempts, TooMany};
pub use passwords::HashingCost;
pub(crate) use passwords::{HashingBusy, Passwords};
pub use tokens::{Bearer, Refresh, TokenFault, Tokens};

/// Characters of an e-mail address at most (RFC 5321, 4.5.3.1.3).
pub(crate) const EMAIL_MAX: usize = 254;
/// Characters of a password at least.
const PASSWORD_MIN: usize = 8;
/// Bytes of a password at most: this keeps hashing time bounded and lies far above what anybody
/// types; nothing below it is cut off.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// The address trimmed and in lower case, or `None` where it is none. Only its form is checked:
/// whether it exists, a letter sent there would tell.
pub fn email_address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, host) = address.rsplit_once('@')?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>');
    let plausible = !local.is_empty()
        && !local.contains('@')
        && host.split('.').count() >= 2
        && host.split('.').all(|label| !label.is_empty())
        && address.chars().count() <= EMAIL_MAX
        && !address.contains(odd);
    plausible.then_some(address)
}

/// Why a new account may not have a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer than 8 characters, or more than 1,024 bytes.
    Length,
    /// Many others have thought of it.
    Common,
}

/// Whether a new account may have this password.
///
/// # Errors
/// The first [`PasswordFault`] that applies.
pub fn check_password(text: &str) -> Result<(), PasswordFault> {
    if text.chars().count() < PASSWORD_MIN || text.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFault::Length);
    }
    if common::is_common(text) { Err(PasswordFault::Common) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_tidied_or_refused() {
        assert_eq!(email_address(" Kim@Example.COM "), Some("kim@example.com".to_owned()));
        for wrong in ["", "kim", "kim@", "@x.kr", "kim@localhost", "a@b@c.kr", "a b@c.kr", "a@.kr"]
        {
            assert_eq!(email_address(wrong), None, "{wrong}");
        }
        assert_eq!(email_address(&format!("{}@x.kr", "k".repeat(260))), None);
    }
}
