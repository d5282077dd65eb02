//! What the description of the API says of the values of coupons.

use hotdeal_domain::DiscountType;
use hotdeal_domain::coupon::BatchStatus;

use crate::http::kit::openapi::words::words;

/// The one state of a coupon that clients see.
pub(crate) const ISSUED: &str = "ISSUED";

words! {
    DiscountKind "Money or a percentage." DiscountType::ALL.map(DiscountType::name);
    CouponStatus "Where a coupon stands." [ISSUED];
    BatchState "How far a preparation is." BatchStatus::ALL.map(BatchStatus::name);
    NoopStatus "It did nothing." ["OK"];
}
