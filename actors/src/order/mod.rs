//! Orders, of one shop or several: all of it or nothing. An order of one shop is one turn of its owner
//! (`desk/shop`); one of several is `wide.rs`. An order's home is the shop with the lowest number: the order
//! stands in its stream, and its changes are led by it.
//!
//! Each shop has a part of an order, which it takes on, makes ready and hands over, or rejects; the buyer can
//! cancel it. How far a part has come stands in the tables and in no memory: `rows.rs` says how. An order
//! is cancelled once no part of it stands.

mod api;
pub(crate) mod audit;
pub(crate) mod changed;
mod changes;
mod error;
pub(crate) mod events;
pub(crate) mod messages;
mod orders;
pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod wide;

use std::sync::Arc;

use changed::ChangedOrders;
use hotdeal_domain::order::{Order, OrderState, TrackedOrder};
use messages::OrderDesks;
use wide::WideOrders;

use crate::error::RequestError;
use crate::host::Host;
use crate::host::detached::Permits;
use crate::host::shell::Answer;
use crate::shop::Shops;
use crate::storage::{CORRUPT, Storage};

pub use api::*;
pub use error::OrderError;
pub use events::{EventPlace, ShopBoard, ShopEvent, ShopEventId, ShopEvents, ShopNews, ShopOrder};

/// Changes of orders under way, or that wait for another change of the same order.
const CHANGES_MAX: usize = 1_024;

/// What can be asked of orders. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Orders {
    host: Host,
    shops: Shops,
    desks: Arc<dyn OrderDesks>,
    /// Each shop has to answer its part of an order within so many milliseconds, if there is a bound.
    answer_within_ms: Option<i64>,
    pub(crate) wide: WideOrders,
    pub(crate) changes: Permits,
    changed: Arc<ChangedOrders>,
}

impl Orders {
    pub(crate) fn new(
        host: Host,
        shops: Shops,
        desks: Arc<dyn OrderDesks>,
        answer_within_ms: Option<i64>,
        changed: Arc<ChangedOrders>,
    ) -> Self {
        let changes = Permits::new(CHANGES_MAX);
        let wide = WideOrders::default();
        Self { host, shops, desks, answer_within_ms, wide, changes, changed }
    }
}

/// An order's rows never change but for its state, and every order that was made was a success: so what
/// was told of it can be told again, whatever became of it.
impl Answer for Order {
    fn reference(&self) -> Option<i64> {
        (self.state == OrderState::Success).then(|| self.id.get())
    }

    async fn recall(storage: &Storage, reference: i64) -> Result<Self, RequestError> {
        let id = reference.try_into().map_err(|_| CORRUPT)?;
        let order = storage.order(id).await?.ok_or(CORRUPT)?;
        Ok(Self { state: OrderState::Success, ..order })
    }
}

/// The whole of it is kept: its parts go on.
impl Answer for TrackedOrder {}

impl Answer for PartView {}

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, OrderError>;
