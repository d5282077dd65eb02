//! The only reader of the wall clock in this crate.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hotdeal_domain::UnixMillis;

static LATEST: AtomicI64 = AtomicI64::new(0);

/// The time, which never goes backwards within this process, whatever the system's clock does.
pub fn now() -> UnixMillis {
    let read = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0);
    UnixMillis(LATEST.fetch_max(read, Ordering::Relaxed).max(read))
}
