//! Orders: the lines a shopper asks for, the priced order, and the states it goes through.

mod cancel;
mod fact;
mod part;
mod tracked;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use cancel::{CancelRefusal, CancelScope, Cancellation, decide_cancel};
pub use fact::OrderFact;
pub use part::{
    EXPECTED_WITHIN_MS, Part, PartEvent, PartState, PartStep, REJECTION_TEXT_MAX, Rejection,
    RejectionReason, StepRefusal,
};
pub use tracked::TrackedOrder;

use crate::deal::DealShare;
use crate::invariant::{Broken, Invariant};
use crate::named::named;
use crate::shop::Quantity;
use crate::{Amount, Currency, EventId, OrderId, ProductId, ShopId, UnixMillis, UserId};

/// Lines of one order at most.
pub const LINES_MAX: usize = 10_000;

/// What a shopper asks for: each product once, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket(Vec<(ProductId, Quantity)>);

/// Why lines are no basket: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BasketRefusal {
    /// There is no line.
    Empty,
    /// There are more than [`LINES_MAX`].
    TooManyLines,
    /// The lines of one product add up to more than a quantity can be.
    TooManyPieces(ProductId),
}

impl Basket {
    /// Sums the lines of the same product.
    ///
    /// # Errors
    /// The first [`BasketRefusal`] that applies.
    pub fn new(lines: &[(ProductId, Quantity)]) -> Result<Self, BasketRefusal> {
        match lines {
            [] => return Err(BasketRefusal::Empty),
            [only] => return Ok(Self(vec![*only])),
            lines if lines.len() > LINES_MAX => return Err(BasketRefusal::TooManyLines),
            _ => {}
        }
        let mut summed: BTreeMap<ProductId, Quantity> = BTreeMap::new();
        for &(product, quantity) in lines {
            let sum = match summed.get(&product) {
                None => Some(quantity),
                Some(earlier) => earlier.checked_add(quantity),
            };
            summed.insert(product, sum.ok_or(BasketRefusal::TooManyPieces(product))?);
        }
        Ok(Self(summed.into_iter().collect()))
    }

    /// The lines, each product once.
    pub fn lines(&self) -> &[(ProductId, Quantity)] {
        &self.0
    }

    /// The lines whose product `belongs`, as a basket of their own; `None` when there are none.
    #[must_use]
    pub fn part(&self, belongs: impl Fn(ProductId) -> bool) -> Option<Self> {
        let lines: Vec<_> = self.0.iter().copied().filter(|&(p, _)| belongs(p)).collect();
        if lines.is_empty() { None } else { Some(Self(lines)) }
    }
}

/// One line of an order, with the price frozen when it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The product.
    pub product: ProductId,
    /// The shop that sells it.
    pub shop: ShopId,
    /// Its name at that time.
    pub name: Arc<str>,
    /// Pieces.
    pub quantity: Quantity,
    /// Price of one piece at that time, after the deal.
    pub unit_price: Amount,
    /// The deal that made the price, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<EventId>,
}

impl OrderLine {
    /// Quantity × unit price; `None` above the largest amount.
    pub fn total(&self) -> Option<Amount> {
        self.unit_price.checked_mul(self.quantity.get())
    }
}

/// The states of an order, as clients know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Asked for, nothing taken yet.
    Before,
    /// Stock is held; payment is awaited.
    Pending,
    /// Stock is sold.
    Success,
    /// Payment or stock failed.
    Failure,
    /// Its owner cancelled it.
    Cancelled,
    /// Payment did not come in time.
    Expired,
}

named! {
    OrderState as JSON {
        Before = "ORDER_BEFORE",
        Pending = "ORDER_PENDING",
        Success = "ORDER_SUCCESS",
        Failure = "ORDER_FAILURE",
        Cancelled = "ORDER_CANCELLED",
        Expired = "ORDER_EXPIRED",
    }
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderEvent {
    /// Its stock is set aside.
    Hold,
    /// It is paid, or needs no payment.
    Confirm,
    /// Its payment or stock failed.
    Fail,
    /// Its owner cancels it.
    Cancel,
    /// Its time to pay is over.
    Expire,
}

impl OrderState {
    /// The state after `event`, or `None` where the move is illegal.
    pub const fn after(self, event: OrderEvent) -> Option<Self> {
        match (self, event) {
            (Self::Before, OrderEvent::Hold) => Some(Self::Pending),
            (Self::Before | Self::Pending, OrderEvent::Confirm) => Some(Self::Success),
            (Self::Before | Self::Pending, OrderEvent::Fail) => Some(Self::Failure),
            (Self::Pending | Self::Success, OrderEvent::Cancel) => Some(Self::Cancelled),
            (Self::Pending, OrderEvent::Expire) => Some(Self::Expired),
            (Self::Before, OrderEvent::Cancel | OrderEvent::Expire)
            | (Self::Pending, OrderEvent::Hold)
            | (
                Self::Success,
                OrderEvent::Hold | OrderEvent::Confirm | OrderEvent::Fail | OrderEvent::Expire,
            )
            | (Self::Failure | Self::Cancelled | Self::Expired, _) => None,
        }
    }

    /// Whether nothing can happen to the order any more.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Failure | Self::Cancelled | Self::Expired)
    }
}

/// An order as it was made: what its journal entry and its rows tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// Who ordered.
    pub user: UserId,
    /// The shop whose actor keeps the order's state: the lowest id among its lines.
    pub home: ShopId,
    /// What is ordered, each product once.
    pub lines: Vec<OrderLine>,
    /// The sum of the lines.
    pub total: Amount,
    /// The currency of every line.
    pub currency: Currency,
    /// When it was made.
    pub ordered_at: UnixMillis,
    /// Its state.
    pub state: OrderState,
    /// Until when each of its shops has to answer its part; `None` where they may take as long as they
    /// like, and in orders made before that could be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<UnixMillis>,
}

/// Why priced lines cannot become one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderRefusal {
    /// The total would exceed the largest amount.
    TotalTooLarge,
    /// The shops sell in different currencies.
    MixedCurrencies,
}

impl Order {
    /// Makes an order of priced lines. It is a success at once.
    ///
    /// # Errors
    /// [`OrderRefusal::TotalTooLarge`] when the sum exceeds the largest amount.
    pub fn new(
        id: OrderId,
        user: UserId,
        lines: Vec<OrderLine>,
        currency: Currency,
        ordered_at: UnixMillis,
    ) -> Result<Self, OrderRefusal> {
        let total = sum(lines.iter()).ok_or(OrderRefusal::TotalTooLarge)?;
        let home = lines.iter().map(|line| line.shop).min().ok_or(OrderRefusal::TotalTooLarge)?;
        let (state, answer_by) = (OrderState::Success, None);
        Ok(Self { id, user, home, lines, total, currency, ordered_at, state, answer_by })
    }

    /// The same order, which each of its shops has to answer within so many milliseconds; `None` where they
    /// may take as long as they like.
    #[must_use]
    pub fn to_be_answered_within(self, millis: Option<i64>) -> Self {
        Self { answer_by: millis.map(|millis| self.ordered_at.plus(millis)), ..self }
    }

    /// Pieces over all lines.
    pub fn pieces(&self) -> u64 {
        self.lines.iter().map(|line| u64::from(line.quantity.get())).sum()
    }

    /// The shops it takes stock from, lowest id first.
    pub fn shops(&self) -> Vec<ShopId> {
        let mut shops: Vec<ShopId> = self.lines.iter().map(|line| line.shop).collect();
        shops.sort_unstable();
        shops.dedup();
        shops
    }

    /// What `shop` has in the order: products and pieces.
    pub fn pieces_of(&self, shop: ShopId) -> Vec<(ProductId, Quantity)> {
        let here = self.lines.iter().filter(|line| line.shop == shop);
        here.map(|line| (line.product, line.quantity)).collect()
    }

    /// The same order with no line in it.
    fn without_lines(&self) -> Self {
        let &Self { id, user, home, total, currency, ordered_at, state, answer_by, .. } = self;
        Self { id, user, home, lines: Vec::new(), total, currency, ordered_at, state, answer_by }
    }

    /// The part of the order sold at the prices of deals in `shop`; `None` when there is none.
    pub fn deal_share(&self, shop: ShopId) -> Option<Box<DealShare>> {
        deal_share(self.user, self.lines.iter().filter(|line| line.shop == shop))
    }

    /// Checks OR-1.
    ///
    /// # Errors
    /// When the total is not the sum of the lines.
    pub fn check(&self) -> Result<(), Broken> {
        Invariant::OrderTotalsAddUp.holds(sum(self.lines.iter()) == Some(self.total))
    }
}

/// The part of `lines` sold at the prices of deals; `None` when there is none.
pub(crate) fn deal_share<'a>(
    user: UserId,
    lines: impl Iterator<Item = &'a OrderLine>,
) -> Option<Box<DealShare>> {
    let lines: Vec<_> =
        lines.filter_map(|line| Some((line.deal?, line.product, line.quantity))).collect();
    if lines.is_empty() { None } else { Some(Box::new(DealShare { user, lines })) }
}

fn sum<'a>(mut lines: impl Iterator<Item = &'a OrderLine>) -> Option<Amount> {
    lines.try_fold(Amount::ZERO, |total, line| total.checked_add(line.total()?))
}
