//! How refusals of shops, products and stock appear to a client.

use hotdeal_actors::shop::ShopError;
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
fn stock(refusal: StockRefusal) -> Problem {
    match refusal {
        StockRefusal::TooMuch => Code::StockTooMuch.into(),
        StockRefusal::BelowHeldAndSold => Code::StockBelowSold.into(),
        StockRefusal::Shortage(available) => {
            Problem::from(Code::ProductShortage).with_available(available)
        }
    }
}

impl From<ShopError> for Problem {
    fn from(error: ShopError) -> Self {
        match error {
            ShopError::NoSuchShop => Code::ShopNotFound.into(),
            ShopError::NoSuchProducts(products) => unknown_products(&products),
            ShopError::StockHeld(product) => held(product),
            ShopError::Stock(refusal) => stock(refusal),
            ShopError::Owner(error) => error.into(),
            ShopError::Request(error) => error.into(),
        }
    }
}
