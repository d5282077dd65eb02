//! How refusals of accounts appear to a client.

use hotdeal_actors::account::AccountError;

use crate::auth::PasswordFault;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Why a password is refused.
pub(super) fn password(fault: PasswordFault) -> Problem {
    let (ko, en) = match fault {
        PasswordFault::Length => {
            ("8자 이상, 1024바이트 이하여야 합니다", "at least 8 characters and at most 1024 bytes")
        }
        PasswordFault::Common => {
            ("너무 흔한 비밀번호입니다", "many others have thought of this one")
        }
    };
    Problem::value("password", ko, en)
}

/// An admin cannot do this to their own account: in the end the server might have no admin.
fn still_admin() -> Problem {
    Problem::from(Code::IllegalState).saying(
        "관리자 본인의 계정에는 할 수 없습니다. 먼저 다른 관리자가 역할을 바꿔야 합니다",
        "an admin cannot do this to their own account: another admin must change the role first",
    )
}

/// The change would leave no admin.
fn last_admin() -> Problem {
    Problem::from(Code::IllegalState).saying(
        "마지막 관리자입니다. 먼저 다른 관리자를 지정해야 합니다",
        "this is the last admin: make somebody else one first",
    )
}

/// The address already has an account.
fn email_taken() -> Problem {
    Problem::from(Code::DuplicateEmail).of_member("email")
}

/// The session that was opened under this key has ended.
fn key_spent() -> Problem {
    Problem::from(Code::KeyReused).saying(
        "이 키로 한 로그인은 이미 끝났습니다. 새 키로 다시 로그인해 주세요",
        "what was logged in under this key has ended: log in again under a new key",
    )
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NoSuchUser => Code::UserNotFound.into(),
            AccountError::NoSuchSession | AccountError::TokenReused => Code::TokenMismatch.into(),
            AccountError::StillAdmin => still_admin(),
            AccountError::LastAdmin => last_admin(),
            AccountError::EmailTaken => email_taken(),
            AccountError::KeySpent => key_spent(),
            AccountError::Request(error) => error.into(),
        }
    }
}
