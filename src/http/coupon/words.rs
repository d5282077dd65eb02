//! What the description of the API says of the values of coupons.

use crate::http::kit::openapi::words::words;

words! {
    DiscountKind "Money or a percentage." ["FIXED", "RATE"];
    CouponStatus "Where a coupon stands." ["ISSUED"];
    BatchState "How far a preparation is." ["PREPARING", "READY", "FAILED"];
    NoopStatus "It did nothing." ["OK"];
}
