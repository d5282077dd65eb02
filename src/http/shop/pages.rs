//! Pages of the catalogue, kept for a moment: during a sale most shoppers ask for the same page.
//! A page may be a second old and says so (`Age`). A change of the catalogue ends it earlier.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;

/// The greatest age of a page. A change of the catalogue that this server knows of ends it earlier.
const AGE_MAX: Duration = Duration::from_secs(1);
/// Pages kept at most, and bytes of one: some 16 MiB in all.
const PAGES_MAX: usize = 64;
const PAGE_BYTES_MAX: usize = 256 << 10;
/// The longest query, in bytes, whose page is kept.
const QUERY_BYTES_MAX: usize = 512;

struct Page {
    body: Bytes,
    read_at: Instant,
    /// The version of the catalogue from which it was read.
    catalogue: u64,
}

/// Pages by the text of the query that they answer.
#[derive(Default)]
pub(crate) struct Pages(Mutex<HashMap<Box<str>, Page>>);

impl Pages {
    /// The page for a query, if it is young enough, and its age in seconds, rounded up.
    pub(crate) fn get(&self, query: &str, catalogue: u64) -> Option<(Bytes, u64)> {
        let pages = self.0.lock();
        let page = pages.get(query).filter(|page| page.catalogue == catalogue)?;
        let age = page.read_at.elapsed();
        (age < AGE_MAX).then(|| (page.body.clone(), u64::from(age > Duration::ZERO)))
    }

    /// Keeps a page that was read at `read_at` from this version of the catalogue.
    pub(crate) fn keep(&self, query: &str, body: Bytes, read_at: Instant, catalogue: u64) {
        if query.len() > QUERY_BYTES_MAX || body.len() > PAGE_BYTES_MAX {
            return;
        }
        let mut pages = self.0.lock();
        let is_known = pages.contains_key(query);
        if pages.len() >= PAGES_MAX && !is_known {
            pages.retain(|_, page| page.catalogue == catalogue && page.read_at.elapsed() < AGE_MAX);
        }
        if pages.len() < PAGES_MAX || is_known {
            pages.insert(query.into(), Page { body, read_at, catalogue });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_for_a_second_and_not_beyond_a_change() {
        let pages = Pages::default();
        let long_ago = Instant::now().checked_sub(AGE_MAX).expect("the machine runs for longer");
        pages.keep("limit=1", Bytes::from_static(b"old"), long_ago, 7);
        assert_eq!(pages.get("limit=1", 7), None);
        pages.keep("limit=1", Bytes::from_static(b"new"), Instant::now(), 7);
        assert_eq!(pages.get("limit=1", 7), Some((Bytes::from_static(b"new"), 1)));
        assert_eq!((pages.get("limit=1", 8), pages.get("limit=2", 7)), (None, None));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let pages = Pages::default();
        for number in 0..2 * PAGES_MAX {
            pages.keep(&number.to_string(), Bytes::new(), Instant::now(), 1);
        }
        pages.keep("large", Bytes::from(vec![0; PAGE_BYTES_MAX + 1]), Instant::now(), 1);
        pages.keep("0", Bytes::from_static(b"new"), Instant::now(), 2);
        let kept = pages.get("0", 2).map(|(body, _)| body);
        assert_eq!(kept, Some(Bytes::from_static(b"new")), "a page that is known is kept anew");
        assert_eq!(pages.0.lock().len(), PAGES_MAX);
    }
}
