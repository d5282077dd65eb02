//! What the description of the API says of the values of orders.

use hotdeal_domain::order::OrderState;
use hotdeal_domain::shop::QUANTITY_MAX;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kit::openapi::words::{whole, words};

words! {
    OrderStatus "Where an order stands." OrderState::ALL.map(OrderState::name);
}

/// Pieces of a product in one line.
pub(crate) struct Pieces;

impl PartialSchema for Pieces {
    fn schema() -> RefOr<Schema> {
        whole(1, i64::from(QUANTITY_MAX), "Pieces of a product.")
    }
}

impl ToSchema for Pieces {}
