//! How refusals of deals appear to a client.

use hotdeal_actors::deal::DealError;
use hotdeal_domain::ProductId;
use hotdeal_domain::deal::{DEAL_DAYS_MAX, DEAL_PRODUCTS_MAX, DealMoveRefusal, DealRefusal};
use hotdeal_domain::shop::{ON_HAND_MAX, QUANTITY_MAX};

use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::shop::refusals::unknown_products;

/// Why the terms of a deal are refused, naming the member.
pub(super) fn terms(refusal: DealRefusal) -> Problem {
    match refusal {
        DealRefusal::DiscountOutOfRange => Problem::value(
            "eventDiscount",
            "할인율은 0보다 크고 100보다 작아야 하며, 할인 금액은 0보다 커야 합니다",
            "a percentage above 0 and below 100, or an amount above 0",
        ),
        DealRefusal::WindowEmpty => {
            Problem::value("endEventTime", "시작 시각보다 늦어야 합니다", "after startEventTime")
        }
        DealRefusal::WindowPast => {
            Problem::value("endEventTime", "이미 지난 시각입니다", "has passed")
        }
        DealRefusal::WindowTooLong => Problem::value(
            "endEventTime",
            &format!("{DEAL_DAYS_MAX}일을 넘을 수 없습니다"),
            &format!("at most {DEAL_DAYS_MAX} days after startEventTime"),
        ),
        DealRefusal::QuotaOutOfRange => Problem::out_of_range("quota", 1, ON_HAND_MAX),
        DealRefusal::PersonLimitOutOfRange => Problem::out_of_range("personLimit", 1, QUANTITY_MAX),
        DealRefusal::ProductCount => Problem::value(
            "productIds",
            &format!("1개 이상 {DEAL_PRODUCTS_MAX}개 이하여야 합니다"),
            &format!("1 to {DEAL_PRODUCTS_MAX} ids"),
        ),
    }
}

/// The discount leaves nothing to pay for these products.
fn discount_too_large(products: &[ProductId]) -> Problem {
    Problem::from(Code::DiscountTooLarge).of_products(products)
}

/// These products already have the largest number of deals.
fn too_many(products: &[ProductId]) -> Problem {
    Problem::from(Code::TooManyDeals).of_products(products)
}

/// Why a deal does not change its state.
fn illegal_move(refusal: DealMoveRefusal) -> Problem {
    let (ko, en) = match refusal {
        DealMoveRefusal::Cancelled => ("취소된 이벤트입니다", "the event was cancelled"),
        DealMoveRefusal::Ended => ("종료된 이벤트입니다", "the event has ended"),
    };
    Problem::from(Code::IllegalState).saying(ko, en)
}

impl From<DealError> for Problem {
    fn from(error: DealError) -> Self {
        match error {
            DealError::NoSuchEvent => Code::EventNotFound.into(),
            DealError::NoSuchShop => Code::ShopNotFound.into(),
            DealError::NoSuchProducts(products) => unknown_products(&products),
            DealError::Terms(refusal) => terms(refusal),
            DealError::DiscountTooLarge(products) => discount_too_large(&products),
            DealError::TooManyDeals(products) => too_many(&products),
            DealError::MixedCurrencies => Code::MixedCurrencies.into(),
            DealError::IllegalMove(refusal) => illegal_move(refusal),
            DealError::Request(error) => error.into(),
        }
    }
}
