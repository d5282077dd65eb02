//! Coupons of events: prepared before the sale, and given out one to a person.
//!
//! The coupons of an event are a stream of their own (`event:{id}`), apart from the deal of the same event,
//! with the `EventActor` as owner. A coupon's code is derived from the event's key and the coupon's number
//! (`codes.rs`), on the thread of the caller. Once all are given out and durable, callers are refused without
//! asking the actor (`EventCard::refusal`).

mod actor;
mod api;
pub(crate) mod audit;
pub(crate) mod codes;
mod coupons;
mod error;
mod preload;
mod prepare;
pub(crate) mod read;
pub(crate) mod rows;

use crate::deal::Deals;
use crate::host::Host;
use crate::host::directory::Directory;
use crate::host::shell::{Answer, Request};
use crate::shop::Shops;

pub(crate) use actor::EventActor;
pub use api::*;
pub use error::CouponError;

/// What can be asked of coupons and events. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Coupons {
    host: Host,
    shops: Shops,
    deals: Deals,
    events: Directory<EventActor>,
}

impl Coupons {
    pub(crate) fn new(
        host: Host,
        shops: Shops,
        deals: Deals,
        events: Directory<EventActor>,
    ) -> Self {
        Self { host, shops, deals, events }
    }
}

impl Answer for BatchView {}
impl Answer for CouponsLeft {}

impl Request for IssueCoupon {
    type Answer = actor::Granted;
    type Error = CouponError;
}

impl Request for actor::CountLeft {
    type Answer = CouponsLeft;
    type Error = CouponError;
}

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, CouponError>;
