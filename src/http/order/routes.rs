//! The routes of orders.

use super::orders;
use super::shapes::{OrderAnswer, OrderAsk, OrderItemAsk};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::User;
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
        get("/api/orders/{orderId}", User, "getOrder", "An order of one's own", to!(orders::get)).answers::<OrderAnswer>(200).fails(&[OrderNotFound]),
        put("/api/orders/{orderId}", User, "cancelOrder", "Cancel an order of one's own; again changes nothing", to!(orders::cancel)).charged_to(Group::Sale).mutates().answers::<OrderAnswer>(200).fails(&[OrderNotFound, IllegalState]),
    ]
}

const ORDER: &[Code] = &[
    Code::ProductNotFound,
    Code::ProductShortage,
    Code::OrderTooLarge,
    Code::MixedCurrencies,
    Code::StockHeld,
    Code::TooManyHolds,
];
