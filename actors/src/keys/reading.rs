//! Which keys the tables keep answers to, read once after a start, beside everything else.

use std::sync::{Arc, Weak};
use std::time::Duration;

use hotdeal_domain::idempotency::KEPT_MS;

use crate::clock;
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
    let mut after = KeptKey::before(clock::now().plus(-KEPT_MS));
    loop {
        let Some(shared) = mall.upgrade() else { return };
        match shared.storage.slow().kept_keys(&after, PORTION).await {
            Ok(rows) => {
                let kept = shared.keys.kept();
                for row in &rows {
                    kept.add_row(row.principal, &row.operation, &row.key, row.at);
                }
                if (rows.len() as u64) < PORTION {
                    return kept.set_whole(reading);
                }
                after = rows.into_iter().last().unwrap_or(after);
            }
            Err(_) => {
                drop(shared);
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}
