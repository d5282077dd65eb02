//! Durable timers: what is to happen at a time by itself, whether anybody asks or not.
//!
//! An *end* is a field of the fact that begins something. So another setting moves no end that was begun, and
//! a fact of an older build has none. Each end that has not come has a row in `ends`, with the stream in
//! which it happens.
//!
//! A wing says "this stream has an end then" in three places:
//!
//! 1. Its rows: [`begin`] with the fact that begins something, [`cease`] with every fact after which nothing is
//!    to happen any more, also because it has happened.
//! 2. Its owner's card has an [`Alarm`] (`Owner::alarm`), which learns of each end once it is durable.
//! 3. Its owner calls [`watch`] when it starts, with what is to be done at an end.
//!
//! What is in memory is a hint, and the table is the truth. An owner keeps its nearest end alone, in one alarm.
//! A new one rings at once: the nearest end is read from the index. When an alarm rings, the first rows of the
//! stream are read. What is due is done, and the first that is not due sets the alarm again. So an alarm that
//! rings for nothing, or twice, does no harm. What is done at an end is a request like any other. Its owner
//! decides it by the state as it is then, so what comes twice, or beside an answer, finds that and changes
//! nothing. It is written in the owner's epoch, so nothing happens on a node that has lost the stream.
//!
//! The alarm sleeps by the machine's own clock, and whether an end has come is asked of the time
//! ([`clock::now`]). After a step back it rings too soon, finds nothing, and sleeps again. After a step forward
//! it sleeps too long. So once a second the node looks which streams have an end that is due
//! ([`Looking`](look::Looking)): their owners' alarms ring, and an owner that is not in memory is activated.
//! That also finds an end whose owner was away when it came, while the node was down or the owner idle. It is
//! one bounded read of an index, which goes on where the last one stopped: no stream with a long list of ends
//! keeps another one waiting.
//!
//! What fails, because the database is away or a queue is full, stays in the table and is tried again. So many
//! ends are handled at the same time on a node: the others leave room for those who ask.

pub(crate) mod audit;
pub(crate) mod look;
mod read;
mod rows;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::{StreamId, UnixMillis};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use super::directory::{Directory, Owner};
use crate::clock;
use crate::error::RequestError;
use crate::storage::Storage;

pub(crate) use rows::{begin, cease, statements};

/// Ends that one owner reads at a time, and handles at a time.
const PORTION: usize = 64;
const OF_ONE_OWNER: usize = 8;
/// Ends that all owners of a node handle at a time: a few commits' worth.
const AT_ONCE: usize = 64;
/// What failed is tried again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// An end of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    /// In which stream it happens.
    pub(crate) stream: StreamId,
    /// When.
    pub(crate) at: UnixMillis,
    /// What it is the end of, by a number that the owner knows.
    pub(crate) subject: i64,
}

/// What the timers of a node share. Every clone is the same.
#[derive(Clone)]
pub(crate) struct Timers {
    turns: Arc<Semaphore>,
}

impl Default for Timers {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// The nearest end of a stream, as far as its owner knows.
pub(crate) struct Alarm {
    /// In milliseconds; the largest number while there is none.
    nearest: AtomicI64,
    is_nearer: Notify,
}

impl Default for Alarm {
    /// It rings at once: nobody has looked at the table yet.
    fn default() -> Self {
        Self { nearest: AtomicI64::new(i64::MIN), is_nearer: Notify::new() }
    }
}

impl Alarm {
    /// The stream has an end then, and that is durable.
    pub(crate) fn learn(&self, at: UnixMillis) {
        if self.nearest.fetch_min(at.0, Ordering::AcqRel) > at.0 {
            self.is_nearer.notify_one();
        }
    }

    /// Rings now.
    pub(crate) fn ring(&self) {
        self.learn(UnixMillis(i64::MIN));
    }

    /// Waits until the nearest end has come. What is learnt from then on is kept for the next time: the table
    /// has all that was learnt before.
    async fn rung(&self) {
        loop {
            let nearest = self.nearest.load(Ordering::Acquire);
            let left_ms = nearest.saturating_sub(clock::now().0);
            if left_ms <= 0 {
                return self.nearest.store(i64::MAX, Ordering::Release);
            }
            let left = Duration::from_millis(left_ms.unsigned_abs());
            // A time that no clock reaches is waited for, too.
            _ = tokio::time::timeout(left, self.is_nearer.notified()).await;
        }
    }
}

/// What an owner does at the ends of its stream, until this is dropped.
pub(crate) struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// From now on `at_end` is done at each end of this owner's stream, with what it is the end of. It says
/// that it is done once the end has ceased. Called when the owner starts: it goes on beside its messages.
///
/// The task is not the context's own: that would keep an actor alive that nobody can reach any more.
pub(crate) fn watch<A, F>(
    directory: &Directory<A>,
    stream: StreamId,
    card: Arc<A::Card>,
    at_end: impl Fn(i64) -> F + 'static,
) -> Watch
where
    A: Owner,
    F: Future<Output = Result<(), RequestError>>,
{
    let (timers, storage) = (directory.timers().clone(), directory.storage().clone());
    Watch(actix::spawn(async move {
        let Some(alarm) = A::alarm(&card) else { return };
        let watched = Watched { timers, storage, stream, alarm };
        loop {
            alarm.rung().await;
            if watched.portion(&at_end).await.is_err() {
                tokio::time::sleep(AGAIN).await;
                alarm.ring();
            }
        }
    }))
}

/// A stream whose ends are watched.
struct Watched<'a> {
    timers: Timers,
    storage: Storage,
    stream: StreamId,
    alarm: &'a Alarm,
}

impl Watched<'_> {
    /// Does what is due of the first ends, and sets the alarm for the next.
    async fn portion<F>(&self, at_end: &impl Fn(i64) -> F) -> Result<(), RequestError>
    where
        F: Future<Output = Result<(), RequestError>>,
    {
        let first = self.storage.first_ends(self.stream, PORTION).await?;
        let now = clock::now();
        let (due, later) = first.split_at(first.partition_point(|end| end.at <= now));
        let handled = due.iter().map(async |end| {
            let _turn = self.timers.turns.acquire().await;
            at_end(end.subject).await
        });
        let handled: Vec<_> = stream::iter(handled).buffer_unordered(OF_ONE_OWNER).collect().await;
        handled.into_iter().collect::<Result<(), RequestError>>()?;
        match later.first() {
            Some(next) => self.alarm.learn(next.at),
            None if due.len() == PORTION => self.alarm.ring(),
            None => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio_test::{assert_pending, assert_ready, task};

    use super::*;

    fn in_ms(millis: i64) -> UnixMillis {
        clock::now().plus(millis)
    }

    #[actix::test]
    async fn an_alarm_rings_at_once_and_then_at_the_nearest_end_it_has_learnt_of() {
        let alarm = Alarm::default();
        assert_ready!(task::spawn(alarm.rung()).poll(), "nobody has looked at the table yet");
        let mut rung = task::spawn(alarm.rung());
        assert_pending!(rung.poll(), "there is none");
        alarm.learn(in_ms(600_000));
        assert!(rung.is_woken());
        assert_pending!(rung.poll(), "it has not come");
        // A later one changes nothing, and one that has come rings.
        alarm.learn(in_ms(900_000));
        assert_pending!(rung.poll());
        alarm.learn(in_ms(-1));
        assert!(rung.is_woken());
        assert_ready!(rung.poll());
        assert_pending!(task::spawn(alarm.rung()).poll(), "what has rung is read from the table");
    }

    #[actix::test]
    async fn what_is_learnt_while_an_alarm_rings_is_kept_for_the_next_time() {
        let alarm = Alarm::default();
        alarm.rung().await;
        alarm.learn(in_ms(-1));
        alarm.learn(in_ms(600_000));
        assert_ready!(task::spawn(alarm.rung()).poll());
        let begun = tokio::time::Instant::now();
        alarm.learn(in_ms(20));
        alarm.rung().await;
        assert!(begun.elapsed() >= Duration::from_millis(19), "it rings too soon");
    }
}
