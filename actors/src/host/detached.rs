//! Work that goes on when its caller has hung up, because it must not be left half done. No connection bounds
//! it, so each kind has permits of its own, which last as long as the work. Where all are given out, the next
//! caller is refused with `Busy`, and nothing has happened.
//!
//! Detached are orders over several shops (`order/wide.rs`), cancellations (`order/mod.rs`) and deals
//! (`deal/mod.rs`). All else ends with its caller and leaves nothing behind: an activation that nobody waits
//! for any more, a key, a message whose turn has not come.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::RequestError;

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
    /// [`RequestError::Busy`] when all are given out.
    pub(crate) fn take(&self) -> Result<Permit, RequestError> {
        self.free.clone().try_acquire_owned().map_err(|_| RequestError::Busy)
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
        assert_eq!(taken.last().and_then(|last| last.as_ref().err()), Some(&RequestError::Busy));
        drop(taken);
        assert!(permits.take().is_ok());
        assert_eq!(permits.given_out(), 0);
    }
}
