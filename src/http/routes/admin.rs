//! The routes by which the mall is run.

use super::super::events::{self, EventsAnswer};
use super::super::log::{self, LogAnswer, LogAsk};
use super::Need::Admin;
use super::{Route, get, put};

/// The log's filter belongs to this process and is gone with it: setting it again changes nothing,
/// so it takes no idempotency key.
#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    vec![
        get("/api/admin/events", Admin, "listAllEvents", "Every event, deals and coupons, with what it came to", to!(events::list)).asks(&[events::CURSOR, events::LIMIT]).answers::<EventsAnswer>(200),
        get("/api/admin/log-level", Admin, "getLogLevel", "What the log lets through", to!(log::get)).answers::<LogAnswer>(200),
        put("/api/admin/log-level", Admin, "setLogLevel", "Change what the log of this process lets through, until its restart", to!(log::set)).takes::<LogAsk>().answers::<LogAnswer>(200),
    ]
}
