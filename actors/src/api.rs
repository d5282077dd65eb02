//! What can be asked of the mall, and what it answers. Everything here is plain data; an answer
//! is given only once what it tells is durable.

mod deals;

use std::sync::Arc;

use hotdeal_domain::coupon::{BatchStatus, CouponTerms};
use hotdeal_domain::shop::{Movement, Stock};
use hotdeal_domain::{
    Amount, BatchId, Currency, Discount, EventId, OrderId, ProductId, ShopId, UnixMillis, UserId,
};
use serde::{Deserialize, Serialize};

pub use deals::*;
mod accounts;
mod catalogue;
mod events;
mod notices;

pub use accounts::*;
pub use catalogue::*;
pub use events::*;
pub use hotdeal_domain::Role;
pub use notices::*;

/// An answer, and whether it was given before under the same idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// `true` when the key had been answered before; nothing happened this time.
    pub replayed: bool,
}

impl<T> Answered<T> {
    /// An answer to something that happened now.
    pub fn fresh(value: T) -> Self {
        Self { value, replayed: false }
    }
}

/// Open an account.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// The e-mail address, trimmed and in lower case.
    pub email: String,
    /// What to call the person.
    pub name: String,
    /// The password's hash as a PHC string; the password itself never gets here.
    pub password_phc: String,
    /// What the account may do.
    pub role: Role,
}

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub user: UserId,
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was opened.
    pub created_at: UnixMillis,
}

/// An account with the hash its password is checked against.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// The password's hash as a PHC string.
    pub password_phc: String,
}

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
}

/// Order the lines of a basket, of one or several shops: all of it or nothing.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    /// Who orders.
    pub user: UserId,
    /// What: see [`hotdeal_domain::Basket::new`].
    pub basket: hotdeal_domain::Basket,
}

/// Cancel an order: its stock returns. Cancelling again changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct CancelOrder {
    /// The order.
    pub order: OrderId,
    /// Who cancels.
    pub user: UserId,
}

/// Open a coupon event and prepare its coupons.
#[derive(Debug, Clone)]
pub struct PreloadCoupons {
    /// Who asks; the same request of the same asker is one batch.
    pub by: UserId,
    /// The shop the coupons belong to.
    pub shop: ShopId,
    /// The event of a deal that the coupons go with; a new event where absent.
    pub event: Option<EventId>,
    /// What is promised, already checked by [`CouponTerms::check`].
    pub terms: CouponTerms,
}

/// How far a batch of coupons is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchView {
    /// The batch.
    pub batch: BatchId,
    /// Its event.
    pub event: EventId,
    /// The shop it belongs to.
    pub shop: ShopId,
    /// What is promised.
    pub terms: CouponTerms,
    /// Where it stands.
    pub status: BatchStatus,
    /// Coupons written so far.
    pub prepared: u32,
}

/// Issue a coupon of an event to a shopper.
#[derive(Debug, Clone, Copy)]
pub struct IssueCoupon {
    /// The event.
    pub event: EventId,
    /// The shopper.
    pub user: UserId,
}

/// What is left of the coupons of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponsLeft {
    /// Coupons in all.
    pub total: u32,
    /// Coupons not issued yet.
    pub left: u32,
}

/// A coupon in a shopper's hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCoupon {
    /// The event.
    pub event: EventId,
    /// The code to use it by.
    pub code: Arc<str>,
    /// What it takes off.
    pub discount: Discount,
    /// The currency of a fixed discount.
    pub currency: Currency,
    /// When it was issued.
    pub issued_at: UnixMillis,
    /// The first instant at which it can no longer be used.
    pub valid_until: UnixMillis,
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
