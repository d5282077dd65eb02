//! How refusals of orders appear to a client.

use hotdeal_actors::order::OrderError;
use hotdeal_domain::ProductId;
use hotdeal_domain::order::{BasketRefusal, LINES_MAX, OrderRefusal, OrderState};
use hotdeal_domain::shop::QUANTITY_MAX;

use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::shop::refusals::{held, unknown_products};

/// Why this cannot be one order.
pub(super) fn basket(refusal: BasketRefusal) -> Problem {
    match refusal {
        BasketRefusal::Empty => {
            Problem::value("orderItems", "한 개 이상의 상품이 필요합니다", "at least one item")
        }
        BasketRefusal::TooManyLines => Problem::value(
            "orderItems",
            &format!("{LINES_MAX}개를 넘을 수 없습니다"),
            &format!("at most {LINES_MAX} items"),
        ),
        BasketRefusal::TooManyPieces(product) => Problem::value(
            "orderItems",
            &format!("상품 {product}의 수량 합계가 {QUANTITY_MAX}을 넘습니다"),
            &format!("the quantities of product {product} add up to more than {QUANTITY_MAX}"),
        ),
    }
}

/// Less of a product is available than was asked for.
fn shortage(product: ProductId, available: u32) -> Problem {
    Problem::from(Code::ProductShortage).of_products(&[product]).with_available(available)
}

/// Why the lines cannot become one order.
fn order(refusal: OrderRefusal) -> Problem {
    match refusal {
        OrderRefusal::TotalTooLarge => Code::OrderTooLarge.into(),
        OrderRefusal::MixedCurrencies => Code::MixedCurrencies.into(),
    }
}

/// The state of the order does not allow this.
fn illegal_move(state: OrderState) -> Problem {
    let (ko, en) = (format!("현재 상태: {}", state.name()), format!("it is {}", state.name()));
    Problem::from(Code::IllegalState).saying(&ko, &en)
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::NoSuchOrder => Code::OrderNotFound.into(),
            OrderError::NoSuchShop => Code::ShopNotFound.into(),
            OrderError::NoSuchProducts(products) => unknown_products(&products),
            OrderError::Shortage { product, available } => shortage(product, available),
            OrderError::StockHeld(product) => held(product),
            OrderError::TooManyHolds => Code::TooManyHolds.into(),
            OrderError::Order(refusal) => order(refusal),
            OrderError::IllegalMove(state) => illegal_move(state),
            OrderError::Request(error) => error.into(),
        }
    }
}
