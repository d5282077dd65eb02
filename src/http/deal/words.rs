//! What the description of the API says of the values of deals.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kit::openapi::words::{number, words};

words! {
    DealKind "What kind of event it is." ["HOT_DEAL"];
    DealStatus "Where a deal stands." ["SCHEDULED", "RUNNING", "PAUSED", "ENDED", "CANCELLED"];
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
