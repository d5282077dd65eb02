//! What the desk keeps of a product.

use std::sync::Arc;

use crate::shop::Stock;
use crate::{Amount, UnixMillis};

/// What the desk keeps of a product: enough to sell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    /// Its name.
    pub name: Arc<str>,
    /// The price of one piece.
    pub price: Amount,
    /// How much there is.
    pub stock: Stock,
    /// At how many pieces it is low.
    pub low_at: u32,
    /// When the stock last changed; `None` if it was never stocked.
    pub moved_at: Option<UnixMillis>,
    /// Taken off sale, and kept only because stock of its orders may come back.
    pub withdrawn: bool,
}
