//! Cancelling an order: who may, and what it does.

use serde::{Deserialize, Serialize};

use super::{Order, OrderEvent, OrderState};
use crate::UserId;

/// Decides whether `by` may cancel an order, and what that does.
///
/// # Errors
/// [`CancelRefusal`], the first that applies.
pub fn decide_cancel(order: &Order, by: UserId) -> Result<Cancellation, CancelRefusal> {
    if order.user != by {
        return Err(CancelRefusal::NotTheOwner);
    }
    if order.state == OrderState::Cancelled {
        return Ok(Cancellation::AlreadyCancelled);
    }
    match order.state.after(OrderEvent::Cancel) {
        Some(_) => Ok(Cancellation::Cancel),
        None => Err(CancelRefusal::IllegalMove(order.state)),
    }
}

/// The effect of cancelling an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// Its stock returns.
    Cancel,
    /// It was cancelled before; nothing changes.
    AlreadyCancelled,
}

/// Why an order is not cancelled: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelRefusal {
    /// It is somebody else's.
    NotTheOwner,
    /// It has ended in another way.
    IllegalMove(OrderState),
}
