//! What the owners of shops tell whoever looks at their events.

use std::sync::Arc;

use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::desk::Level;
use hotdeal_domain::{ProductId, ShopId};

use crate::host::shell::AnswerFuture;

/// A shop at a glance, as far as it is durable.
pub(crate) struct BoardLook {
    /// The sequence of the last fact of its stream.
    pub(crate) through: i64,
    /// Its deals that have not ended, by number: each with its state, and how many products it is on.
    pub(crate) deals: Vec<(Arc<Deal>, DealState, usize)>,
}

/// Levels of stock after the fact with this sequence.
pub(crate) type LevelsNow = (i64, Vec<(ProductId, Level)>);

/// The owners of shops, as those who look at events need them. Nobody is sent anything: it is read from
/// what an owner has published.
pub(crate) trait EventDesks: Send + Sync {
    /// Looks at a shop, whose owner counts as used.
    fn look(&self, shop: ShopId) -> AnswerFuture<'_, BoardLook>;

    /// The levels of these products.
    fn levels(&self, shop: ShopId, products: Vec<ProductId>) -> AnswerFuture<'_, LevelsNow>;
}
