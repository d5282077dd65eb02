//! All that can be journalled. A fact has happened: applying it cannot be refused.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::account::{AccountFact, Role};
use crate::admins::AdminFact;
use crate::coupon::{CouponIssued, CouponTerms};
use crate::deal::{Deal, DealShare, DealState};
use crate::notice::{FollowFact, Told};
use crate::{
    BatchId, EventId, Movement, Order, OrderId, Product, ProductId, Quantity, ShopId, ShopProfile,
    UnixMillis, UserId,
};

/// The stream a fact belongs to: one actor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// A shop's: products, stock, orders.
    Shop(ShopId),
    /// An event's: coupons.
    Event(EventId),
    /// A deal's: when it was opened, and what has been done with it since. Apart from the stream
    /// of the event's coupons, so that each stream has one owner.
    Deal(EventId),
    /// A person's: their account, and what they follow.
    User(UserId),
    /// One part of the notices of deals, by its number from 1. There is one part so far.
    Notices(u16),
    /// The admins', of which there is one.
    Admins,
    /// The log of answers kept under idempotency keys. It has an epoch and no facts.
    Keys,
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shop(id) => write!(f, "shop:{id}"),
            Self::Event(id) => write!(f, "event:{id}"),
            Self::Deal(id) => write!(f, "deal:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Notices(part) => write!(f, "notices:{part}"),
            Self::Admins => f.write_str("admins:1"),
            Self::Keys => f.write_str("keys:1"),
        }
    }
}

impl std::str::FromStr for StreamId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected shop:{id}, event:{id}, deal:{id}, user:{id}, notices:{part}, admins:1 or keys:1";
        let (kind, id) = text.split_once(':').ok_or(EXPECTED)?;
        let id: i64 = id.parse().map_err(|_| EXPECTED)?;
        match kind {
            "shop" => ShopId::try_from(id).map(Self::Shop).map_err(|_| EXPECTED),
            "event" => EventId::try_from(id).map(Self::Event).map_err(|_| EXPECTED),
            "deal" => EventId::try_from(id).map(Self::Deal).map_err(|_| EXPECTED),
            "user" => UserId::try_from(id).map(Self::User).map_err(|_| EXPECTED),
            "notices" => match u16::try_from(id) {
                Ok(part @ 1..) => Ok(Self::Notices(part)),
                Ok(0) | Err(_) => Err(EXPECTED),
            },
            "admins" if id == 1 => Ok(Self::Admins),
            "keys" if id == 1 => Ok(Self::Keys),
            _ => Err(EXPECTED),
        }
    }
}

/// Something that happened, as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// A shop opened.
    ShopOpened(ShopProfile),
    /// A shop offers a new product.
    ProductCreated(Box<Product>),
    /// A shop describes a product anew. Orders keep the name and price they were made at.
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
        /// The change of the number on hand, so that any order of summing gives the same stock.
        delta: i64,
        /// When.
        at: UnixMillis,
    },
    /// An order was made; it stands in the stream of its home shop.
    OrderPlaced(Arc<Order>),
    /// Stock went into an order whose home is another shop.
    StockSold {
        /// The order.
        order: OrderId,
        /// What went.
        lines: Vec<(ProductId, Quantity)>,
        /// What of it went at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// An order was cancelled; this shop's share of its stock came back.
    OrderCancelled {
        /// The order.
        order: OrderId,
        /// Who cancelled.
        user: UserId,
        /// What came back here.
        lines: Vec<(ProductId, Quantity)>,
        /// What of it came back at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// Stock came back from an order whose home is another shop.
    StockReturned {
        /// The order.
        order: OrderId,
        /// What came back.
        lines: Vec<(ProductId, Quantity)>,
        /// What of it came back at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// A coupon event was opened and its coupons are being prepared.
    CouponsOpened {
        /// The preparation.
        batch: BatchId,
        /// The shop it belongs to.
        shop: ShopId,
        /// What is promised.
        terms: Box<CouponTerms>,
        /// The seed of the draw.
        seed: u64,
        /// When.
        at: UnixMillis,
    },
    /// Every coupon of the event is written.
    CouponsReady,
    /// The coupons could not be written.
    CouponsFailed {
        /// Why, for the operator.
        reason: String,
    },
    /// A coupon was issued.
    CouponIssued(CouponIssued),
    /// A deal was opened; it stands in the deal's own stream.
    DealOpened {
        /// The deal.
        deal: Box<Deal>,
        /// Who opened it.
        by: UserId,
        /// How many products it has, over all shops.
        products: u32,
    },
    /// A deal holds for these products of a shop; it stands in the shop's stream.
    DealPosted {
        /// The deal.
        deal: Arc<Deal>,
        /// The products, by number.
        products: Arc<[ProductId]>,
    },
    /// A deal was paused, resumed or cancelled; it stands in the deal's stream and in that of
    /// every shop concerned.
    DealTurned {
        /// The deal.
        deal: EventId,
        /// What it came to.
        state: DealState,
        /// When.
        at: UnixMillis,
    },
    /// Somebody signed up. What they told us is in the tables alone, so it can be forgotten.
    AccountOpened {
        /// Their number.
        user: UserId,
        /// What they may do, until they are given another role. Facts of the first versions do not
        /// tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// When.
        at: UnixMillis,
    },
    /// Something happened to an account.
    Account(AccountFact),
    /// There is an admin more or less; it stands in the stream of the admins.
    Admin(AdminFact),
    /// Something happened to what a person follows or has been told.
    Follow(FollowFact),
    /// People were told of a deal; it stands in a stream of notices. Whom and what, the tables
    /// tell.
    DealTold {
        /// The deal.
        deal: EventId,
        /// What, and how far that is.
        told: Told,
        /// When.
        at: UnixMillis,
    },
}
