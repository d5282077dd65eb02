//! The errors of wings.

use crate::error::AskError;

/// What a wing answers where it does not do what it is asked: refusals of its own, or what can go wrong
/// with anything.
pub(crate) trait WingError: From<AskError> + Send + 'static {
    /// Whether it tells of this moment only, and of nothing that is kept: then it waits for nothing.
    fn passes(&self) -> bool;
}

impl WingError for AskError {
    fn passes(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// Makes an enum the error of a wing. It has a variant `Ask` for what can go wrong with anything, one for
/// a key that nothing has, and perhaps some that tell of this moment only.
macro_rules! wing_error {
    ($error:ident, missing: $missing:ident $(, passing: $passing:pat)?) => {
        impl From<$crate::error::AskError> for $error {
            fn from(error: $crate::error::AskError) -> Self {
                match error {
                    $crate::error::AskError::Missing => Self::$missing,
                    error => Self::Ask(error),
                }
            }
        }

        impl From<$crate::ledger::WriteError> for $error {
            fn from(error: $crate::ledger::WriteError) -> Self {
                $crate::error::AskError::from(error).into()
            }
        }

        impl $crate::host::WingError for $error {
            fn passes(&self) -> bool {
                match self {
                    Self::Ask(error) => $crate::host::WingError::passes(error),
                    $($passing => true,)?
                    _ => false,
                }
            }
        }
    };
}
pub(crate) use wing_error;
