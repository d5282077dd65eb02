//! How refusals of shops, products and stock appear to a client.

use hotdeal_domain::ProductId;
use hotdeal_domain::shop::StockRefusal;

use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// There are no such products.
pub(crate) fn unknown_products(products: &[ProductId]) -> Problem {
    Problem::from(Code::ProductNotFound).of_products(products)
}

/// An order that is being made holds the stock of a product.
pub(crate) fn held(product: ProductId) -> Problem {
    Problem::from(Code::StockHeld).of_products(&[product])
}

/// Why a movement of stock is refused.
pub(crate) fn stock(refusal: StockRefusal) -> Problem {
    match refusal {
        StockRefusal::TooMuch => Code::StockTooMuch.into(),
        StockRefusal::BelowHeldAndSold => Code::StockBelowSold.into(),
        StockRefusal::Shortage(available) => {
            Problem::from(Code::ProductShortage).with_available(available)
        }
    }
}
