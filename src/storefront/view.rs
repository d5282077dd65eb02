//! Parts of the mall as they were a moment ago, each read at most once a second.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hotdeal_actors::RequestError;
use hotdeal_domain::UnixMillis;
use parking_lot::Mutex;
use tokio::sync::Mutex as TurnMutex;

use crate::clock;

/// The greatest age of what is shown.
pub(crate) const AGE_MAX: Duration = Duration::from_secs(1);
/// Parts of one kind kept at most. Whoever walks through a long list asks for one part after the
/// other: a crowd looks at the first, which always has room.
const KEPT_MAX: usize = 64;

/// The text of a page, and its entity tag.
#[derive(Debug, Clone)]
pub(crate) struct PageText {
    pub(crate) body: Bytes,
    pub(crate) tag: String,
}

/// A part of a list as it was a moment ago.
pub(crate) struct View<T> {
    /// What is in it.
    pub(crate) items: Vec<T>,
    /// Whether the list goes on behind it.
    pub(crate) goes_on: bool,
    /// When it was read.
    pub(crate) as_of: UnixMillis,
    began: Instant,
    /// The text of the page that begins with each of the items, once somebody has asked for it. The
    /// last is that of the page behind them all.
    texts: Box<[OnceLock<PageText>]>,
}

impl<T> View<T> {
    fn new(mut items: Vec<T>, most: usize, as_of: UnixMillis, began: Instant) -> Self {
        let goes_on = items.len() > most;
        items.truncate(most);
        let texts = (0..=items.len()).map(|_| OnceLock::new()).collect();
        Self { items, goes_on, as_of, began, texts }
    }

    /// Its age in seconds, rounded up.
    pub(crate) fn age_s(&self) -> u64 {
        let age = self.began.elapsed();
        age.as_secs() + u64::from(age.subsec_nanos() > 0)
    }

    /// The text of the page that begins with the item at `from`: written once, however many ask.
    pub(crate) fn text(&self, from: usize, write: impl FnOnce(&Self) -> PageText) -> &PageText {
        let place = from.min(self.items.len());
        self.texts[place].get_or_init(|| write(self))
    }
}

/// What a read came to, and when it began.
type Outcome<T> = Option<(Instant, Result<Arc<View<T>>, RequestError>)>;

/// Parts of one list, by what they are asked for; by default for the first.
pub(super) struct Kept<K, T> {
    /// Items of a part at most.
    most: usize,
    parts: Mutex<HashMap<K, Arc<TurnMutex<Outcome<T>>>>>,
}

impl<K: Default + Hash + Eq, T> Kept<K, T> {
    /// Parts of at most this many items.
    pub(super) fn of(most: usize) -> Self {
        Self { most, parts: Mutex::default() }
    }

    /// How many items a read looks for: one more than a part holds shows whether the list goes on.
    pub(super) fn look_for(&self) -> u64 {
        u64::try_from(self.most).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// The part for a key: the one that is kept, or else what `read` finds. One caller reads, and
    /// whoever asks meanwhile waits for that.
    pub(super) async fn get(
        &self,
        key: K,
        read: impl AsyncFnOnce() -> Result<Vec<T>, RequestError>,
    ) -> Result<Arc<View<T>>, RequestError> {
        let asked = Instant::now();
        let part = self.part(key);
        let mut outcome = part.lock().await;
        if let Some((began, known)) = &*outcome {
            // What began to be read since this caller asked is as new as what it would find itself.
            let is_for_all = *began >= asked;
            if is_for_all || (known.is_ok() && began.elapsed() < AGE_MAX) {
                return known.clone();
            }
        }
        let (began, as_of) = (Instant::now(), clock::now());
        let found = read().await;
        let view = found.map(|items| Arc::new(View::new(items, self.most, as_of, began)));
        *outcome = Some((began, view.clone()));
        view
    }

    fn part(&self, key: K) -> Arc<TurnMutex<Outcome<T>>> {
        let mut parts = self.parts.lock();
        if let Some(known) = parts.get(&key) {
            return known.clone();
        }
        if parts.len() >= KEPT_MAX {
            parts.retain(|_, part| is_of_use(part));
        }
        let new: Arc<TurnMutex<Outcome<T>>> = Arc::default();
        if parts.len() < KEPT_MAX || key == K::default() {
            parts.insert(key, new.clone());
        }
        new
    }
}

/// Whether somebody waits for the part, or it is young enough to be shown.
fn is_of_use<T>(part: &Arc<TurnMutex<Outcome<T>>>) -> bool {
    match part.try_lock() {
        Err(_) => true,
        Ok(outcome) => outcome.as_ref().is_none_or(|(began, _)| began.elapsed() < AGE_MAX),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::future::join_all;

    use super::*;

    async fn seen(kept: &Kept<i64, i64>, key: i64, items: &[i64]) -> Arc<View<i64>> {
        let seen = kept.get(key, async || Ok(items.to_vec())).await;
        seen.expect("the read of the test succeeds")
    }

    #[tokio::test]
    async fn one_of_a_crowd_reads_and_all_see_it_for_a_second() {
        let (kept, reads) = (Kept::<i64, i64>::of(10), Cell::new(0));
        let read = async || {
            reads.set(reads.get() + 1);
            tokio::task::yield_now().await;
            Ok(vec![reads.get()])
        };
        let crowd = join_all((0..100).map(|_| kept.get(7, read))).await;
        for view in crowd {
            assert_eq!(view.expect("read").items, [1]);
        }
        assert_eq!(reads.get(), 1);
        // As if a second had passed.
        let old = Instant::now().checked_sub(AGE_MAX).expect("the machine runs for longer");
        let part = kept.part(7);
        part.lock().await.as_mut().expect("it was read").0 = old;
        assert_eq!(kept.get(7, read).await.expect("read").items, [2]);
    }

    #[tokio::test]
    async fn a_read_that_fails_is_answered_to_those_who_waited_and_to_nobody_else() {
        let (kept, reads) = (Kept::<i64, i64>::of(10), Cell::new(0));
        let fails = async || {
            reads.set(reads.get() + 1);
            tokio::task::yield_now().await;
            Err(RequestError::Unavailable("not now"))
        };
        let crowd = join_all((0..100).map(|_| kept.get(7, fails))).await;
        assert!(crowd.iter().all(Result::is_err));
        // The second read began after all had asked, so it is an answer to each of them.
        assert_eq!(reads.get(), 2, "a crowd does not fail one after the other");
        assert_eq!(seen(&kept, 7, &[5]).await.items, [5]);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_there_is_room_for() {
        let kept = Kept::<i64, i64>::of(2);
        for key in 1..2 * i64::try_from(KEPT_MAX).expect("few") {
            let view = seen(&kept, key, &[key, key, key]).await;
            assert_eq!((view.items.len(), view.goes_on), (2, true));
        }
        assert_eq!(kept.parts.lock().len(), KEPT_MAX);
        // The first part has room although others took it all.
        for items in [[1], [2]] {
            assert_eq!(seen(&kept, 0, &items).await.items, [1]);
        }
        assert_eq!(kept.parts.lock().len(), KEPT_MAX + 1);
    }

    #[tokio::test]
    async fn a_page_is_written_once() {
        let view = seen(&Kept::of(5), 1, &[1, 2, 3]).await;
        let text = |view: &View<i64>| PageText {
            body: Bytes::from(format!("{:?}", view.items)),
            tag: String::new(),
        };
        for _ in 0..2 {
            assert_eq!(view.text(0, text).body, "[1, 2, 3]");
        }
        assert_eq!(view.text(0, |_| unreachable!("it is written")).body, "[1, 2, 3]");
        assert_eq!(view.text(9, text).body, view.text(3, |_| unreachable!("the same")).body);
    }
}
