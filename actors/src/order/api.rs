//! What can be asked of orders.

use hotdeal_domain::order::{Part, PartState, PartStep, TrackedOrder};
use hotdeal_domain::{OrderId, ProductId, ShopId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

/// Order the lines of a basket, of one or several shops: all of it or nothing.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    /// Who orders.
    pub user: UserId,
    /// What: see [`hotdeal_domain::order::Basket::new`].
    pub basket: hotdeal_domain::order::Basket,
}

/// Cancel an order, or one shop's part of it: the stock returns. Cancelling again changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct CancelOrder {
    /// The order.
    pub order: OrderId,
    /// How much of it.
    pub scope: hotdeal_domain::order::CancelScope,
    /// Who cancels.
    pub user: UserId,
}

/// Take a shop's step with its part of an order.
#[derive(Debug, Clone)]
pub struct AdvancePart {
    /// The order.
    pub order: OrderId,
    /// The shop whose part it is.
    pub shop: ShopId,
    /// What happens to the part.
    pub step: PartStep,
    /// Who acts for the shop. That they may, the caller has checked.
    pub by: UserId,
}

/// A shop's part of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartView {
    /// The order.
    pub order: OrderId,
    /// The part.
    pub part: Part,
}

/// Where a list of orders goes on: behind this order, the newest come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderMark {
    /// When it was made.
    pub ordered_at: UnixMillis,
    /// Its number.
    pub order: OrderId,
}

/// Which of a shop's orders are looked for.
#[derive(Debug, Clone)]
pub struct ShopOrderSearch {
    /// The shop.
    pub shop: ShopId,
    /// The states of its part; none for every state.
    pub states: Vec<PartState>,
    /// Made at that time or later.
    pub from: Option<UnixMillis>,
    /// Made before that time.
    pub to: Option<UnixMillis>,
    /// With this product in it.
    pub product: Option<ProductId>,
    /// Those behind this one.
    pub behind: Option<OrderMark>,
    /// So many at most; a page may have fewer although the list goes on.
    pub limit: u64,
}

/// A page of orders, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersPage {
    /// The orders.
    pub orders: Vec<TrackedOrder>,
    /// Where the list goes on, if it may.
    pub next: Option<OrderMark>,
}

/// How many parts of orders a shop has in each state, in the order of [`PartState::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartCounts(pub [i64; PartState::ALL.len()]);
