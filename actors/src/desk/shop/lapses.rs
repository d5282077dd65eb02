//! Orders that the shop has not answered in time: it is the owner of the shop who sees that the time is over,
//! and the owner of the order's home, where all changes of the order take turns, who rejects the part.

use hotdeal_domain::{ShopId, Stream as _, stream::ShopStream};

use super::actor::ShopActor;
use crate::clock;
use crate::error::RequestError;
use crate::host::directory::Directory;
use crate::host::send_request;
use crate::host::timers;
use crate::order::OrderError;
use crate::order::messages::Lapse;
use crate::storage::id;

impl ShopActor {
    /// From now on what is not answered in time is rejected.
    pub(super) fn watch_lapses(&mut self) {
        let (shop, shops) = (self.desk.profile().id, self.shops.clone());
        let lapse = move |order| lapse(shops.clone(), shop, order);
        let card = self.durable.clone();
        self.lapses = Some(timers::watch(&self.shops, ShopStream::id(shop), card, lapse));
    }
}

/// Has a part rejected that the shop has not answered in time.
async fn lapse(shops: Directory<ShopActor>, shop: ShopId, order: i64) -> Result<(), RequestError> {
    // It cannot be undone. At the start, and after a step of the wall clock, the time may be wrong.
    if clock::is_in_doubt() {
        return Err(RequestError::Unavailable("it is in doubt what time it is"));
    }
    let order = id(order)?;
    let home = shops.storage().home_of(order).await?.ok_or(RequestError::Missing)?;
    let send = async |envelope| shops.send(home, envelope).await.map(drop);
    match send_request(Lapse { order, shop }, None, send).await {
        Ok(_) => Ok(()),
        Err(OrderError::Request(error)) => Err(error),
        Err(refusal) => {
            crate::warn_seldom!(%refusal, %order, "an order that was not answered stays as it is");
            Err(RequestError::Unavailable("an order that was not answered stays as it is"))
        }
    }
}
