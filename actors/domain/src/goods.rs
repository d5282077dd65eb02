//! What a shop is, what it sells, and what its desk keeps of that.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Amount, Currency, ProductId, ShopId, Stock, UnixMillis, UserId};

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
    /// Where its picture lies.
    pub image_url: Arc<str>,
    /// Its category, by code.
    pub category: Arc<str>,
    /// When it was created.
    pub created_at: UnixMillis,
}

/// What the desk keeps of a product: enough to sell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Its name.
    pub name: Arc<str>,
    /// The price of one piece.
    pub price: Amount,
    /// How much there is.
    pub stock: Stock,
    /// When the stock last changed; `None` if it was never stocked.
    pub moved_at: Option<UnixMillis>,
    /// Taken off sale: it is kept only because stock of its orders may return.
    pub withdrawn: bool,
}
