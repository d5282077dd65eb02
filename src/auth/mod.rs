//! Who is asking: tokens that say so, and passwords that prove it.

mod passwords;
mod tokens;

pub(crate) use passwords::{HashingBusy, Passwords};
pub use tokens::{Bearer, TokenFault, Tokens};

/// Characters of an e-mail address at most (RFC 5321, 4.5.3.1.3).
const EMAIL_MAX: usize = 254;
/// Bytes of a password at least and at most. The upper bound keeps hashing time bounded and lies
/// far above what anybody types; nothing below it is cut off.
const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=1_024;

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
        && address.len() <= EMAIL_MAX
        && !address.contains(odd);
    plausible.then_some(address)
}

/// Whether a new account may have this password.
pub fn is_acceptable_password(text: &str) -> bool {
    PASSWORD_BYTES.contains(&text.len())
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
