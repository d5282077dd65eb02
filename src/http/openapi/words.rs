//! What the document says of values: strings that are one of a list, numbers within bounds, and
//! times. Each has a name there, so that a generated client gets a type for it.

use hotdeal_domain::{AMOUNT_MAX, Category, Currency, ID_MAX, OrderState, QUANTITY_MAX};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::super::code::Code;
use super::super::money::{DiscountAmount, Money};
use crate::auth::{EMAIL_MAX, seen};
use crate::clock::{Stamp, WireStamp};
use hotdeal_actors::api::{NewsKind, Role};
use hotdeal_actors::fanout::{Ending, Transport};

macro_rules! words {
    ($($name:ident $about:literal $all:expr;)+) => { $(
        #[doc = $about]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words: Vec<&'static str> = $all.to_vec();
                let list = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
                list.description(Some($about)).into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

words! {
    RoleName "What an account may do." Role::ALL.map(Role::name);
    CurrencyCode "A currency (ISO 4217)." Currency::ALL.map(Currency::code);
    CategoryCode "What kind of product it is." Category::ALL.map(Category::code);
    OrderStatus "Where an order stands." OrderState::ALL.map(OrderState::name);
    DiscountKind "Money or a percentage." ["FIXED", "RATE"];
    CouponStatus "Where a coupon stands." ["ISSUED"];
    BatchState "How far a preparation is." ["PREPARING", "READY", "FAILED"];
    DealKind "What kind of event it is." ["HOT_DEAL"];
    DealStatus "Where a deal stands." ["SCHEDULED", "RUNNING", "PAUSED", "ENDED", "CANCELLED"];
    ActorState "Where an actor stands." ["starting", "running", "passivating", "failed"];
    Observation "Whether the actor itself answered." ["alive", "timeout", "post_mortem"];
    NewsKindName "What happened to a deal." NewsKind::ALL.map(NewsKind::name);
    TransportName "How a live connection is kept." Transport::ALL.map(Transport::name);
    EndingReason "Why the server ended a live connection." Ending::ALL.map(Ending::name);
    HealthState "How the server is." ["ok", "ready"];
    NoopStatus "It did nothing." ["OK"];
    ProblemCode "The stable name of a reason to say no." problem_codes();
}

/// Every code once, whatever statuses it is sent with.
fn problem_codes() -> Vec<&'static str> {
    let mut known: Vec<&'static str> = Vec::new();
    for code in Code::ALL {
        if !known.contains(&code.wire()) {
            known.push(code.wire());
        }
    }
    known
}

/// The description of the API itself.
pub(crate) struct OpenApiDocument;
/// The description of live events.
pub(crate) struct AsyncApiDocument;
/// An e-mail address as an account has one.
pub(crate) struct EmailAddress;
/// The name of a person or a shop.
pub(crate) struct PersonsName;
/// Where a picture lies.
pub(crate) struct PictureAddress;
/// An identifier.
pub(crate) struct Id;
/// Pieces of a product in one line.
pub(crate) struct Pieces;
/// The price of a product: money above zero.
pub(crate) struct Price;
/// A percentage that leaves something to pay.
pub(crate) struct PercentOff;

fn whole(low: i64, high: i64, about: &str) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    let format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    number.format(format).minimum(Some(low)).maximum(Some(high)).description(Some(about)).into()
}

fn number(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).description(Some(about))
}

impl PartialSchema for OpenApiDocument {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        let document = object().property("openapi", text).property("info", object());
        let document = document.property("paths", object()).property("components", object());
        let about = Some("An OpenAPI 3.1 document.");
        document.required("openapi").required("info").required("paths").description(about).into()
    }
}

impl PartialSchema for AsyncApiDocument {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        let document = object().property("asyncapi", text).property("info", object());
        let document = document.property("channels", object()).property("operations", object());
        let document = document.property("components", object());
        let about = Some("An AsyncAPI 3 document.");
        document
            .required("asyncapi")
            .required("info")
            .required("channels")
            .description(about)
            .into()
    }
}

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        // Letters of other scripts are taken, too; no pattern that all tools read can name them.
        let host = "[0-9A-Za-z-]+";
        let pattern = format!(r"^[0-9A-Za-z!#$%&'*+/=?^_`{{|}}~.-]+@{host}(\.{host})+$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        text.max_length(Some(EMAIL_MAX)).description(Some("An e-mail address.")).into()
    }
}

impl PartialSchema for PersonsName {
    fn schema() -> RefOr<Schema> {
        // Readers of expressions differ in how they take what is beyond 16 bits, and some refuse
        // it: the few characters there that cannot be seen are left to the server.
        let unseen = seen::UNSEEN.iter().filter(|(_, last)| last.len_utf16() == 1);
        let unseen: String = unseen.map(|&(first, last)| format!("{first}-{last}")).collect();
        let pattern = format!(r"^[^{unseen}]*[^\s{unseen}][^{unseen}]*$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let about = "1 to 100 characters, all of which can be seen.";
        text.min_length(Some(1)).max_length(Some(100)).description(Some(about)).into()
    }
}

impl PartialSchema for PictureAddress {
    fn schema() -> RefOr<Schema> {
        // What `products::is_web_address` takes.
        let odd = r#"\s\x00-\x1f\x7f-\x9f"<>\\^`{|}"#;
        let pattern = format!("^([hH][tT][tT][pP][sS]?://[^{odd}/?#@]+([/?#][^{odd}]*)?)?$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let about = "Empty, or the `http` or `https` address of a picture.";
        text.max_length(Some(2_000)).description(Some(about)).into()
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        whole(1, ID_MAX, "An identifier.")
    }
}

impl PartialSchema for Pieces {
    fn schema() -> RefOr<Schema> {
        whole(1, i64::from(QUANTITY_MAX), "Pieces of a product.")
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        let about = "Money: an exact decimal with as many places as the currency has minor \
                     digits, and at most 2^53 - 1 of its minor units.";
        number(about).minimum(Some(0)).maximum(Some(AMOUNT_MAX)).into()
    }
}

impl PartialSchema for Price {
    fn schema() -> RefOr<Schema> {
        let about = "Money above zero, with at most as many decimal places as the currency has \
                     minor digits.";
        number(about).exclusive_minimum(Some(0)).maximum(Some(AMOUNT_MAX)).into()
    }
}

impl PartialSchema for PercentOff {
    fn schema() -> RefOr<Schema> {
        let about = "Percent above 0 and below 100, with at most two decimal places.";
        number(about).exclusive_minimum(Some(0)).exclusive_maximum(Some(100)).into()
    }
}

impl PartialSchema for DiscountAmount {
    fn schema() -> RefOr<Schema> {
        let about = "What is taken off: money for `FIXED`, percent (at most 100, with at most \
                     two decimal places) for `RATE`.";
        number(about).exclusive_minimum(Some(0)).maximum(Some(AMOUNT_MAX)).into()
    }
}

impl PartialSchema for Stamp {
    fn schema() -> RefOr<Schema> {
        let format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        let text = ObjectBuilder::new().schema_type(Type::String).format(format);
        text.description(Some("A time, with its offset from UTC (RFC 3339).")).into()
    }
}

impl ToSchema for OpenApiDocument {}
impl ToSchema for AsyncApiDocument {}
impl ToSchema for EmailAddress {}
impl ToSchema for PersonsName {}
impl ToSchema for PictureAddress {}
impl ToSchema for Id {}
impl ToSchema for Pieces {}
impl ToSchema for Money {}
impl ToSchema for Price {}
impl ToSchema for PercentOff {}
impl ToSchema for DiscountAmount {}
impl PartialSchema for WireStamp {
    fn schema() -> RefOr<Schema> {
        let format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
        let text = ObjectBuilder::new().schema_type(Type::String).format(format);
        let about = "A time, with its offset from UTC (RFC 3339). A server for clients that know no \
            offsets (setting `wire.local_times`) writes it without.";
        text.description(Some(about)).into()
    }
}

impl ToSchema for WireStamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "WireTime".into()
    }
}

impl ToSchema for Stamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
}
