//! The number of files that the process may have open: each connection is one. The limit is raised at the
//! start, and there are never more connections than it leaves room for.

use crate::http::kit::places::PlaceBounds;
use crate::settings::HttpSettings;

/// Files of the server itself: the database's, its threads', the log. At most half of them are in
/// use.
const OWN: u64 = 128;
/// Connections that are allowed in any case, even with too few files.
const CONNECTIONS_MIN: usize = 16;
/// Fewer connections than this are probably not intended.
const CONNECTIONS_FEW: usize = 1_000;
/// One connection in this many may be ending in addition to the open ones, and twice as many may
/// wait for that.
const ENDING: u64 = 16;

/// Raises the limit as far as allowed, logs it, and returns how many connections that leaves.
pub(super) fn bounds(settings: &HttpSettings) -> PlaceBounds {
    let files = raised();
    let left = files.map_or(u64::MAX, |files| files.saturating_sub(OWN));
    let ending = usize::try_from(left / ENDING).unwrap_or(usize::MAX).clamp(4, 1_024);
    let room = usize::try_from(left).unwrap_or(usize::MAX).saturating_sub(3 * ending);
    let total = settings.connections_max.min(room.max(CONNECTIONS_MIN));
    // No address can take all.
    let per_address = settings.connections_per_address_max.min((total / 2).max(1));
    let shown = files.map_or("any number".to_owned(), |files| files.to_string());
    tracing::info!(
        "open files: {shown} at most, so {total} connections, {per_address} of one address"
    );
    if total < settings.connections_max && total < CONNECTIONS_FEW {
        tracing::warn!(
            "only {total} connections: {shown} files may be open (ulimit -n, LimitNOFILE)"
        );
    }
    PlaceBounds { total, per_address, ending }
}

/// The limit, as high as the process may set it; `None` where there is none, or none is known.
fn raised() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let before = getrlimit(Resource::Nofile);
        let mut limit = before;
        limit.current = limit.maximum;
        match setrlimit(Resource::Nofile, limit) {
            Ok(()) => limit.current,
            Err(error) => {
                tracing::warn!(%error, "the limit of open files cannot be raised");
                before.current
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    None
}
