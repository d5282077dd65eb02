//! The groups in which the operations stand.

use utoipa::openapi::tag::{Tag, TagBuilder};

/// Each group with what it is about, in the order in which they are shown.
const TAGS: &[(&str, &str)] = &[
    ("auth", "Accounts: sign up, log in and out, who one is."),
    ("shops", "Shops and what they have sold."),
    ("products", "The catalogue."),
    ("stocks", "How much there is of a product."),
    ("event", "Deals: lower prices for a while."),
    ("orders", "Orders, of one or several shops."),
    ("coupons", "Coupons of an event: prepared, then issued one to a person."),
    ("subscribe", "Followed products: who follows is told of their deals."),
    ("notifications", "One's own notices of deals."),
    ("live", "Connections that stay open: events as they come about."),
    ("operations", "For those who run and watch the server."),
];

/// The groups, described.
pub(super) fn all() -> Vec<Tag> {
    let tag = |(name, about): &(&str, &str)| {
        TagBuilder::new().name(*name).description(Some(*about)).build()
    };
    TAGS.iter().map(tag).collect()
}

/// The group of a path: its first part, where that is the name of one.
pub(super) fn of(path: &str) -> &'static str {
    let first = path.split('/').find(|part| !part.is_empty() && *part != "api");
    match first {
        Some("users") => "auth",
        // STOMP and the description of events stand with the rest of what is live.
        Some("ws" | "asyncapi.json") => "live",
        first => TAGS
            .iter()
            .map(|(name, _)| *name)
            .find(|name| Some(*name) == first)
            .unwrap_or("operations"),
    }
}
