//! The routes of orders.

use super::shapes::{
    CancelPartAsk, ExpectedTimeAsk, OrderAnswer, OrderAsk, OrderItemAsk, OrderPartAnswer,
    OrdersAnswer, RejectAsk, ShopOrdersAnswer,
};
use super::{csv, lists, orders, progress};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Seller, User};
use crate::http::kit::route::{Route, Tag, get, post, put, to};
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAG: Tag = Tag::new("orders", "Orders, of one or several shops.");

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/orders/v1", User, "orderOne", "Order one product", to!(orders::place_one)).charged_to(Group::Sale).mutates().takes::<OrderItemAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/v2", User, "orderV2", "Order several products: all or nothing", to!(orders::place)).charged_to(Group::Sale).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/products", User, "orderProducts", "Order several products: all or nothing", to!(orders::place)).charged_to(Group::Sale).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        get("/api/orders", User, "listOrders", "The caller's own orders, the newest first, a page at a time", to!(lists::own)).pages(&lists::PAGES).answers::<OrdersAnswer>(200),
        get("/api/orders/{orderId}", User, "getOrder", "An order of one's own", to!(orders::get)).explained(SEEN).answers::<OrderAnswer>(200).fails(&[OrderNotFound]),
        put("/api/orders/{orderId}", User, "cancelOrder", "Cancel an order of one's own; again changes nothing", to!(progress::cancel)).explained(CANCELLED).charged_to(Group::Sale).mutates().answers::<OrderAnswer>(200).fails(&[OrderNotFound, IllegalState]),
        post("/api/orders/{orderId}/cancel", User, "cancelOrderPart", "Cancel what one shop has in an order of one's own; again changes nothing", to!(progress::cancel_part)).charged_to(Group::Sale).mutates().takes::<CancelPartAsk>().answers::<OrderAnswer>(200).fails(&[OrderNotFound, ShopNotFound, IllegalState]),

        get("/api/shops/{shopId}/orders", Seller, "listShopOrders", "The orders of a shop, the newest first, a page at a time; also as CSV", to!(lists::of_shop)).explained(LISTED).asks(&[lists::PROGRESS, lists::FROM, lists::TO, lists::PRODUCT, lists::FORMAT]).pages(&lists::SHOP_PAGES).paged().answers::<ShopOrdersAnswer>(200).or_text(csv::MEDIA_NAME).fails(&[ShopNotFound]),
        post("/api/shops/{shopId}/orders/{orderId}/accept", Seller, "acceptOrder", "Take on the shop's part of an order, and say when it will be ready", to!(progress::accept)).mutates().takes::<ExpectedTimeAsk>().answers::<OrderPartAnswer>(200).fails(STEP),
        post("/api/shops/{shopId}/orders/{orderId}/delay", Seller, "delayOrder", "Name another time for a part that was taken on", to!(progress::delay)).mutates().takes::<ExpectedTimeAsk>().answers::<OrderPartAnswer>(200).fails(STEP),
        post("/api/shops/{shopId}/orders/{orderId}/ready", Seller, "readyOrder", "Say that a part that was taken on is ready", to!(progress::ready)).mutates().answers::<OrderPartAnswer>(200).fails(STEP),
        post("/api/shops/{shopId}/orders/{orderId}/done", Seller, "finishOrder", "Say that the buyer has a part that was ready", to!(progress::done)).mutates().answers::<OrderPartAnswer>(200).fails(STEP),
        post("/api/shops/{shopId}/orders/{orderId}/reject", Seller, "rejectOrder", "Reject the shop's part of an order: its stock returns", to!(progress::reject)).explained(REJECTED).mutates().takes::<RejectAsk>().answers::<OrderPartAnswer>(200).fails(STEP),
    ]
}

const SEEN: &str = "A seller also gets an order in which a shop of their own has a part: with its items, \
    what they come to, and its part alone.";
const CANCELLED: &str = "All that stands of it is cancelled. Once a shop has a part ready, that is refused; \
    parts of other shops can still be cancelled one by one.";
const LISTED: &str = "Each order has the shop's own items and part alone. CSV has a row for each item. A page \
    may be shorter than `limit` where orders have many items, or with `productId`, although the list goes on.";
const REJECTED: &str = "Other shops' parts of the order stand. An order of which no part stands is \
    `ORDER_CANCELLED`.";

const STEP: &[Code] = &[Code::ShopNotFound, Code::OrderNotFound, Code::IllegalState];
const ORDER: &[Code] = &[
    Code::ProductNotFound,
    Code::ProductShortage,
    Code::OrderTooLarge,
    Code::MixedCurrencies,
    Code::StockHeld,
    Code::TooManyHolds,
];
