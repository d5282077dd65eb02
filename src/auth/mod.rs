//! Authentication: tokens that name the caller, and passwords that prove who they are.

mod attempts;
mod common;
pub(crate) mod first_password;
mod passwords;
pub(crate) mod seen;
mod tickets;
mod tokens;

pub(crate) use attempts::{Allowance, Attempts, TooMany};
pub use passwords::{HashingBounds, HashingCost};
pub(crate) use passwords::{HashingBusy, Passwords};
pub(crate) use tickets::Tickets;
pub use tokens::{Bearer, Refresh, TokenFault, Tokens};

use unicode_normalization::UnicodeNormalization as _;

/// Characters of an e-mail address at most (RFC 5321, 4.5.3.1.3).
pub(crate) const EMAIL_MAX: usize = 254;
/// Bytes of a text that may be a spelling of an address. Normalising can make a text 18 times as
/// long, so longer ones are not normalised.
const EMAIL_BYTES_MAX: usize = 16 * EMAIL_MAX;
/// Characters of a person's name at most.
pub(crate) const NAME_MAX: usize = 100;
/// Characters of a password at least.
const PASSWORD_MIN: usize = 8;
/// Bytes of a password at most. This bounds the time of a hash and is far above what people type. A
/// shorter password is never cut off.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// The address in the one form that all of its spellings share (trimmed, NFKC, lower case); `None`
/// if it is not an address. Only the form is checked: whether the address exists, only a letter to
/// it could show.
pub fn email_address(text: &str) -> Option<String> {
    let spelling = Some(text.trim()).filter(|text| text.len() <= EMAIL_BYTES_MAX)?;
    let lower = spelling.nfkc().collect::<String>().to_lowercase();
    // On an `i` or `j`, which has a dot already, a combining dot is not drawn.
    let dotted = lower.nfkc().collect::<String>().replace("i\u{307}", "i");
    let address = dotted.replace("j\u{307}", "j");
    let (local, host) = address.rsplit_once('@')?;
    // A quoted part means the same without its quotes, and would give one address two accounts.
    let odd =
        |c: char| matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\\');
    let plausible = !local.is_empty()
        && !local.contains('@')
        && host.split('.').count() >= 2
        && host.split('.').all(|label| !label.is_empty())
        && address.chars().count() <= EMAIL_MAX
        && !address.contains(odd)
        && address.chars().all(seen::is_letter_of_address);
    plausible.then_some(address)
}

/// Why a new account may not have a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    /// Fewer than 8 characters, or more than 1,024 bytes.
    Length,
    /// Many others have chosen it.
    Common,
}

/// What happens to passwords that many others have chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommonPasswords {
    /// They are refused.
    Refused,
    /// They are accepted like any other.
    Taken,
}

/// Whether a new account may have this password.
///
/// # Errors
/// The first [`PasswordFault`] that applies.
pub fn check_password(text: &str, common: CommonPasswords) -> Result<(), PasswordFault> {
    if text.chars().count() < PASSWORD_MIN || text.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFault::Length);
    }
    match common {
        CommonPasswords::Refused if common::is_common(text) => Err(PasswordFault::Common),
        CommonPasswords::Refused | CommonPasswords::Taken => Ok(()),
    }
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
        for one_of_its_spellings in
            ["ｋｉｍ@shop.kr", "kim@ｓｈｏｐ．kr", "ＫＩＭ＠SHOP.KR", "𝐤𝐢𝐦@shop.kr", "KİM@shop.kr"]
        {
            assert_eq!(email_address(one_of_its_spellings).as_deref(), Some("kim@shop.kr"));
        }
        let long = "\u{fdfa}".repeat(1_400);
        assert_eq!(email_address(&format!("{long}@x.kr")), None, "it is not even normalised");
        assert_eq!(email_address("j\u{307}o@x.kr").as_deref(), Some("jo@x.kr"));
        assert_eq!(email_address("e\u{301}t\u{e9}@x.kr").as_deref(), Some("été@x.kr"));
        for unseen in
            ["\u{200b}", "\u{200d}", "\u{202e}", "\u{ad}", "\u{feff}", "\u{2800}", "\u{7}", "\""]
        {
            assert_eq!(email_address(&format!("ki{unseen}m@x.kr")), None, "{unseen:?}");
            assert_eq!(email_address(&format!("kim@x{unseen}y.kr")), None, "{unseen:?}");
        }
    }
}
