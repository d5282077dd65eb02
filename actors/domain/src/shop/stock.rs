//! Stock of one product: a ledger of entries. A hold is followed by exactly one of confirm,
//! release, expire; it already satisfies every invariant, so the second step cannot fail.

use serde::{Deserialize, Serialize};

use crate::invariant::{Broken, Invariant};
use crate::named::named;

/// Pieces of one line or one movement at most.
pub const QUANTITY_MAX: u32 = 1_000_000;
/// Pieces of one product on hand at most.
pub const ON_HAND_MAX: u32 = 1_000_000_000;

/// A number of pieces: `1..=`[`QUANTITY_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Quantity(u32);

/// A number that is no [`Quantity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAQuantity;

impl std::fmt::Display for NotAQuantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a quantity is a whole number from 1 to {QUANTITY_MAX}")
    }
}

impl std::error::Error for NotAQuantity {}

impl TryFrom<u32> for Quantity {
    type Error = NotAQuantity;

    fn try_from(pieces: u32) -> Result<Self, NotAQuantity> {
        if (1..=QUANTITY_MAX).contains(&pieces) { Ok(Self(pieces)) } else { Err(NotAQuantity) }
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> u32 {
        quantity.0
    }
}

impl Quantity {
    /// The number of pieces.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Both together; `None` above [`QUANTITY_MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::try_from(self.0.checked_add(other.0)?).ok()
    }
}

/// Why stock was adjusted by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustReason {
    /// A customer brought goods back.
    Return,
    /// Goods were lost, damaged or given away.
    WriteOff,
    /// Somebody counted.
    Count,
}

named! {
    AdjustReason as JSON { Return = "RETURN", WriteOff = "WRITE_OFF", Count = "COUNT" }
}

/// Why a movement of stock is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockRefusal {
    /// On hand would exceed [`ON_HAND_MAX`].
    TooMuch,
    /// On hand would fall below what is held and sold.
    BelowHeldAndSold,
    /// Less is available than asked for: this much.
    Shortage(u32),
}

/// The stock of one product. `on_hand` counts all pieces ever put in and not taken out by hand,
/// so `available = on_hand − held − sold`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stock {
    /// Pieces put in, less those taken out by hand.
    pub on_hand: u32,
    /// Pieces set aside for orders being made.
    pub held: u32,
    /// Pieces in orders that stand.
    pub sold: u32,
}

/// One change of a product's stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Movement {
    /// More pieces came in.
    Increased(u32),
    /// The number of pieces that can be sold was set, whatever was sold or is held. (In journals of
    /// version 0.1.0 the number is the one on hand; in both cases the fact's delta says what
    /// changed.)
    Reset(u32),
    /// The number on hand was changed by hand, for a reason.
    Adjusted {
        /// Pieces put in (positive) or taken out (negative).
        delta: i64,
        /// Why.
        reason: AdjustReason,
    },
    /// Pieces were set aside.
    Held(u32),
    /// Pieces set aside were sold.
    Confirmed(u32),
    /// Pieces set aside are free again.
    Released(u32),
    /// Pieces were sold at once.
    Sold(u32),
    /// Pieces of a cancelled order came back.
    Returned(u32),
}

impl Stock {
    /// Pieces that can be ordered now.
    pub const fn available(&self) -> u32 {
        self.on_hand.saturating_sub(self.held).saturating_sub(self.sold)
    }

    /// Pieces that nobody has bought. Held pieces are among them: they may become free again.
    pub const fn unsold(&self) -> u32 {
        self.on_hand.saturating_sub(self.sold)
    }

    /// The stock after `movement`; `self` does not change.
    ///
    /// # Errors
    /// The [`StockRefusal`] when the movement would break ST-1 or a bound.
    pub fn after(&self, movement: Movement) -> Result<Self, StockRefusal> {
        let mut next = *self;
        match movement {
            Movement::Increased(pieces) => next.on_hand = self.shifted(i64::from(pieces))?,
            Movement::Reset(pieces) => {
                next.on_hand = self.bounded(self.taken() + i64::from(pieces))?
            }
            Movement::Adjusted { delta, .. } => next.on_hand = self.shifted(delta)?,
            Movement::Held(pieces) => {
                self.covers(pieces)?;
                next.held += pieces;
            }
            Movement::Sold(pieces) => {
                self.covers(pieces)?;
                next.sold += pieces;
            }
            Movement::Confirmed(pieces) => {
                debug_assert!(pieces <= self.held, "only what is held can be confirmed");
                next.held = self.held.saturating_sub(pieces);
                next.sold = self.sold.saturating_add(pieces);
            }
            Movement::Released(pieces) => {
                debug_assert!(pieces <= self.held, "only what is held can be released");
                next.held = self.held.saturating_sub(pieces);
            }
            Movement::Returned(pieces) => {
                debug_assert!(pieces <= self.sold, "only what was sold can come back");
                next.sold = self.sold.saturating_sub(pieces);
            }
        }
        Ok(next)
    }

    /// The stock after the number on hand has changed by `delta`, as a fact records it.
    ///
    /// # Errors
    /// The [`StockRefusal`] when that would break ST-1 or a bound.
    pub fn changed_by(&self, delta: i64) -> Result<Self, StockRefusal> {
        Ok(Self { on_hand: self.shifted(delta)?, ..*self })
    }

    /// Pieces held and sold.
    fn taken(&self) -> i64 {
        i64::from(self.held) + i64::from(self.sold)
    }

    fn covers(&self, pieces: u32) -> Result<(), StockRefusal> {
        let available = self.available();
        if pieces <= available { Ok(()) } else { Err(StockRefusal::Shortage(available)) }
    }

    fn shifted(&self, delta: i64) -> Result<u32, StockRefusal> {
        self.bounded(i64::from(self.on_hand).saturating_add(delta))
    }

    fn bounded(&self, on_hand: i64) -> Result<u32, StockRefusal> {
        if on_hand < self.taken() {
            return Err(StockRefusal::BelowHeldAndSold);
        }
        match u32::try_from(on_hand) {
            Ok(pieces) if pieces <= ON_HAND_MAX => Ok(pieces),
            Ok(_) | Err(_) => Err(StockRefusal::TooMuch),
        }
    }

    /// Checks ST-1.
    ///
    /// # Errors
    /// When more is held and sold than is on hand.
    pub fn check(&self) -> Result<(), Broken> {
        let taken = u64::from(self.held) + u64::from(self.sold);
        Invariant::StockCoversHeldAndSold.holds(u64::from(self.on_hand) >= taken)
    }
}
