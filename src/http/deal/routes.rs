//! The routes of deals.

use super::deals;
use super::public::{self, ShownDeals};
use super::shapes::{BestDealAnswer, DealAnswer, DealAsk, DealDetail, DealOpened};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Anyone, Seller, User};
use crate::http::kit::route::{Route, Tag, get, post, to};
use crate::http::shop::shapes::SearchAsk;
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAG: Tag = Tag::new("event", "Deals: lower prices for a while.");

const BEST_DEAL: &str = "For the caller: the caller's own limit counts, as does what is left of a quota. A product \
    is told with the deal and the price that an order of one piece by the caller would get \
    now; without one it is left out.";

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/event/create", Seller, "createEvent", "Open a deal: an admin on products of any shops, a seller on their own", to!(deals::open)).mutates().takes::<DealAsk>().up_to(deals::BODY_MAX_BYTES).answers::<DealOpened>(201).located().fails(DEAL),
        post("/api/event/search-event", User, "searchEvents", "The best running deal of each of several products", to!(deals::search)).takes::<SearchAsk>().lists::<BestDealAnswer>().explained(BEST_DEAL),
        get("/api/event", User, "listEvents", "Deals, the newest first", to!(deals::list)).pages(&deals::PAGES).lists::<DealAnswer>().paged(),
        get("/api/event/{eventId}", User, "getEvent", "A deal, its products and what has gone at its price", to!(deals::get)).pages(&deals::PAGES_OF_PRODUCTS).answers::<DealDetail>(200).fails(&[EventNotFound]),
        get("/api/public/deals", Anyone, "listShownDeals", "Deals for everybody: those that run, begin soon, or ended within a day", to!(public::deals)).charged_to(Group::Public).asks(&[public::CURSOR]).answers::<ShownDeals<'static>>(200).aged().tagged().fails(&[Busy, Unavailable]),
        post("/api/event/{eventId}/pause", Seller, "pauseEvent", "Stop a deal for a while", to!(deals::pause)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/resume", Seller, "resumeEvent", "Let a paused deal go on", to!(deals::resume)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/cancel", Seller, "cancelEvent", "Stop a deal for good; orders keep their prices", to!(deals::cancel)).mutates().needs_login().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
    ]
}

const DEAL: &[Code] =
    &[Code::ProductNotFound, Code::TooManyDeals, Code::MixedCurrencies, Code::DiscountTooLarge];
