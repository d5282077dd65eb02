//! The errors of wings.

use crate::error::RequestError;

/// What a wing answers where it does not do what it is asked: refusals of its own, or what can go wrong
/// with anything.
pub(crate) trait WingError: From<RequestError> + Send + 'static {
    /// Whether it tells of this moment only, and of nothing that is kept: then it waits for nothing.
    fn passes(&self) -> bool;
}

impl WingError for RequestError {
    fn passes(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// Makes an enum the error of a wing. It has a variant `Request` for what can go wrong with anything, one for
/// a key that nothing has, and perhaps some that tell of this moment only.
macro_rules! wing_error {
    ($error:ident, missing: $missing:ident $(, passing: $passing:pat)?) => {
        impl From<$crate::error::RequestError> for $error {
            fn from(error: $crate::error::RequestError) -> Self {
                match error {
                    $crate::error::RequestError::Missing => Self::$missing,
                    error => Self::Request(error),
                }
            }
        }

        impl From<$crate::ledger::WriteError> for $error {
            fn from(error: $crate::ledger::WriteError) -> Self {
                $crate::error::RequestError::from(error).into()
            }
        }

        impl $crate::host::WingError for $error {
            fn passes(&self) -> bool {
                match self {
                    Self::Request(error) => $crate::host::WingError::passes(error),
                    $($passing => true,)?
                    _ => false,
                }
            }
        }
    };
}
pub(crate) use wing_error;
