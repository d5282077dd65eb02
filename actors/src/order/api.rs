//! What can be asked of orders.

use hotdeal_domain::{OrderId, UserId};

/// Order the lines of a basket, of one or several shops: all of it or nothing.
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    /// Who orders.
    pub user: UserId,
    /// What: see [`hotdeal_domain::order::Basket::new`].
    pub basket: hotdeal_domain::order::Basket,
}

/// Cancel an order: its stock returns. Cancelling again changes nothing.
#[derive(Debug, Clone, Copy)]
pub struct CancelOrder {
    /// The order.
    pub order: OrderId,
    /// Who cancels.
    pub user: UserId,
}
