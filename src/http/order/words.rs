//! What the description of the API says of the values of orders.

use hotdeal_domain::order::{OrderState, PartState, RejectionReason};
use hotdeal_domain::shop::QUANTITY_MAX;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kit::openapi::words::{whole, words};

words! {
    OrderStatus "Where an order stands." OrderState::ALL.map(OrderState::name);
    PartProgress "How far a shop has come with its part of an order." PartState::ALL.map(PartState::name);
    RejectionReasonName "Why a shop's part of an order was rejected; `NOT_ANSWERED`: by itself, because the shop has not answered in time." RejectionReason::ALL.map(RejectionReason::name);
    GivenReasonName "Why a shop rejects its part of an order." RejectionReason::BY_HAND.map(RejectionReason::name);
}

/// Pieces of a product in one line.
pub(crate) struct Pieces;

impl PartialSchema for Pieces {
    fn schema() -> RefOr<Schema> {
        whole(1, i64::from(QUANTITY_MAX), "Pieces of a product.")
    }
}

impl ToSchema for Pieces {}
