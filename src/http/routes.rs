//! The route table: everything this server answers, on one screen. The application, the role a
//! caller needs, the answers to wrong methods and the OpenAPI document all come from it.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use futures_util::future::LocalBoxFuture;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::answer::Answer;
use super::asks::{IssueAsk, PreloadAsk, SearchAsk, ShopAsk};
use super::call::Call;
use super::code::Code::{self, *};
use super::coupons::Nothing;
use super::deals::{BestDealAnswer, DealAnswer, DealAsk, DealDetail, DealOpened};
use super::openapi::words::OpenApiDocument;
use super::operations::{ActorDetailAnswer, ActorsAnswer, Explained, Health};
use super::problem::Problem;
use super::query::Parameter;
use super::shapes::{BatchAnswer, CouponAnswer, SalesAnswer, ShopAnswer, StockAnswer};
use super::{coupons, deals, docs, operations, shops, stocks};
use crate::limits::Group;

pub(crate) use need::Need;
pub(crate) use resource::{RESOURCES, Resource};

macro_rules! to {
    ($handler:path) => {
        $crate::http::routes::Way::Answers(|call| Box::pin($handler(call)))
    };
}

mod accounts;
mod admin;
mod catalogue;
mod group;
mod live;
mod need;
mod notices;
mod orders;
mod resource;

#[rustfmt::skip]
fn table() -> Vec<Route> {
    use Need::{Admin, Anyone, Seller, User};
    let others = vec![
        post("/coupons/issue", User, "issueCouponShort", "Be issued a coupon (short address)", to!(coupons::issue)).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/coupons/issue", User, "issueCoupon", "Be issued a coupon of an event", to!(coupons::issue)).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/noop", User, "noop", "Nothing, by the same way as a coupon: the benchmark's yardstick", to!(coupons::noop)).takes::<IssueAsk>().answers::<Nothing>(200),
        post("/coupons/preload", Seller, "preloadCouponsShort", "Prepare the coupons of an event (short address)", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).located().fails(PRELOAD),
        post("/api/coupons/preload", Seller, "preloadCoupons", "Prepare the coupons of an event", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).located().fails(PRELOAD),
        get("/api/coupons/batches/{batchId}", Seller, "getCouponBatch", "How far the preparation is", to!(coupons::batch)).answers::<BatchAnswer>(200).fails(&[BatchNotFound]),

        post("/api/event/create", Admin, "createEvent", "Open a deal on products of any shops", to!(deals::open)).mutates().takes::<DealAsk>().up_to(deals::BODY_MAX_BYTES).answers::<DealOpened>(201).located().fails(DEAL),
        post("/api/event/search-event", User, "searchEvents", "The best running deal of each of several products", to!(deals::search)).takes::<SearchAsk>().lists::<BestDealAnswer>(),
        get("/api/event", User, "listEvents", "Deals, the newest first", to!(deals::list)).asks(&[deals::BEFORE, deals::LIMIT]).lists::<DealAnswer>(),
        get("/api/event/{eventId}", User, "getEvent", "A deal, its products and what has gone at its price", to!(deals::get)).asks(&[deals::AFTER, deals::LIMIT]).answers::<DealDetail>(200).fails(&[EventNotFound]),
        post("/api/event/{eventId}/pause", Admin, "pauseEvent", "Stop a deal for a while", to!(deals::pause)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/resume", Admin, "resumeEvent", "Let a paused deal go on", to!(deals::resume)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/cancel", Admin, "cancelEvent", "Stop a deal for good; orders keep their prices", to!(deals::cancel)).mutates().needs_login().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),

        post("/api/shops", Seller, "openShop", "Open a shop: an admin for anyone, a seller for oneself", to!(shops::open)).mutates().takes::<ShopAsk>().answers::<ShopAnswer>(201).located().fails(&[UserNotFound]),
        get("/api/shops/{shopId}", User, "getShop", "A shop", to!(shops::get)).answers::<ShopAnswer>(200).fails(&[ShopNotFound]),
        get("/api/shops/{shopId}/sales", Seller, "getSales", "What a shop has sold, by product", to!(shops::sales)).asks(&[shops::AFTER, shops::LIMIT]).lists::<SalesAnswer>().fails(&[ShopNotFound]),

        post("/api/stocks/search", User, "searchStocks", "The stock of several products", to!(stocks::search)).takes::<SearchAsk>().lists::<StockAnswer>(),
        get("/api/stocks/product/{productId}", User, "getStock", "The stock of a product", to!(stocks::get)).answers::<StockAnswer>(200).fails(&[ProductNotFound]),
        post("/api/stocks/product/{productId}/increase", Seller, "increaseStock", "Add pieces", to!(stocks::increase)).mutates().asks(&[stocks::ADDED]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/reset", Seller, "resetStock", "Set the number of pieces", to!(stocks::reset)).mutates().asks(&[stocks::RESET]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/adjust", Seller, "adjustStock", "Add or take out pieces for a reason", to!(stocks::adjust)).mutates().asks(&[stocks::DELTA, stocks::REASON]).answers::<StockAnswer>(200).fails(STOCK),

        get("/api/admin/actors", Admin, "listActors", "Every live actor", to!(operations::actors)).asks(&[operations::KIND, operations::AFTER, operations::LIMIT]).answers::<ActorsAnswer>(200),
        get("/api/admin/actors/{kind}/{id}", Admin, "getActor", "One actor, its state and its last journal entries", to!(operations::actor)).answers::<ActorDetailAnswer>(200).fails(&[ActorNotFound]),
        get("/api/problems/{code}", Anyone, "explainProblem", "What the type of a problem means", to!(operations::explain)).answers::<Explained>(200).fails(&[NotFound]),
        get("/api/openapi.json", Anyone, "getOpenApi", "This document", to!(operations::describe)).answers::<OpenApiDocument>(200),
        get("/docs", Anyone, "showDocs", "This document as an interactive page", to!(docs::page)).answers_text(&[docs::PAGE_MEDIA]),
        get("/api/docs", Anyone, "showApiDocs", "This document as an interactive page (second address)", to!(docs::page)).answers_text(&[docs::PAGE_MEDIA]),
        get("/docs/{file}", Anyone, "getDocsFile", "What the interactive page is made of", to!(docs::part)).answers_text(docs::FILES_MEDIA).fails(&[NotFound]),
        get("/livez", Anyone, "getLiveness", "The process answers", to!(operations::live)).answers::<Health>(200),
        get("/readyz", Anyone, "getReadiness", "Requests can be served", to!(operations::ready)).answers::<Health>(200).fails(&[Unavailable]),
        get("/metrics", Anyone, "getMetrics", "Metrics in the text format of Prometheus, or as OpenMetrics", to!(operations::metrics)).answers_text(operations::METRICS_MEDIA),
    ];
    let parts = [
        accounts::routes(),
        admin::routes(),
        catalogue::routes(),
        notices::routes(),
        orders::routes(),
        live::routes(),
        others,
    ];
    parts.into_iter().flatten().collect()
}

const ISSUE: &[Code] =
    &[EventNotFound, Duplicate, SoldOut, NotOpenYet, EventClosed, CouponsNotReady, CouponsFailed];
const PRELOAD: &[Code] = &[InvalidTerms, ShopNotFound, EventNotFound, EventHasCoupons];
const DEAL: &[Code] = &[ProductNotFound, TooManyDeals, MixedCurrencies, DiscountTooLarge];
const STOCK: &[Code] = &[ProductNotFound, StockBelowSold, StockTooMuch, StockHeld];

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What becomes of a call.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// It is answered.
    Answers(Handler),
    /// It opens a connection that goes on; its body is not read, for it may never end.
    Opens(Opener),
}

/// Opens a live connection.
pub(crate) type Opener =
    for<'a> fn(&'a Call, Payload) -> LocalBoxFuture<'a, Result<HttpResponse, Problem>>;
/// Handles a call.
pub(crate) type Handler = for<'a> fn(&'a Call) -> LocalBoxFuture<'a, Result<Answer, Problem>>;
/// Named schemas that others refer to.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;
/// Adds the schemas of a type and refers to it.
pub(crate) type SchemaOf = fn(&mut Schemas) -> RefOr<Schema>;

/// One line of the table.
pub(crate) struct Route {
    pub(crate) verb: Verb,
    pub(crate) path: &'static str,
    pub(crate) need: Need,
    /// The operation's stable name.
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) way: Way,
    /// Whether a ticket in the query lets a caller in as well as a token does.
    pub(crate) takes_ticket: bool,
    /// The body it takes, if it takes one.
    pub(crate) takes: Option<SchemaOf>,
    /// The media types of a body that is no JSON.
    pub(crate) media: &'static [&'static str],
    /// The largest body, in bytes, where it is not the usual one.
    pub(crate) body_max: Option<usize>,
    /// The status and body of its success.
    pub(crate) answers: (u16, Option<SchemaOf>),
    /// The media types that body can have.
    pub(crate) answers_media: &'static [&'static str],
    /// Whether its success says where what was made can be found.
    pub(crate) located: bool,
    /// The answer may be a second old and says so.
    pub(crate) aged: bool,
    /// Whether browsers send what they have for this address (cookies), and let a page read the
    /// answer only if it says that it may.
    pub(crate) with_credentials: bool,
    /// Whether its list can go on, and says then where.
    pub(crate) paged: bool,
    pub(crate) query: Vec<Parameter>,
    /// The codes it can fail with, besides those every route can.
    pub(crate) fails: &'static [Code],
    /// Whether it changes anything, and so honours an idempotency key.
    pub(crate) mutates: bool,
    /// The allowances its calls are charged to; `None` for what a probe asks.
    pub(crate) group: Option<Group>,
    /// Whether its body or answer holds a secret, which nothing may be kept of.
    pub(crate) secret: bool,
    /// Whether it makes the token it is called with void, so that its repeat comes without one.
    pub(crate) ends_token: bool,
    /// Whether a token that was renewed is not enough: it undoes what others rely on.
    pub(crate) needs_login: bool,
    /// Its place in the table.
    pub(crate) place: usize,
}

fn route(
    verb: Verb,
    path: &'static str,
    need: Need,
    id: &'static str,
    summary: &'static str,
    way: Way,
) -> Route {
    let (takes, answers, fails) = (None, (200, None), [].as_slice());
    let (query, mutates, place) = (Vec::new(), false, 0);
    Route {
        verb,
        path,
        need,
        id,
        summary,
        way,
        takes_ticket: false,
        takes,
        media: &[],
        body_max: None,
        answers,
        answers_media: &["application/json"],
        located: false,
        aged: false,
        with_credentials: false,
        paged: false,
        query,
        fails,
        mutates,
        group: None,
        secret: path.starts_with("/api/auth/"),
        ends_token: false,
        needs_login: false,
        place,
    }
}

macro_rules! verbs {
    ($($function:ident $verb:ident)+) => { $(
        fn $function(
            path: &'static str,
            need: Need,
            id: &'static str,
            summary: &'static str,
            way: Way,
        ) -> Route {
            route(Verb::$verb, path, need, id, summary, way)
        }
    )+ };
}
verbs! { get Get post Post put Put patch Patch delete Delete }

impl Route {
    fn mutates(mut self) -> Self {
        self.mutates = true;
        self
    }

    fn takes_ticket(mut self) -> Self {
        self.takes_ticket = true;
        self
    }

    /// It leaves HTTP for another protocol.
    fn switches(mut self) -> Self {
        self.answers = (101, None);
        self
    }

    /// Whether it opens a connection that goes on.
    pub(crate) fn opens(&self) -> bool {
        matches!(self.way, Way::Opens(_))
    }

    fn ends_token(mut self) -> Self {
        self.ends_token = true;
        self
    }

    fn needs_login(mut self) -> Self {
        self.needs_login = true;
        self
    }

    fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Some(super::openapi::schema_of::<T>);
        self
    }

    fn takes_text(mut self, media: &'static [&'static str]) -> Self {
        self.takes = Some(super::openapi::text);
        self.media = media;
        self
    }

    fn up_to(mut self, bytes: usize) -> Self {
        self.body_max = Some(bytes);
        self
    }

    fn answers_nothing(mut self) -> Self {
        self.answers = (204, None);
        self
    }

    fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        self.answers = (status, Some(super::openapi::schema_of::<T>));
        self
    }

    fn lists<T: ToSchema>(self) -> Self {
        self.answers_list::<T>(200)
    }

    fn answers_list<T: ToSchema>(mut self, status: u16) -> Self {
        self.answers = (status, Some(super::openapi::list_of::<T>));
        self
    }

    fn answers_text(mut self, media: &'static [&'static str]) -> Self {
        self.answers = (200, Some(super::openapi::text));
        self.answers_media = media;
        self
    }

    fn aged(mut self) -> Self {
        self.aged = true;
        self
    }

    fn with_credentials(mut self) -> Self {
        self.with_credentials = true;
        self
    }

    fn located(mut self) -> Self {
        self.located = true;
        self
    }

    fn paged(mut self) -> Self {
        self.paged = true;
        self
    }

    fn asks(mut self, query: &[Parameter]) -> Self {
        self.query = query.to_vec();
        self
    }

    fn fails(mut self, codes: &'static [Code]) -> Self {
        self.fails = codes;
        self
    }
}

/// Every route.
pub(crate) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut routes = table();
    for (place, route) in routes.iter_mut().enumerate() {
        (route.place, route.group) = (place, group::of(route));
    }
    routes
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_a_name_of_its_own() {
        let mut names: Vec<&str> = ROUTES.iter().map(|route| route.id).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROUTES.len());
    }

    #[test]
    fn only_what_must_be_is_open_to_anyone() {
        let open: Vec<&str> =
            ROUTES.iter().filter(|r| r.need == Need::Anyone).map(|route| route.id).collect();
        let expected = [
            "signUp",
            "logIn",
            "reissue",
            "openStomp",
            "openStompWebSocket",
            "getSockJsInfo",
            "openStompOverSockJs",
            "getAsyncApi",
            "explainProblem",
            "getOpenApi",
            "showDocs",
            "showApiDocs",
            "getDocsFile",
            "getLiveness",
            "getReadiness",
            "getMetrics",
        ];
        assert_eq!(open, expected);
    }

    #[test]
    fn what_changes_something_is_no_get() {
        assert!(ROUTES.iter().all(|route| !(route.mutates && route.verb == Verb::Get)));
    }
}
