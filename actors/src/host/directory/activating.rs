//! Activations under way: one a key, for all who ask meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::{Activated, Directory, Owner};

type Slot<A> = Arc<OnceCell<Activated<A>>>;
/// By key: as many as there are callers who wait for one, at most.
pub(super) type Activating<A> = Mutex<HashMap<<A as Owner>::Key, UnderWay<A>>>;

/// One of them.
pub(super) struct UnderWay<A: Owner> {
    slot: Slot<A>,
    /// Those who wait for it.
    callers: usize,
}

impl<A: Owner> Default for UnderWay<A> {
    fn default() -> Self {
        Self { slot: Slot::default(), callers: 0 }
    }
}

/// A caller who waits: the last one who hangs up takes the activation out.
struct Caller<'a, A: Owner> {
    all: &'a Activating<A>,
    key: A::Key,
    slot: Slot<A>,
}

impl<'a, A: Owner> Caller<'a, A> {
    fn new(all: &'a Activating<A>, key: A::Key) -> Self {
        let mut slots = all.lock();
        let under_way = slots.entry(key).or_default();
        under_way.callers += 1;
        Self { all, key, slot: under_way.slot.clone() }
    }
}

impl<A: Owner> Drop for Caller<'_, A> {
    fn drop(&mut self) {
        let mut slots = self.all.lock();
        let Some(under_way) = slots.get_mut(&self.key) else { return };
        // Where it has come to its end there may be another by now.
        if Arc::ptr_eq(&under_way.slot, &self.slot) {
            under_way.callers -= 1;
            if under_way.callers == 0 {
                slots.remove(&self.key);
            }
        }
    }
}

impl<A: Owner> Directory<A> {
    /// What the activation of `key` comes to: that under way, or a new one where there is none.
    /// When whoever began it hangs up, the next who waits begins anew.
    pub(super) async fn activated(&self, key: A::Key) -> Activated<A> {
        let caller = Caller::new(&self.shared.activating, key);
        caller.slot.get_or_init(|| self.begin(key, &caller.slot)).await.clone()
    }

    /// Activations that somebody waits for.
    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        self.shared.activating.lock().len()
    }

    async fn begin(&self, key: A::Key, slot: &Slot<A>) -> Activated<A> {
        // Another may have come to its end since this caller looked.
        if let Some(live) = self.found(key) {
            return Ok(live);
        }
        let outcome = self.activate(key).await;
        // Under the lock: whoever asks from now on finds the actor, or begins an activation.
        let mut slots = self.shared.activating.lock();
        if slots.get(&key).is_some_and(|under_way| Arc::ptr_eq(&under_way.slot, slot)) {
            slots.remove(&key);
            if let Ok(live) = &outcome {
                self.shared.live.pin().insert(key, live.clone());
            }
        }
        outcome
    }
}
