//! The route table: everything this server answers, on one screen. The application, the role a
//! caller needs, the answers to wrong methods and the OpenAPI document all come from it.

use std::sync::LazyLock;

use futures_util::future::LocalBoxFuture;
use hotdeal_actors::api::Role;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::answer::Answer;
use super::asks::{IssueAsk, OrderAsk, OrderItemAsk, PreloadAsk, SearchAsk, ShopAsk};
use super::call::Call;
use super::code::Code::{self, *};
use super::coupons::Nothing;
use super::deals::{BestDealAnswer, DealAnswer, DealAsk, DealDetail, DealOpened};
use super::operations::{Explained, Health};
use super::problem::Problem;
use super::shapes::{BatchAnswer, CouponAnswer, OrderAnswer, SalesAnswer, ShopAnswer, StockAnswer};
use super::{coupons, deals, operations, orders, shops, stocks};

macro_rules! to {
    ($handler:path) => {
        |call| Box::pin($handler(call))
    };
}

mod accounts;
mod catalogue;

#[rustfmt::skip]
fn table() -> Vec<Route> {
    use Need::{Admin, Anyone, Seller, User};
    let others = vec![
        post("/coupons/issue", User, "issueCouponShort", "Be issued a coupon (short address)", to!(coupons::issue)).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/coupons/issue", User, "issueCoupon", "Be issued a coupon of an event", to!(coupons::issue)).mutates().takes::<IssueAsk>().answers::<CouponAnswer>(200).fails(ISSUE),
        post("/api/noop", User, "noop", "Nothing, by the same way as a coupon: the benchmark's yardstick", to!(coupons::noop)).takes::<IssueAsk>().answers::<Nothing>(200),
        post("/coupons/preload", Seller, "preloadCouponsShort", "Prepare the coupons of an event (short address)", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).fails(PRELOAD),
        post("/api/coupons/preload", Seller, "preloadCoupons", "Prepare the coupons of an event", to!(coupons::preload)).mutates().takes::<PreloadAsk>().answers::<BatchAnswer>(202).fails(PRELOAD),
        get("/api/coupons/batches/{batchId}", Seller, "getCouponBatch", "How far the preparation is", to!(coupons::batch)).answers::<BatchAnswer>(200).fails(&[BatchNotFound]),

        post("/api/orders/v1", User, "orderOne", "Order one product", to!(orders::place_one)).mutates().takes::<OrderItemAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/v2", User, "orderV2", "Order several products: all or nothing", to!(orders::place)).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/products", User, "orderProducts", "Order several products: all or nothing", to!(orders::place)).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        get("/api/orders/{orderId}", User, "getOrder", "An order of one's own", to!(orders::get)).answers::<OrderAnswer>(200).fails(&[OrderNotFound]),
        put("/api/orders/{orderId}", User, "cancelOrder", "Cancel an order of one's own; again changes nothing", to!(orders::cancel)).mutates().answers::<OrderAnswer>(200).fails(&[OrderNotFound, IllegalState]),

        post("/api/event/create", Admin, "createEvent", "Open a deal on products of any shops", to!(deals::open)).mutates().takes::<DealAsk>().up_to(deals::BODY_MAX_BYTES).answers::<DealOpened>(201).fails(DEAL),
        post("/api/event/search-event", User, "searchEvents", "The best running deal of each of several products", to!(deals::search)).takes::<SearchAsk>().lists::<BestDealAnswer>(),
        get("/api/event", User, "listEvents", "Deals, the newest first", to!(deals::list)).asks(&[q("after", false, "the last event id of the page before"), q("limit", false, "1 to 1000, default 100")]).lists::<DealAnswer>(),
        get("/api/event/{eventId}", User, "getEvent", "A deal, its products and what has gone at its price", to!(deals::get)).asks(&[q("after", false, "the last product id of the page before"), q("limit", false, "1 to 1000, default 100")]).answers::<DealDetail>(200).fails(&[EventNotFound]),
        post("/api/event/{eventId}/pause", Admin, "pauseEvent", "Stop a deal for a while", to!(deals::pause)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/resume", Admin, "resumeEvent", "Let a paused deal go on", to!(deals::resume)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),
        post("/api/event/{eventId}/cancel", Admin, "cancelEvent", "Stop a deal for good; orders keep their prices", to!(deals::cancel)).mutates().answers::<DealAnswer>(200).fails(&[EventNotFound, IllegalState]),

        post("/api/shops", Seller, "openShop", "Open a shop: an admin for anyone, a seller for oneself", to!(shops::open)).mutates().takes::<ShopAsk>().answers::<ShopAnswer>(201).fails(&[UserNotFound]),
        get("/api/shops/{shopId}", User, "getShop", "A shop", to!(shops::get)).answers::<ShopAnswer>(200).fails(&[ShopNotFound]),
        get("/api/shops/{shopId}/sales", Seller, "getSales", "What a shop has sold, by product", to!(shops::sales)).asks(&[q("after", false, "the last product id of the page before"), q("limit", false, "1 to 1000, default 100")]).lists::<SalesAnswer>().fails(&[ShopNotFound]),

        post("/api/stocks/search", User, "searchStocks", "The stock of several products", to!(stocks::search)).takes::<SearchAsk>().lists::<StockAnswer>(),
        get("/api/stocks/product/{productId}", User, "getStock", "The stock of a product", to!(stocks::get)).answers::<StockAnswer>(200).fails(&[ProductNotFound]),
        post("/api/stocks/product/{productId}/increase", Seller, "increaseStock", "Add pieces", to!(stocks::increase)).mutates().asks(&[q("quantity", true, "1 to 1000000")]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/reset", Seller, "resetStock", "Set the number of pieces", to!(stocks::reset)).mutates().asks(&[q("quantity", true, "0 to 1000000000, not below held and sold")]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/adjust", Seller, "adjustStock", "Add or take out pieces for a reason", to!(stocks::adjust)).mutates().asks(&[q("delta", true, "-1000000 to 1000000, not 0"), q("reason", true, "RETURN, WRITE_OFF or COUNT")]).answers::<StockAnswer>(200).fails(STOCK),

        get("/api/admin/actors", Admin, "listActors", "Every live actor", to!(operations::actors)).asks(&[q("kind", false, "only this kind"), q("after", false, "the last id of the page before"), q("limit", false, "1 to 500, default 50")]),
        get("/api/admin/actors/{kind}/{id}", Admin, "getActor", "One actor, its state and its last journal entries", to!(operations::actor)).fails(&[ActorNotFound]),
        get("/api/problems/{code}", Anyone, "explainProblem", "What the type of a problem means", to!(operations::explain)).answers::<Explained>(200).fails(&[NotFound]),
        get("/api/openapi.json", Anyone, "getOpenApi", "This document", to!(operations::describe)),
        get("/livez", Anyone, "getLiveness", "The process answers", to!(operations::live)).answers::<Health>(200),
        get("/readyz", Anyone, "getReadiness", "Requests can be served", to!(operations::ready)).answers::<Health>(200).fails(&[Unavailable]),
        get("/metrics", Anyone, "getMetrics", "Counters in OpenMetrics text", to!(operations::metrics)),
    ];
    [accounts::routes(), catalogue::routes(), others].into_iter().flatten().collect()
}

const ISSUE: &[Code] =
    &[EventNotFound, Duplicate, SoldOut, NotOpenYet, EventClosed, CouponsNotReady, CouponsFailed];
const PRELOAD: &[Code] = &[InvalidTerms, ShopNotFound, EventNotFound, EventHasCoupons];
const ORDER: &[Code] = &[ProductNotFound, ProductShortage, OrderTooLarge, MixedCurrencies];
const DEAL: &[Code] = &[ProductNotFound, TooManyDeals, MixedCurrencies];
const STOCK: &[Code] = &[ProductNotFound, StockBelowSold, StockTooMuch];

/// A parameter of the query.
fn q(name: &'static str, required: bool, about: &'static str) -> Parameter {
    Parameter { name, required, about }
}

/// Who may call a route. A route without a need cannot be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Anyone, logged in or not.
    Anyone,
    /// Any person with an account.
    User,
    /// A seller, for the own shop; an admin.
    Seller,
    /// An admin.
    Admin,
}

impl Need {
    /// Whether a caller with this role may call.
    pub(crate) const fn admits(self, role: Role) -> bool {
        match (self, role) {
            (Self::Anyone, _) | (_, Role::Admin) => true,
            (Self::User, Role::User | Role::Seller | Role::Counsellor)
            | (Self::Seller, Role::Seller) => true,
            // A partner's server signs its calls; it has no use for a person's routes.
            (Self::User, Role::Partner) => false,
            (Self::Seller, Role::User | Role::Counsellor | Role::Partner) => false,
            (Self::Admin, Role::User | Role::Seller | Role::Counsellor | Role::Partner) => false,
        }
    }
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
}

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
    pub(crate) handler: Handler,
    /// The body it takes, if it takes one.
    pub(crate) takes: Option<SchemaOf>,
    /// The media types of a body that is no JSON.
    pub(crate) media: &'static [&'static str],
    /// The largest body, in bytes, where it is not the usual one.
    pub(crate) body_max: Option<usize>,
    /// The status and body of its success.
    pub(crate) answers: (u16, Option<SchemaOf>),
    pub(crate) query: Vec<Parameter>,
    /// The codes it can fail with, besides those every route can.
    pub(crate) fails: &'static [Code],
    /// Whether it changes anything, and so honours an idempotency key.
    pub(crate) mutates: bool,
    /// Its place in the table.
    pub(crate) place: usize,
}

fn route(
    verb: Verb,
    path: &'static str,
    need: Need,
    id: &'static str,
    summary: &'static str,
    handler: Handler,
) -> Route {
    let (takes, answers, fails) = (None, (200, None), [].as_slice());
    let (query, mutates, place) = (Vec::new(), false, 0);
    Route {
        verb,
        path,
        need,
        id,
        summary,
        handler,
        takes,
        media: &[],
        body_max: None,
        answers,
        query,
        fails,
        mutates,
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
            handler: Handler,
        ) -> Route {
            route(Verb::$verb, path, need, id, summary, handler)
        }
    )+ };
}
verbs! { get Get post Post put Put delete Delete }

impl Route {
    fn mutates(mut self) -> Self {
        self.mutates = true;
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

    fn lists<T: ToSchema>(mut self) -> Self {
        self.answers = (200, Some(super::openapi::list_of::<T>));
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
    routes.iter_mut().enumerate().for_each(|(place, route)| route.place = place);
    routes
});

/// One path and what it takes.
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    get: Option<&'static Route>,
    post: Option<&'static Route>,
    put: Option<&'static Route>,
    delete: Option<&'static Route>,
    /// The methods it takes, as the `Allow` header lists them.
    pub(crate) allow: String,
}

impl Resource {
    /// The route for a method; `HEAD` is a `GET` whose body is left out.
    pub(crate) fn route(&self, method: &actix_web::http::Method) -> Option<&'static Route> {
        match method.as_str() {
            "POST" => self.post,
            "GET" | "HEAD" => self.get,
            "PUT" => self.put,
            "DELETE" => self.delete,
            _ => None,
        }
    }
}

/// Every path, those without parameters first, so that a name is never taken for an id.
pub(crate) static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(|| {
    let mut resources: Vec<Resource> = Vec::new();
    for route in ROUTES.iter() {
        let known = resources.iter().position(|resource| resource.path == route.path);
        let place = known.unwrap_or_else(|| {
            let (path, allow) = (route.path, String::new());
            resources.push(Resource {
                path,
                get: None,
                post: None,
                put: None,
                delete: None,
                allow,
            });
            resources.len() - 1
        });
        let resource = &mut resources[place];
        let (slot, name) = match route.verb {
            Verb::Get => (&mut resource.get, "GET, HEAD"),
            Verb::Post => (&mut resource.post, "POST"),
            Verb::Put => (&mut resource.put, "PUT"),
            Verb::Delete => (&mut resource.delete, "DELETE"),
        };
        assert!(slot.replace(route).is_none(), "{} is in the table twice", route.path);
        let comma = if resource.allow.is_empty() { "" } else { ", " };
        resource.allow.push_str(comma);
        resource.allow.push_str(name);
    }
    resources.sort_by_key(|resource| resource.path.contains('{'));
    resources
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
            "explainProblem",
            "getOpenApi",
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

    #[test]
    fn a_path_lists_all_its_methods() {
        let orders = RESOURCES.iter().find(|resource| resource.path == "/api/orders/{orderId}");
        assert_eq!(orders.map(|resource| resource.allow.as_str()), Some("GET, HEAD, PUT"));
    }
}
