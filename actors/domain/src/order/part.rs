//! The parts of an order: what one shop has in it, and how far the shop has come with it.
//!
//! An order has one part a shop. The shop moves its own part on; a part that is rejected or cancelled gives
//! its stock back, and the others stand. A part that its shop has not answered in time is rejected by itself. The lines and the total of the order stay as they were ordered.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::deal::DAY_MS;
use crate::named::named;
use crate::{ShopId, UnixMillis};

/// Milliseconds from now until the time a shop can name at most: 90 days, for what is made to order.
pub const EXPECTED_WITHIN_MS: i64 = 90 * DAY_MS;
/// Characters of what a shop says beside its reason to reject at most.
pub const REJECTION_TEXT_MAX: usize = 200;

/// How far a shop has come with its part of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartState {
    /// The shop has not answered yet.
    New,
    /// The shop makes it, and has said until when.
    Accepted,
    /// It can be fetched, or is on its way.
    Ready,
    /// The buyer has it.
    Done,
    /// The shop does not make it, or has not answered in time.
    Rejected,
    /// The buyer cancelled it.
    Cancelled,
}

named! {
    PartState as JSON {
        New = "NEW",
        Accepted = "ACCEPTED",
        Ready = "READY",
        Done = "DONE",
        Rejected = "REJECTED",
        Cancelled = "CANCELLED",
    }
}

/// What can happen to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartEvent {
    /// The shop takes it on.
    Accept,
    /// The shop needs longer, or less long, than it said.
    Delay,
    /// The shop has made it.
    Prepare,
    /// The buyer has got it.
    HandOver,
    /// The shop does not take it on after all.
    Reject,
    /// The buyer cancels it.
    Cancel,
    /// The shop's time to answer is over.
    Lapse,
}

impl PartState {
    /// The state after `event`, or `None` where the move is illegal.
    pub const fn after(self, event: PartEvent) -> Option<Self> {
        match (self, event) {
            (Self::New, PartEvent::Accept) | (Self::Accepted, PartEvent::Delay) => {
                Some(Self::Accepted)
            }
            (Self::Accepted, PartEvent::Prepare) => Some(Self::Ready),
            (Self::Ready, PartEvent::HandOver) => Some(Self::Done),
            (Self::New | Self::Accepted, PartEvent::Reject) | (Self::New, PartEvent::Lapse) => {
                Some(Self::Rejected)
            }
            (Self::New | Self::Accepted, PartEvent::Cancel) => Some(Self::Cancelled),
            (Self::New, PartEvent::Delay | PartEvent::Prepare | PartEvent::HandOver)
            | (Self::Accepted, PartEvent::Accept | PartEvent::HandOver | PartEvent::Lapse)
            | (
                Self::Ready,
                PartEvent::Accept
                | PartEvent::Delay
                | PartEvent::Prepare
                | PartEvent::Reject
                | PartEvent::Cancel
                | PartEvent::Lapse,
            )
            | (Self::Done | Self::Rejected | Self::Cancelled, _) => None,
        }
    }

    /// Whether its lines are sold: it was neither rejected nor cancelled.
    pub const fn stands(self) -> bool {
        match self {
            Self::New | Self::Accepted | Self::Ready | Self::Done => true,
            Self::Rejected | Self::Cancelled => false,
        }
    }
}

/// Why a part is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RejectionReason {
    /// It has none of it left, whatever its stock said.
    OutOfStock,
    /// It has too much to do.
    TooBusy,
    /// It is closed.
    Closed,
    /// It cannot bring it there.
    OutOfArea,
    /// Price or description of the product were wrong.
    WrongListing,
    /// The buyer asked it to.
    BuyerAsked,
    /// Something else, which the text may say.
    Other,
    /// It has not answered in time. Nobody gives this reason by hand.
    NotAnswered,
}

named! {
    RejectionReason as JSON {
        OutOfStock = "OUT_OF_STOCK",
        TooBusy = "TOO_BUSY",
        Closed = "CLOSED",
        OutOfArea = "OUT_OF_AREA",
        WrongListing = "WRONG_LISTING",
        BuyerAsked = "BUYER_ASKED",
        Other = "OTHER",
        NotAnswered = "NOT_ANSWERED",
    }
}

impl RejectionReason {
    /// Those that a shop can give.
    pub const BY_HAND: [Self; 7] = [
        Self::OutOfStock,
        Self::TooBusy,
        Self::Closed,
        Self::OutOfArea,
        Self::WrongListing,
        Self::BuyerAsked,
        Self::Other,
    ];
}

/// Why a shop rejected, as the buyer reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// The reason by name.
    pub reason: RejectionReason,
    /// What the shop says beside it, at most [`REJECTION_TEXT_MAX`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Arc<str>>,
}

/// One shop's part of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The shop.
    pub shop: ShopId,
    /// How far it has come.
    pub state: PartState,
    /// When the shop expects to be ready, as it said last; `None` before it said so, and once the part
    /// stands no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<UnixMillis>,
    /// Why it was rejected, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<Rejection>,
    /// When it came to this state, or the shop named another time.
    pub changed_at: UnixMillis,
}

/// A step that a shop takes with its part of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartStep {
    /// Take it on, and be ready at that time.
    Accept(UnixMillis),
    /// Be ready at another time than was said.
    Delay(UnixMillis),
    /// It is ready.
    Prepare,
    /// The buyer has it.
    HandOver,
    /// Not take it on.
    Reject(Rejection),
}

impl PartStep {
    /// What this is to the part.
    pub const fn event(&self) -> PartEvent {
        match self {
            Self::Accept(_) => PartEvent::Accept,
            Self::Delay(_) => PartEvent::Delay,
            Self::Prepare => PartEvent::Prepare,
            Self::HandOver => PartEvent::HandOver,
            Self::Reject(_) => PartEvent::Reject,
        }
    }
}

/// Why a shop's step is not taken: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepRefusal {
    /// The expected time is not after now, or more than [`EXPECTED_WITHIN_MS`] away.
    ExpectedTimeOutOfRange,
    /// The state of the part does not allow it.
    IllegalMove(PartState),
}

impl Part {
    /// A part of an order that was just made.
    pub const fn new(shop: ShopId, ordered_at: UnixMillis) -> Self {
        let (state, expected_at, rejection) = (PartState::New, None, None);
        Self { shop, state, expected_at, rejection, changed_at: ordered_at }
    }

    /// The part after a step of its shop; `self` does not change.
    ///
    /// # Errors
    /// The first [`StepRefusal`] that applies.
    pub fn after_step(&self, step: &PartStep, at: UnixMillis) -> Result<Self, StepRefusal> {
        let (expected_at, rejection) = match step {
            PartStep::Accept(expected) | PartStep::Delay(expected) => {
                if *expected <= at || *expected > at.plus(EXPECTED_WITHIN_MS) {
                    return Err(StepRefusal::ExpectedTimeOutOfRange);
                }
                (Some(*expected), None)
            }
            PartStep::Prepare | PartStep::HandOver => (self.expected_at, None),
            PartStep::Reject(rejection) => (None, Some(rejection.clone())),
        };
        let state = self.state.after(step.event()).ok_or(StepRefusal::IllegalMove(self.state))?;
        Ok(Self { shop: self.shop, state, expected_at, rejection, changed_at: at })
    }

    /// The part once its shop's time to answer is over; `None` where the shop has answered it, or it
    /// ended in another way.
    #[must_use]
    pub fn lapsed(&self, at: UnixMillis) -> Option<Self> {
        let state = self.state.after(PartEvent::Lapse)?;
        let rejection = Some(Rejection { reason: RejectionReason::NotAnswered, text: None });
        Some(Self { shop: self.shop, state, expected_at: None, rejection, changed_at: at })
    }

    /// The part once its buyer has cancelled it; `None` where the state does not allow it.
    #[must_use]
    pub fn cancelled(&self, at: UnixMillis) -> Option<Self> {
        let state = self.state.after(PartEvent::Cancel)?;
        let (expected_at, rejection) = (None, None);
        Some(Self { shop: self.shop, state, expected_at, rejection, changed_at: at })
    }
}
