//! What the description of the API says of the values of deals.

use hotdeal_domain::deal::DealStage;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kit::openapi::words::{number, words};

/// The one kind of event with a price of its own.
pub(crate) const HOT_DEAL: &str = "HOT_DEAL";

words! {
    DealKind "What kind of event it is." [HOT_DEAL];
    DealStatus "Where a deal stands." DealStage::ALL.map(DealStage::name);
}

/// A percentage that leaves something to pay.
pub(crate) struct PercentOff;

impl PartialSchema for PercentOff {
    fn schema() -> RefOr<Schema> {
        let about = "Percent above 0 and below 100, with at most two decimal places.";
        number(about).exclusive_minimum(Some(0)).exclusive_maximum(Some(100)).into()
    }
}

impl ToSchema for PercentOff {}
