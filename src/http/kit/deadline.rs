//! Deadlines for what others send.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// A timer this late means that the process or its thread stood still.
const STALL: Duration = Duration::from_millis(250);
/// After a stall, what has arrived meanwhile is read within this time.
const GRACE: Duration = Duration::from_secs(1);

/// A deadline for another party. The clock alone cannot tell a late party from a stall of our own,
/// so after a stall there is a grace period in which what has arrived is read.
pub(crate) struct Deadline(Pin<Box<Sleep>>);

impl Deadline {
    /// A deadline this long from now.
    pub(crate) fn after(duration: Duration) -> Self {
        Self(Box::pin(sleep(duration)))
    }

    /// Whether it has passed. Poll for the awaited input first.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.0.as_mut().poll(cx));
            let now = Instant::now();
            if now - self.0.deadline() < STALL {
                return Poll::Ready(());
            }
            self.0.as_mut().reset(now + GRACE);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_over_in_time_and_after_a_stall_it_waits_a_little() {
        let mut deadline = Deadline::after(Duration::from_secs(5));
        let mut asked = task::spawn(());
        assert_pending!(asked.enter(|cx, _| deadline.poll(cx)));
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_pending!(asked.enter(|cx, _| deadline.poll(cx)));
        tokio::time::advance(GRACE).await;
        assert_ready!(asked.enter(|cx, _| deadline.poll(cx)));
        let begun = Instant::now();
        let mut punctual = Deadline::after(Duration::from_secs(5));
        std::future::poll_fn(|cx| punctual.poll(cx)).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
    }
}
