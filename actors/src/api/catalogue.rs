//! What can be asked of the catalogue beyond offering a product.

use hotdeal_domain::{Amount, ProductId, ShopId};

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
