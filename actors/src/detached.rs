//! Work that goes on when whoever asked for it has hung up, because it must not be left half done. The
//! connection that bounded it may be gone, so each kind has permits of its own; who comes when all are
//! given out is told to come back, and nothing has happened.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::AskError;

/// Deals that are being opened or turned: they take turns, and each may name 100,000 products.
const DEALS_MAX: usize = 64;
/// Orders that are being cancelled, or wait for another cancellation of the same order.
const CANCELLATIONS_MAX: usize = 1_024;

/// One of so many, until it is dropped: it goes along with the work.
pub(crate) type Permit = OwnedSemaphorePermit;

/// The permits. Those of orders over several shops are in [`WideOrders`](crate::order::WideOrders),
/// which counts by person, too.
pub(crate) struct Detached {
    deals: Arc<Semaphore>,
    cancellations: Arc<Semaphore>,
}

impl Default for Detached {
    fn default() -> Self {
        Self {
            deals: Arc::new(Semaphore::new(DEALS_MAX)),
            cancellations: Arc::new(Semaphore::new(CANCELLATIONS_MAX)),
        }
    }
}

impl Detached {
    /// To open or turn a deal.
    ///
    /// # Errors
    /// [`AskError::Busy`] when too many are under way.
    pub(crate) fn deal(&self) -> Result<Permit, AskError> {
        self.deals.clone().try_acquire_owned().map_err(|_| AskError::Busy)
    }

    /// To cancel an order.
    ///
    /// # Errors
    /// [`AskError::Busy`] when too many are under way.
    pub(crate) fn cancellation(&self) -> Result<Permit, AskError> {
        self.cancellations.clone().try_acquire_owned().map_err(|_| AskError::Busy)
    }

    /// How many permits are given out.
    #[cfg(test)]
    pub(crate) fn given_out(&self) -> usize {
        DEALS_MAX + CANCELLATIONS_MAX
            - self.deals.available_permits()
            - self.cancellations.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_much_is_under_way_and_the_next_is_told_so() {
        let detached = Detached::default();
        let deals: Vec<_> = std::iter::repeat_with(|| detached.deal()).take(65).collect();
        assert_eq!(deals.iter().filter(|deal| deal.is_err()).count(), 1);
        assert_eq!(deals.last().and_then(|last| last.as_ref().err()), Some(&AskError::Busy));
        let all = std::iter::repeat_with(|| detached.cancellation()).take(1_025);
        let all: Vec<_> = all.collect();
        assert_eq!(all.iter().filter(|one| one.is_err()).count(), 1);
        drop((deals, all));
        assert!(detached.deal().is_ok() && detached.cancellation().is_ok());
        assert_eq!(detached.given_out(), 0);
    }
}
