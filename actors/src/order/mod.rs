//! Orders, of one shop or several: all of it or nothing. An order of one shop is one turn of its owner
//! (`desk/shop`); one of several is `wide.rs`. An order's home is the shop with the lowest number: the order
//! stands in its stream, and cancelling is led by it.

mod api;
pub(crate) mod audit;
mod error;
pub(crate) mod messages;
mod mine;
mod orders;
pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod wide;

use std::sync::Arc;

use hotdeal_domain::order::{Order, OrderState};
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

/// Orders that are being cancelled, or wait for another cancellation of the same order.
const CANCELLATIONS_MAX: usize = 1_024;

/// What can be asked of orders. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Orders {
    host: Host,
    shops: Shops,
    desks: Arc<dyn OrderDesks>,
    pub(crate) wide: WideOrders,
    pub(crate) cancellations: Permits,
}

impl Orders {
    pub(crate) fn new(host: Host, shops: Shops, desks: Arc<dyn OrderDesks>) -> Self {
        let cancellations = Permits::new(CANCELLATIONS_MAX);
        Self { host, shops, desks, wide: WideOrders::default(), cancellations }
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

/// What a request of this wing comes to.
type Outcome<T> = crate::host::shell::Outcome<T, OrderError>;
