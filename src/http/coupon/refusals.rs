//! How refusals of coupons appear to a client.

use hotdeal_actors::coupon::{CouponError, IssuedCoupon};
use hotdeal_domain::UnixMillis;
use hotdeal_domain::coupon::{COUPONS_MAX, NAME_MAX, POLICIES_MAX, TermsRefusal};

use super::routes::HELD;
use super::shapes::CouponAnswer;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// The person holds a coupon of this event already.
fn already_issued(coupon: Box<IssuedCoupon>) -> Problem {
    Problem::from(Code::Duplicate)
        .with_member(HELD.name, move |zone| CouponAnswer::new(&coupon, zone))
}

/// The event opens later.
fn not_open_yet(at: UnixMillis) -> Problem {
    Problem::from(Code::NotOpenYet).opening_at(at)
}

/// Why terms are refused, naming the member.
pub(super) fn terms(refusal: TermsRefusal) -> Problem {
    let (member, ko, en) = match refusal {
        TermsRefusal::NameLength => (
            "name",
            format!("1자 이상 {NAME_MAX}자 이하여야 합니다"),
            format!("1 to {NAME_MAX} characters"),
        ),
        TermsRefusal::TotalOutOfRange => (
            "totalCount",
            format!("1 이상 {COUPONS_MAX} 이하여야 합니다"),
            format!("from 1 to {COUPONS_MAX}"),
        ),
        TermsRefusal::PolicyCount => (
            "policies",
            format!("1개 이상 {POLICIES_MAX}개 이하여야 합니다"),
            format!("1 to {POLICIES_MAX} policies"),
        ),
        TermsRefusal::EmptyPolicy => (
            "policies",
            "할인과 비율은 0일 수 없습니다".to_owned(),
            "each policy has a share and takes something off".to_owned(),
        ),
        TermsRefusal::SharesNotWhole => (
            "policies",
            "allocationPercentage의 합은 100이어야 합니다".to_owned(),
            "the shares add up to 100".to_owned(),
        ),
        TermsRefusal::WindowEmpty => {
            ("endsAt", "시작 시각보다 늦어야 합니다".to_owned(), "after startsAt".to_owned())
        }
        TermsRefusal::WindowPast => {
            ("endsAt", "이미 지난 시각입니다".to_owned(), "has passed".to_owned())
        }
        TermsRefusal::ValidityOutOfRange => (
            "validDays",
            "시작 이후이며 10년 이내여야 합니다".to_owned(),
            "at least a day, after the start, at most ten years".to_owned(),
        ),
    };
    Problem::from(Code::InvalidTerms).of_member(member).saying(&ko, &en)
}

impl From<CouponError> for Problem {
    fn from(error: CouponError) -> Self {
        match error {
            CouponError::NoSuchEvent => Code::EventNotFound.into(),
            CouponError::NoSuchShop => Code::ShopNotFound.into(),
            CouponError::AlreadyIssued(coupon) => already_issued(coupon),
            CouponError::NotOpenYet(at) => not_open_yet(at),
            CouponError::Closed => Code::EventClosed.into(),
            CouponError::SoldOut => Code::SoldOut.into(),
            CouponError::NotReady => Code::CouponsNotReady.into(),
            CouponError::PreparationFailed => Code::CouponsFailed.into(),
            CouponError::Terms(refusal) => terms(refusal),
            CouponError::Request(error) => error.into(),
        }
    }
}
