//! Work that goes on when whoever asked for it has hung up, because it must not be left half done. The
//! connection that bounded it may be gone, so each kind has permits of its own; who comes when all are
//! given out is told to come back, and nothing has happened.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::AskError;

/// One of so many, until it is dropped: it goes along with the work.
pub(crate) type Permit = OwnedSemaphorePermit;

/// Permits for work of one kind.
#[derive(Clone)]
pub(crate) struct Permits {
    free: Arc<Semaphore>,
    #[cfg(test)]
    most: usize,
}

impl Permits {
    /// So many.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(most)),
            #[cfg(test)]
            most,
        }
    }

    /// One of them.
    ///
    /// # Errors
    /// [`AskError::Busy`] when all are given out.
    pub(crate) fn take(&self) -> Result<Permit, AskError> {
        self.free.clone().try_acquire_owned().map_err(|_| AskError::Busy)
    }

    /// How many are given out.
    #[cfg(test)]
    pub(crate) fn given_out(&self) -> usize {
        self.most - self.free.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_is_under_way_and_the_next_is_told_so() {
        let permits = Permits::new(64);
        let taken: Vec<_> = std::iter::repeat_with(|| permits.take()).take(65).collect();
        assert_eq!(taken.iter().filter(|one| one.is_err()).count(), 1);
        assert_eq!(taken.last().and_then(|last| last.as_ref().err()), Some(&AskError::Busy));
        drop(taken);
        assert!(permits.take().is_ok());
        assert_eq!(permits.given_out(), 0);
    }
}
