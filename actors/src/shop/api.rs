//! What can be asked of shops, their products and stock, and what is answered.

use std::sync::Arc;

use hotdeal_domain::shop::{LOW_AT, Movement, Stock};
use hotdeal_domain::{Amount, Currency, ProductId, ShopId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

/// Open a shop.
#[derive(Debug, Clone)]
pub struct OpenShop {
    /// The owner, who becomes a seller if a plain shopper so far.
    pub owner: UserId,
    /// Its name.
    pub name: String,
    /// The currency of its prices.
    pub currency: Currency,
    /// Who opens it.
    pub by: UserId,
    /// As in [`OpenSession`]: the owner's tokens are void where the owner becomes a seller.
    pub void_until: UnixMillis,
}

/// Offer a product.
#[derive(Debug, Clone)]
pub struct CreateProduct {
    /// The shop that sells it.
    pub shop: ShopId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The price of one piece in the shop's currency.
    pub price: Amount,
    /// Where its picture lies.
    pub image_url: String,
    /// Its category, by code.
    pub category: String,
}

/// A product as shoppers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductView {
    /// Its number.
    pub id: ProductId,
    /// The shop that sells it.
    pub shop: ShopId,
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub description: Arc<str>,
    /// The price of one piece, before any deal.
    pub price: Amount,
    /// The currency of the price.
    pub currency: Currency,
    /// Where its picture lies.
    pub image_url: Arc<str>,
    /// Its category, by code.
    pub category: Arc<str>,
    /// When it was created.
    pub created_at: UnixMillis,
}

/// Move a product's stock by hand: `Increased`, `Reset` or `Adjusted`.
#[derive(Debug, Clone, Copy)]
pub struct MoveStock {
    /// The product.
    pub product: ProductId,
    /// How to move it.
    pub movement: Movement,
}

/// The stock of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockView {
    /// The product.
    pub product: ProductId,
    /// How much there is.
    pub stock: Stock,
    /// When it last changed; `None` if it was never stocked.
    pub updated_at: Option<UnixMillis>,
    /// At how many unsold pieces it is low. Earlier builds did not keep it with an answer.
    #[serde(default = "low_at")]
    pub low_at: u32,
}

fn low_at() -> u32 {
    LOW_AT
}

/// Say at how many pieces the stock of a product is low.
#[derive(Debug, Clone, Copy)]
pub struct SetLowStock {
    /// The product.
    pub product: ProductId,
    /// At so many unsold pieces or fewer.
    pub low_at: u32,
}

/// What one product of a shop has sold in orders that stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSales {
    /// The product.
    pub product: ProductId,
    /// Pieces sold.
    pub units: i64,
    /// Orders it is in.
    pub orders: i64,
    /// Quantity × unit price over those lines, in minor units: more than one amount can be.
    pub value: i128,
}

/// Describe a product anew: what is not named here stays as it is.
#[derive(Debug, Clone)]
pub struct ChangeProduct {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// The price of one piece in the shop's currency.
    pub price: Option<Amount>,
    /// Where its picture lies.
    pub image_url: Option<String>,
    /// Its category, by code.
    pub category: Option<String>,
}

/// A product as its seller describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductText {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The price of one piece in the shop's currency.
    pub price: Amount,
    /// Where its picture lies.
    pub image_url: String,
    /// Its category, by code.
    pub category: String,
}

/// Offer many products of one shop at once: all of them or none.
#[derive(Debug, Clone)]
pub struct ImportProducts {
    /// The shop.
    pub shop: ShopId,
    /// The products, each with the pieces on hand.
    pub products: Vec<(ProductText, u32)>,
}

/// Look through the products on sale, in the order of their numbers.
#[derive(Debug, Clone)]
pub struct ProductSearch {
    /// Only those of this shop.
    pub shop: Option<ShopId>,
    /// Only those of this category, by code.
    pub category: Option<String>,
    /// Only those whose name contains this; ASCII letters in either case.
    pub name: Option<String>,
    /// Only those with a larger number.
    pub after: i64,
    /// At most so many.
    pub limit: u64,
}
