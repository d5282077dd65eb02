//! What happens to orders, as the journal tells it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Order, PartEvent, PartState, Rejection};
use crate::deal::DealShare;
use crate::shop::Quantity;
use crate::{OrderId, ProductId, UnixMillis, UserId};

/// What happened to an order, in the streams of the shops it takes stock from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderFact {
    /// An order was made; it stands in the stream of its home shop.
    OrderPlaced(Arc<Order>),
    /// Stock went into an order whose home is another shop.
    StockSold {
        /// The order.
        order: OrderId,
        /// What went.
        lines: Vec<(ProductId, Quantity)>,
        /// The part of them sold at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
        /// Until when the shop has to answer its part; `None` where it may take as long as it likes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer_by: Option<UnixMillis>,
    },
    /// An order was cancelled; this shop's share of its stock came back.
    OrderCancelled {
        /// The order.
        order: OrderId,
        /// Who cancelled.
        user: UserId,
        /// What came back here.
        lines: Vec<(ProductId, Quantity)>,
        /// The part of them that was sold at the prices of deals.
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
        /// The part of them that was sold at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// A shop took on its part of an order, or named another time for it.
    PartAccepted {
        /// The order.
        order: OrderId,
        /// Who did so for the shop.
        by: UserId,
        /// When the shop expects to be ready.
        expected_at: UnixMillis,
        /// When.
        at: UnixMillis,
    },
    /// A shop's part of an order is ready.
    PartReady {
        /// The order.
        order: OrderId,
        /// Who said so for the shop.
        by: UserId,
        /// When.
        at: UnixMillis,
    },
    /// The buyer has a shop's part of an order.
    PartDone {
        /// The order.
        order: OrderId,
        /// Who said so for the shop.
        by: UserId,
        /// When.
        at: UnixMillis,
    },
    /// A shop rejected its part of an order, or has not answered it in time; the stock of it came back.
    PartRejected {
        /// The order.
        order: OrderId,
        /// Who did so for the shop; nobody where its time to answer was over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// Why.
        rejection: Rejection,
        /// What came back.
        lines: Vec<(ProductId, Quantity)>,
        /// The part of them that was sold at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// The buyer cancelled a shop's part of an order, and not the whole order at once; the stock of it came
    /// back.
    PartCancelled {
        /// The order.
        order: OrderId,
        /// Who cancelled.
        user: UserId,
        /// What came back.
        lines: Vec<(ProductId, Quantity)>,
        /// The part of them that was sold at the prices of deals.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deals: Option<Box<DealShare>>,
        /// When.
        at: UnixMillis,
    },
    /// No part of an order stands any more: it is cancelled. It stands in the stream of its home shop.
    OrderEmptied {
        /// The order.
        order: OrderId,
        /// When.
        at: UnixMillis,
    },
}

impl OrderFact {
    /// The order it is about.
    pub fn order(&self) -> OrderId {
        match self {
            Self::OrderPlaced(placed) => placed.id,
            Self::StockSold { order, .. }
            | Self::OrderCancelled { order, .. }
            | Self::StockReturned { order, .. }
            | Self::PartAccepted { order, .. }
            | Self::PartReady { order, .. }
            | Self::PartDone { order, .. }
            | Self::PartRejected { order, .. }
            | Self::PartCancelled { order, .. }
            | Self::OrderEmptied { order, .. } => *order,
        }
    }

    /// When something is to happen in the stream by itself, which this fact has begun.
    pub fn end(&self) -> Option<UnixMillis> {
        match self {
            Self::OrderPlaced(placed) => placed.answer_by,
            Self::StockSold { answer_by, .. } => *answer_by,
            Self::OrderCancelled { .. }
            | Self::StockReturned { .. }
            | Self::PartAccepted { .. }
            | Self::PartReady { .. }
            | Self::PartDone { .. }
            | Self::PartRejected { .. }
            | Self::PartCancelled { .. }
            | Self::OrderEmptied { .. } => None,
        }
    }

    /// What it does to the part of the shop in whose stream it stands, which was in the state `before`;
    /// `None` where the part begins with it, or is not touched.
    pub fn part_event(&self, before: PartState) -> Option<PartEvent> {
        match self {
            Self::OrderPlaced(_) | Self::StockSold { .. } | Self::OrderEmptied { .. } => None,
            Self::PartAccepted { .. } if before == PartState::Accepted => Some(PartEvent::Delay),
            Self::PartAccepted { .. } => Some(PartEvent::Accept),
            Self::PartReady { .. } => Some(PartEvent::Prepare),
            Self::PartDone { .. } => Some(PartEvent::HandOver),
            Self::PartRejected { by: Some(_), .. } => Some(PartEvent::Reject),
            Self::PartRejected { by: None, .. } => Some(PartEvent::Lapse),
            Self::OrderCancelled { .. }
            | Self::StockReturned { .. }
            | Self::PartCancelled { .. } => Some(PartEvent::Cancel),
        }
    }
}
