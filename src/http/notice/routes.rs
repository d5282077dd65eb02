//! The routes of followed products and of notices.

use super::notices::{self, NoticesAnswer, ReadAnswer, ReadAsk, TellingAnswer};
use super::subscriptions::{self, SubscriptionAnswer};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Admin, User};
use crate::http::kit::route::{Route, Tag, delete, get, post, to};
use crate::http::shop::shapes::SearchAsk;
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAGS: [Tag; 2] = [
    Tag::new("subscribe", "Followed products: who follows is told of their deals."),
    Tag::new("notifications", "One's own notices of deals."),
];

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/subscribe/sub-product", User, "subscribe", "Follow products, to be told of their deals", to!(subscriptions::subscribe)).mutates().takes::<SearchAsk>().answers_list::<SubscriptionAnswer>(201).fails(&[ProductNotFound, UserNotFound, TooManySubscriptions]),
        get("/api/subscribe/search-sub-user", User, "searchSubscribers", "Who follows a product: an admin sees all, others only themselves", to!(subscriptions::search)).asks(&[subscriptions::PRODUCT]).pages(&subscriptions::PAGES).lists::<SubscriptionAnswer>().paged().fails(&[ProductNotFound]),
        delete("/api/subscribe/cancel-sub", User, "unsubscribe", "Follow a product no longer; answers what has ended", to!(subscriptions::cancel)).mutates().asks(&[subscriptions::PRODUCT, subscriptions::USER]).lists::<SubscriptionAnswer>().fails(&[SubscriptionNotFound, UserNotFound]),
        get("/api/notifications", User, "listNotifications", "One's own notices of deals, the newest first, as long as they are kept", to!(notices::list)).pages(&notices::PAGES).asks(&[notices::UNREAD]).answers::<NoticesAnswer>(200),
        post("/api/notifications/read", User, "readNotifications", "Mark notices of one's own as read", to!(notices::read)).mutates().takes::<ReadAsk>().answers::<ReadAnswer>(200).fails(&[NotificationNotFound, UserNotFound]),
        get("/api/admin/notifications", Admin, "getTelling", "What is being told of deals, how far and how fast", to!(notices::telling)).charged_to(Group::Admin).answers::<TellingAnswer>(200),
    ]
}
