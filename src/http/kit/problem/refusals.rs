//! How refusals of tokens, passwords and limits appear to a client.

use super::super::code::Code;
use super::Problem;

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, more: None }
    }
}

impl From<crate::auth::HashingBusy> for Problem {
    fn from(_: crate::auth::HashingBusy) -> Self {
        Code::Busy.into()
    }
}

impl From<crate::auth::TooMany> for Problem {
    fn from(refused: crate::auth::TooMany) -> Self {
        let mut problem = Self::from(Code::TooManyAttempts);
        problem.more().retry_after_s = Some(refused.retry_after_s);
        problem
    }
}

impl From<crate::limits::Limited> for Problem {
    fn from(refused: crate::limits::Limited) -> Self {
        let mut problem = Self::from(Code::RateLimited);
        problem.more().retry_after_s = Some(refused.retry_after_s);
        problem.more().violated_policies = vec![refused.policy];
        problem
    }
}

impl From<crate::auth::TokenFault> for Problem {
    fn from(fault: crate::auth::TokenFault) -> Self {
        match fault {
            crate::auth::TokenFault::Expired => Code::TokenExpired.into(),
            crate::auth::TokenFault::Invalid => Code::TokenMismatch.into(),
        }
    }
}
