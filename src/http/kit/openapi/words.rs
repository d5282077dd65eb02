//! What the document says of values: strings that are one of a list, numbers within bounds, and
//! times. Each has a name there, so that a generated client gets a type for it.

use hotdeal_domain::{AMOUNT_MAX, Currency, ID_MAX};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::super::code::Code;
use super::super::money::{DiscountAmount, Money};
use crate::auth::seen;
use crate::clock::{Stamp, WireStamp};

/// Names for strings that are one of a list, each with what it is and the list.
macro_rules! words {
    ($($name:ident $about:literal $all:expr;)+) => { $(
        #[doc = $about]
        pub(crate) struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let words: Vec<&'static str> = $all.to_vec();
                $crate::http::kit::openapi::words::one_of(&words, $about)
            }
        }

        impl utoipa::ToSchema for $name {}
    )+ };
}
pub(crate) use words;

words! {
    CurrencyCode "A currency (ISO 4217)." Currency::ALL.map(Currency::code);
    ProblemCode "The stable name of a reason to say no." problem_codes();
}

/// A string that is one of a list.
pub(crate) fn one_of(words: &[&'static str], about: &str) -> RefOr<Schema> {
    let list = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.to_vec()));
    list.description(Some(about)).into()
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

/// The name of a person or a shop.
pub(crate) struct PersonsName;
/// An identifier.
pub(crate) struct Id;
/// The price of a product: money above zero.
pub(crate) struct Price;

/// A whole number within bounds.
pub(crate) fn whole(low: i64, high: i64, about: &str) -> RefOr<Schema> {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    let format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    number.format(format).minimum(Some(low)).maximum(Some(high)).description(Some(about)).into()
}

/// A number.
pub(crate) fn number(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number).description(Some(about))
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

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        whole(1, ID_MAX, "An identifier.")
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

impl ToSchema for PersonsName {}
impl ToSchema for Id {}
impl ToSchema for Money {}
impl ToSchema for Price {}
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
