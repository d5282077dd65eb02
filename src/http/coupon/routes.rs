//! The routes of coupons.

use super::coupons::{self, Nothing};
use super::events::{self, EventsAnswer};
use super::held::{self, HeldCouponsAnswer};
use super::open::{self, OpenEventsAnswer};
use super::shapes::{BatchAnswer, CouponAnswer, IssueAsk, PreloadAsk};
use crate::http::kit::code::Code;
use crate::http::kit::openapi::schema_of;
use crate::http::kit::route::Need::{Admin, Anyone, Seller, User};
use crate::http::kit::route::{ProblemMember, Route, Tag, get, post, to};
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAG: Tag =
    Tag::new("coupons", "Coupons of an event: prepared, then issued one to a person.");

/// What a refusal tells of the coupon somebody holds already.
pub(crate) const HELD: ProblemMember = ProblemMember {
    name: "coupon",
    about: "The coupon already held (code `DUPLICATE`).",
    schema: schema_of::<CouponAnswer>,
};

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/coupons/issue", User, "issueCouponShort", "Be issued a coupon (short address)", to!(coupons::issue)).charged_to(Group::Sale).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/coupons/issue", User, "issueCoupon", "Be issued a coupon of an event", to!(coupons::issue)).charged_to(Group::Sale).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/noop", User, "noop", "Nothing, by the same way as a coupon: the benchmark's yardstick", to!(coupons::noop)).charged_to(Group::Sale).takes::<IssueAsk>().answers::<Nothing>(200),
        post("/coupons/preload", Seller, "preloadCouponsShort", "Prepare the coupons of an event (short address)", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).located().fails(PRELOAD),
        post("/api/coupons/preload", Seller, "preloadCoupons", "Prepare the coupons of an event", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).located().fails(PRELOAD),
        get("/api/coupons/batches/{batchId}", Seller, "getCouponBatch", "How far the preparation is", to!(coupons::batch)).answers::<BatchAnswer>(200).fails(&[BatchNotFound]),
        get("/api/coupons/mine", User, "listOwnCoupons", "One's own coupons, those of the newest event first", to!(held::mine)).pages(&held::PAGES).answers::<HeldCouponsAnswer<'static>>(200),
        get("/api/coupons/events", User, "listOpenEvents", "Coupon events that are open or will be, the one that ends first before the others", to!(open::events)).asks(&[open::CURSOR]).answers::<OpenEventsAnswer<'static>>(200).aged().tagged(),
        get("/api/public/events", Anyone, "listShownEvents", "The same for everybody", to!(open::events)).charged_to(Group::Public).asks(&[open::CURSOR]).answers::<OpenEventsAnswer<'static>>(200).aged().tagged().fails(&[Busy, Unavailable]),
        get("/api/admin/events", Admin, "listAllEvents", "Every event, deals and coupons, with what it came to", to!(events::list)).charged_to(Group::Admin).pages(&events::PAGES).answers::<EventsAnswer>(200),
    ]
}

const ISSUE: &[Code] = &[
    Code::EventNotFound,
    Code::Duplicate,
    Code::SoldOut,
    Code::NotOpenYet,
    Code::EventClosed,
    Code::CouponsNotReady,
    Code::CouponsFailed,
];
const PRELOAD: &[Code] =
    &[Code::InvalidTerms, Code::ShopNotFound, Code::EventNotFound, Code::EventHasCoupons];
