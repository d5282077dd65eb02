//! Which keys the tables keep answers to, read once after a start, beside everything else: those of
//! the log, and those of before there was one.

use std::sync::{Arc, Weak};
use std::time::Duration;

use hotdeal_domain::UnixMillis;

use super::{kept_ms, mark_of_row};
use crate::clock;
use crate::error::AskError;
use crate::mall::Shared;
use crate::storage::KeptKey;

/// Rows read at a time: some milliseconds of one reader.
const PORTION: u64 = 2_000;
/// When the tables cannot be read, they are asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Begins to read the keys: until all are known every key is looked up.
pub(crate) fn read_kept(shared: &Arc<Shared>) {
    let reading = shared.keys.kept().begin();
    actix::spawn(read_until_all_are_known(Arc::downgrade(shared), reading));
}

async fn read_until_all_are_known(mall: Weak<Shared>, reading: u64) {
    let mut from =
        From { row: Some(KeptKey::before(clock::earliest().plus(-kept_ms()))), number: 0 };
    loop {
        let Some(shared) = mall.upgrade() else { return };
        match from.read_on(&shared).await {
            Ok(true) => return shared.keys.kept().set_whole(reading),
            Ok(false) => {}
            Err(_) => {
                drop(shared);
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}

/// How far the reading has come.
struct From {
    /// In the table of before there was a log, while there is more of it.
    row: Option<KeptKey>,
    /// In the log.
    number: i64,
}

impl From {
    /// Reads a portion; answers whether it was the last.
    async fn read_on(&mut self, shared: &Shared) -> Result<bool, AskError> {
        // Taken over first: what is kept from then on, this node keeps.
        shared.keys.log().owned(&shared.ledger, &shared.storage).await?;
        let (storage, kept) = (shared.storage.slow()?, shared.keys.kept());
        if let Some(after) = &self.row {
            let rows = storage.kept_keys(after, PORTION).await?;
            for row in &rows {
                kept.add(mark_of_row(row.principal, &row.operation, &row.key), row.at);
            }
            let is_last = (rows.len() as u64) < PORTION;
            self.row = rows.into_iter().last().filter(|_| !is_last);
            return Ok(false);
        }
        let rows = storage.marks(self.number, PORTION).await?;
        for &(number, mark, at) in &rows {
            kept.add(mark, UnixMillis(at));
            self.number = number;
        }
        Ok((rows.len() as u64) < PORTION)
    }
}
