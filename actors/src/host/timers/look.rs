//! Looking for owners with an end that has come: those that are not in memory, and those whose alarm sleeps
//! because time has made a step.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use hotdeal_domain::StreamId;

use super::End;
use crate::clock;
use crate::host::directory::Owners;
use crate::storage::Storage;

/// How often.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Ends looked at in one go, and owners woken up at the same time.
const LOOKED_AT: usize = 256;
const WOKEN_AT_ONCE: usize = 4;

/// How far it has come.
#[derive(Default)]
pub(crate) struct Looking {
    /// The last end that was looked at; `None` where it begins again from the first.
    behind: Option<End>,
}

impl Looking {
    /// Wakes up the owners of the next ends that have come. What cannot be read now is read the next time.
    pub(crate) async fn go_on(&mut self, storage: &Storage, owners: &[Arc<dyn Owners>]) {
        let found = storage.due_ends(clock::now(), self.behind.as_ref(), LOOKED_AT).await;
        let Ok(due) = found else { return };
        self.behind = if due.len() == LOOKED_AT { due.last().copied() } else { None };
        let streams: BTreeSet<StreamId> = due.iter().map(|end| end.stream).collect();
        let woken = streams.into_iter().map(async |stream| {
            for owners in owners {
                // One that cannot be had now is woken up the next time.
                _ = owners.wake(stream).await;
            }
        });
        stream::iter(woken).buffer_unordered(WOKEN_AT_ONCE).collect::<()>().await;
    }
}
