//! The routes by which the server is run and watched.

use super::health::{self, Health};
use super::history::{PastAnswer, StockSeriesAnswer};
use super::log::{self, LogAnswer, LogAsk};
use super::shapes::{ActorDetailAnswer, ActorsAnswer};
use super::{actors, history, metrics};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Admin, Anyone};
use crate::http::kit::route::{Route, Tag, get, put, to};
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAG: Tag = Tag::new("operations", "For those who run and watch the server.");

/// The filter of the log belongs to this process and ends with it. Setting it twice has the effect
/// of setting it once, so it takes no idempotency key.
#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        get("/api/admin/log-level", Admin, "getLogLevel", "What the log lets through", to!(log::get)).charged_to(Group::Admin).answers::<LogAnswer>(200),
        put("/api/admin/log-level", Admin, "setLogLevel", "Change what the log of this process lets through, until its restart", to!(log::set)).charged_to(Group::Admin).takes::<LogAsk>().answers::<LogAnswer>(200),
        get("/api/admin/actors", Admin, "listActors", "Every live actor", to!(actors::list)).charged_to(Group::Admin).asks(&[actors::KIND]).pages(&actors::PAGES).answers::<ActorsAnswer>(200),
        get("/api/admin/actors/{kind}/{id}", Admin, "getActor", "One actor, its state and its last journal entries", to!(actors::get)).charged_to(Group::Admin).answers::<ActorDetailAnswer>(200).fails(&[ActorNotFound]),
        get("/api/admin/history/{kind}/{id}", Admin, "getHistory", "A stream of a shop, an event or a deal as it was at a fact or a time", to!(history::at)).charged_to(Group::Admin).asks(&[history::PRODUCT, history::AT, history::SEQUENCE]).answers::<PastAnswer>(200).fails(&[HistoryNotFound]),
        get("/api/admin/shops/{shopId}/stock-history", Admin, "getStockHistory", "How the stock of a shop, or of one product, came to be what it is", to!(history::stock_series)).charged_to(Group::Admin).asks(&[history::PRODUCT]).answers::<StockSeriesAnswer>(200).fails(&[HistoryNotFound]),
        get("/livez", Anyone, "getLiveness", "The process answers", to!(health::live)).uncharged().answers::<Health>(200),
        get("/readyz", Anyone, "getReadiness", "Requests can be served", to!(health::ready)).uncharged().answers::<Health>(200).fails(&[Unavailable]),
        get("/metrics", Anyone, "getMetrics", "Metrics in the text format of Prometheus, or as OpenMetrics", to!(metrics::written)).uncharged().answers_text(metrics::MEDIA),
    ]
}
