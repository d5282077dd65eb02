//! Time as the domain sees it: always an argument, never read.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The last instant whose year has four digits in every zone: 18 hours, the largest offset,
    /// before the year 9999 ends. Nothing can be promised for a later time.
    pub const LATEST: Self = Self(253_402_300_799_999 - 18 * 3_600_000);

    /// This instant `ms` milliseconds later; the largest instant if that is too late.
    #[must_use]
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Where an instant lies relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the start.
    Before,
    /// From the start on, before the end.
    Open,
    /// At the end or later.
    After,
}

/// The time in which something is on sale: from `start`, to just before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleWindow {
    /// The first instant inside.
    pub start: UnixMillis,
    /// The first instant outside again.
    pub end: UnixMillis,
}

impl SaleWindow {
    /// Where `at` lies. Compared at every use, so no job has to open or close anything.
    pub fn phase(&self, at: UnixMillis) -> Phase {
        if at < self.start {
            Phase::Before
        } else if at < self.end {
            Phase::Open
        } else {
            Phase::After
        }
    }
}
