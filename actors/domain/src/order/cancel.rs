//! Cancelling an order, or one shop's part of it: who may, and what it does.

use serde::{Deserialize, Serialize};

use super::{OrderEvent, OrderState, Part, PartEvent, PartState, TrackedOrder};
use crate::{ShopId, UserId};

/// How much of an order its buyer cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelScope {
    /// All that stands of it.
    Order,
    /// What one shop has in it.
    Part(ShopId),
}

/// Decides whether `by` may cancel this much of an order, and what that does.
///
/// # Errors
/// [`CancelRefusal`], the first that applies.
pub fn decide_cancel(
    tracked: &TrackedOrder,
    scope: CancelScope,
    by: UserId,
) -> Result<Cancellation, CancelRefusal> {
    let order = &tracked.order;
    if order.user != by {
        return Err(CancelRefusal::NotTheOwner);
    }
    let parts = match scope {
        CancelScope::Order => tracked.parts.as_slice(),
        CancelScope::Part(shop) => {
            std::slice::from_ref(tracked.part(shop).ok_or(CancelRefusal::NoSuchPart)?)
        }
    };
    let is_over = match scope {
        CancelScope::Order => order.state == OrderState::Cancelled,
        CancelScope::Part(_) => parts.iter().all(|part| part.state == PartState::Cancelled),
    };
    if is_over {
        return Ok(Cancellation::AlreadyCancelled);
    }
    if order.state.after(OrderEvent::Cancel).is_none() && order.state != OrderState::Cancelled {
        return Err(CancelRefusal::IllegalMove(order.state));
    }
    let of_parts = match scope {
        CancelScope::Order => standing(parts),
        CancelScope::Part(_) => parts.iter().collect(),
    };
    match of_parts.iter().find(|part| part.state.after(PartEvent::Cancel).is_none()) {
        Some(part) => Err(CancelRefusal::IllegalPartMove(part.state)),
        None => Ok(Cancellation::Cancel(of_parts.iter().map(|part| part.shop).collect())),
    }
}

fn standing(parts: &[Part]) -> Vec<&Part> {
    parts.iter().filter(|part| part.state.stands()).collect()
}

/// The effect of cancelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancellation {
    /// The parts of these shops end, and their stock returns.
    Cancel(Vec<ShopId>),
    /// It was cancelled before; nothing changes.
    AlreadyCancelled,
}

/// Why nothing is cancelled: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CancelRefusal {
    /// It is somebody else's.
    NotTheOwner,
    /// The shop has no part in it.
    NoSuchPart,
    /// The order has ended in another way.
    IllegalMove(OrderState),
    /// A part has come too far, or has ended in another way.
    IllegalPartMove(PartState),
}
