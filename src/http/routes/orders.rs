//! The routes of orders.

use super::super::asks::{OrderAsk, OrderItemAsk};
use super::super::orders;
use super::super::shapes::OrderAnswer;
use super::Need::User;
use super::{Code, Route, get, post, put};

#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/orders/v1", User, "orderOne", "Order one product", to!(orders::place_one)).mutates().takes::<OrderItemAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/v2", User, "orderV2", "Order several products: all or nothing", to!(orders::place)).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        post("/api/orders/products", User, "orderProducts", "Order several products: all or nothing", to!(orders::place)).mutates().takes::<OrderAsk>().answers::<OrderAnswer>(200).fails(ORDER),
        get("/api/orders/{orderId}", User, "getOrder", "An order of one's own", to!(orders::get)).answers::<OrderAnswer>(200).fails(&[OrderNotFound]),
        put("/api/orders/{orderId}", User, "cancelOrder", "Cancel an order of one's own; again changes nothing", to!(orders::cancel)).mutates().answers::<OrderAnswer>(200).fails(&[OrderNotFound, IllegalState]),
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
