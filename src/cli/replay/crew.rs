//! Does the same work on every item of a list, a bounded number at a time.

use std::cell::{Cell, RefCell};

use futures_util::future::try_join_all;

use super::super::progress::bar;
use crate::client::{CallError, Session, Target};

/// A number of connections, each used for one call at a time.
pub(super) struct Crew {
    target: Target,
    hands: usize,
}

impl Crew {
    pub(super) fn new(target: Target, hands: usize) -> Self {
        Self { target, hands }
    }

    /// A connection of its own.
    pub(super) fn session(&self) -> Session {
        Session::new(self.target.clone())
    }

    /// Does `work` on every item, begun in the order of the list, and answers in that order.
    ///
    /// # Errors
    /// The first error there is; what is under way is dropped then.
    pub(super) async fn each<T, R, F>(
        &self,
        what: &'static str,
        items: &[T],
        work: F,
    ) -> Result<Vec<R>, CallError>
    where
        F: AsyncFn(&mut Session, usize, &T) -> Result<R, CallError>,
    {
        let bar = bar(what, items.len());
        let next = Cell::new(0);
        let done = RefCell::new((0..items.len()).map(|_| None).collect::<Vec<Option<R>>>());
        let hand = async || {
            let mut session = self.session();
            loop {
                let place = next.get();
                let Some(item) = items.get(place) else { return Ok(()) };
                next.set(place + 1);
                let result = work(&mut session, place, item).await?;
                done.borrow_mut()[place] = Some(result);
                bar.inc(1);
            }
        };
        try_join_all((0..self.hands.min(items.len())).map(|_| hand())).await?;
        bar.finish_and_clear();
        Ok(done.into_inner().into_iter().map(|one| one.expect("every item was done")).collect())
    }
}
