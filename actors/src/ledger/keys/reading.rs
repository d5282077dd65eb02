//! Which keys the tables keep answers to, read once after a start, beside everything else: those of
//! the log, and those of before there was one.

use std::time::Duration;

use hotdeal_domain::UnixMillis;

use super::read::KeptKey;
use super::{Keys, kept_ms, mark_of_row};
use crate::clock;
use crate::error::RequestError;
use crate::ledger::queue::Ledger;
use crate::storage::Storage;

/// Rows read at a time: some milliseconds of one reader.
const PORTION: u64 = 2_000;
/// When the tables cannot be read, they are asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Begins to read the keys: until all are known every key is looked up.
pub(crate) fn read_kept(keys: &Keys, ledger: &Ledger, storage: &Storage) {
    let reading = keys.filter().begin();
    let (keys, ledger, storage) = (keys.downgrade(), ledger.clone(), storage.clone());
    actix::spawn(async move {
        let mut from =
            From { row: Some(KeptKey::before(clock::earliest().plus(-kept_ms()))), number: 0 };
        while let Some(keys) = keys.upgrade() {
            match from.read_on(&keys, &ledger, &storage).await {
                Ok(true) => return keys.filter().set_whole(reading),
                Ok(false) => {}
                Err(_) => {
                    drop(keys);
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    });
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
    async fn read_on(
        &mut self,
        keys: &Keys,
        ledger: &Ledger,
        storage: &Storage,
    ) -> Result<bool, RequestError> {
        // Taken over first: what is kept from then on, this node keeps.
        keys.log().owned(ledger, storage).await?;
        let (storage, filter) = (storage.slow()?, keys.filter());
        if let Some(after) = &self.row {
            let rows = storage.kept_keys(after, PORTION).await?;
            for row in &rows {
                filter.add(mark_of_row(row.principal, &row.operation, &row.key), row.at);
            }
            let is_last = (rows.len() as u64) < PORTION;
            self.row = rows.into_iter().last().filter(|_| !is_last);
            return Ok(false);
        }
        let rows = storage.marks(self.number, PORTION).await?;
        for &(number, mark, at) in &rows {
            filter.add(mark, UnixMillis(at));
            self.number = number;
        }
        Ok((rows.len() as u64) < PORTION)
    }
}
