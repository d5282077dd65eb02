//! Shops: what they are, what they sell, and how much there is of it.

mod category;
mod stock;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use category::Category;
pub use stock::{
    AdjustReason, LOW_AT, Movement, NotAQuantity, ON_HAND_MAX, QUANTITY_MAX, Quantity, Stock,
    StockRefusal,
};

use crate::{Amount, Currency, ProductId, ShopId, UnixMillis, UserId};

/// A shop as it presents itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopProfile {
    /// Its number.
    pub id: ShopId,
    /// The seller it belongs to.
    pub owner: UserId,
    /// Its name.
    pub name: Arc<str>,
    /// The currency of its prices.
    pub currency: Currency,
    /// When it opened.
    pub opened_at: UnixMillis,
}

/// A product as its shop describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its number.
    pub id: ProductId,
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub description: Arc<str>,
    /// The price of one piece, before any deal.
    pub price: Amount,
    /// The address of its picture.
    pub image_url: Arc<str>,
    /// Its category, by code.
    pub category: Arc<str>,
    /// When it was created.
    pub created_at: UnixMillis,
}

/// What happened to a shop and what it sells, in the stream of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopFact {
    /// A shop opened.
    ShopOpened(ShopProfile),
    /// A shop offers a new product.
    ProductCreated(Box<Product>),
    /// A shop changed the description of a product. Orders keep the name and price they
    /// were made at.
    ProductChanged {
        /// The product as it is from now on.
        product: Box<Product>,
        /// When.
        at: UnixMillis,
    },
    /// A shop takes a product off sale for good. Its orders stand, and their stock may return.
    ProductWithdrawn {
        /// The product.
        product: ProductId,
        /// When.
        at: UnixMillis,
    },
    /// Stock was moved by hand.
    StockMoved {
        /// The product.
        product: ProductId,
        /// How it moved.
        movement: Movement,
        /// The change of the number on hand. Deltas can be added up in any order.
        delta: i64,
        /// When.
        at: UnixMillis,
    },
    /// A shop said at how many pieces the stock of a product is low. Until then it is at [`LOW_AT`].
    LowStockSet {
        /// The product.
        product: ProductId,
        /// At so many pieces or fewer, from now on.
        low_at: u32,
        /// Before.
        before: u32,
        /// When.
        at: UnixMillis,
    },
}
