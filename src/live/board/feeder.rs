//! Feeds the boards that somebody watches, tick by tick, from the journals of their shops.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use hotdeal_actors::fanout::{Delivery, Fanout, Frame};
use hotdeal_actors::order::{EventPlace, ShopEvents};
use hotdeal_actors::{Mall, RequestError};
use hotdeal_domain::deal::{Deal, DealState};
use hotdeal_domain::{Phase, ShopId, UnixMillis};
use parking_lot::Mutex;

use super::ORDERS;
use super::frames::{Board, Frames};
use crate::clock::{self, Zone};
use crate::live::ticker::keep_looking;
use crate::settings::LiveSettings;

/// Events of one shop that are told one by one in a tick, and facts that are looked at for them. A board
/// on which more happens is sent anew: nobody reads hundreds of orders a second.
const EVENTS_A_TICK: usize = 100;
/// Shops whose journals are read at the same time.
const SHOPS_AT_ONCE: usize = 4;

/// How far the boards of this server have been fed. A board is fed from the first connection on that
/// watches it.
#[derive(Default)]
pub(crate) struct Fed(Mutex<HashMap<ShopId, Progress>>);

/// How far one board has been fed.
#[derive(Debug, Clone, Copy)]
struct Progress {
    /// The last sequence that was told.
    through: i64,
    /// Deals that began or ended by then have been told.
    at: UnixMillis,
}

impl Fed {
    /// A connection that watches the shop has all up to this sequence. If others watch the shop, they are
    /// fed already: the connection leaves out what it has.
    pub(in crate::live) fn begin(&self, shop: ShopId, through: i64, at: UnixMillis) {
        self.0.lock().entry(shop).or_insert(Progress { through, at });
    }

    /// The boards that are watched. Those that nobody watches any more are forgotten.
    fn watched(&self, fanout: &Fanout) -> Vec<(ShopId, Progress)> {
        let mut fed = self.0.lock();
        // A connection watches first, and begins then: it is seen here, or begins after this.
        fed.retain(|shop, _| fanout.is_watched(*shop));
        fed.iter().map(|(shop, progress)| (*shop, *progress)).collect()
    }

    fn advance(&self, shop: ShopId, to: Progress) {
        if let Some(progress) = self.0.lock().get_mut(&shop) {
            // Perhaps it was forgotten and has begun again meanwhile, further on.
            progress.through = progress.through.max(to.through);
            progress.at = progress.at.max(to.at);
        }
    }
}

struct Feeder {
    mall: Mall,
    fanout: Fanout,
    fed: Arc<Fed>,
    zone: Zone,
    /// Events told in a tick: no more than half of those that may wait for a connection.
    most: usize,
}

/// Starts the ticks.
pub(crate) fn start(
    mall: Mall,
    fanout: Fanout,
    fed: Arc<Fed>,
    zone: Zone,
    settings: &LiveSettings,
) {
    let (every, most) = (settings.tick, EVENTS_A_TICK.min(settings.fanout.waiting_max / 2).max(1));
    let feeder = Feeder { mall, fanout, fed, zone, most };
    actix_web::rt::spawn(async move { keep_looking(every, async || feeder.tick().await).await });
}

impl Feeder {
    async fn tick(&self) {
        let watched = stream::iter(self.fed.watched(&self.fanout));
        watched
            .for_each_concurrent(SHOPS_AT_ONCE, async |(shop, progress)| {
                // What cannot be read now is read with the next tick.
                if let Err(error) = self.feed(shop, progress).await {
                    hotdeal_actors::warn_seldom!(%error, "a board could not be fed");
                }
            })
            .await;
    }

    async fn feed(&self, shop: ShopId, from: Progress) -> Result<(), RequestError> {
        let (orders, now) = (self.mall.orders(), clock::now());
        let (through, deals) = orders.look_at_shop(shop).await?;
        let (mut frames, mut to) = (Vec::new(), Progress { at: now, ..from });
        if through > from.through {
            (frames, to.through) = self.happened(shop, from.through, now).await?;
        }
        frames.extend(self.by_time(shop, &deals, from.at, now));
        if !frames.is_empty() {
            let frames = frames.into_iter().map(Arc::new).collect();
            self.fanout.publish(Delivery::Shop { shop, frames });
        }
        self.fed.advance(shop, to);
        Ok(())
    }

    /// What happened after this sequence, and up to which it is told.
    async fn happened(
        &self,
        shop: ShopId,
        after: i64,
        now: UnixMillis,
    ) -> Result<(Vec<Frame>, i64), RequestError> {
        let (orders, frames) = (self.mall.orders(), Frames { shop, zone: self.zone });
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        let happened = orders.shop_events(shop, EventPlace::whole(after), most).await?;
        if let ShopEvents::These { events, through } = happened
            && events.len() <= self.most
        {
            return Ok((events.iter().map(|event| frames.event(event)).collect(), through));
        }
        let found = orders.board(shop, ORDERS).await?;
        let (place, board) = (EventPlace::whole(found.through), Board::new(&found, now, self.zone));
        let sent = vec![frames.gap(place, "too-old", now), frames.board(place, &board, now)];
        Ok((sent, found.through))
    }

    /// Deals that began or ended since the tick before.
    fn by_time(
        &self,
        shop: ShopId,
        deals: &[(Arc<Deal>, DealState, usize)],
        from: UnixMillis,
        now: UnixMillis,
    ) -> Vec<Frame> {
        let frames = Frames { shop, zone: self.zone };
        let turned = deals.iter().filter_map(|(deal, state, products)| {
            // One that was opened since is told by its fact.
            let kind = crossed(deal, from, now).filter(|_| deal.opened_at <= from)?;
            Some(frames.deal(kind, deal, *state, *products, now))
        });
        turned.collect()
    }
}

/// What the time does to a deal between two instants, if anything.
fn crossed(deal: &Deal, from: UnixMillis, to: UnixMillis) -> Option<&'static str> {
    let phase = |at| deal.terms.window.phase(at);
    match (phase(from), phase(to)) {
        (Phase::Before, Phase::Open) => Some("deal-started"),
        (Phase::Before | Phase::Open, Phase::After) => Some("deal-ended"),
        (Phase::Before, Phase::Before) | (Phase::Open, _) | (Phase::After, _) => None,
    }
}
