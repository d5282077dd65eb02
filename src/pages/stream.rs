//! What is left of the deals, told live to whoever looks at a page, logged in or not: server-sent events.
//!
//! ```text
//! Offers::read (twice a second, while somebody looks) -> Tick, written once -> each viewer's connection
//! ```
//! What is told is a state. A viewer who comes, comes again or has missed something is told all of it; one who
//! has the state before is told what has changed. So there is nothing to resume, and nothing waits for a viewer
//! who is slow: they get the latest when they can take it.
//!
//! Events: `ready` with the server's time, `offers`, `heartbeat` with the time, and `end` where the server ends
//! the connection. The number of viewers is bounded (`pages.viewers_max`).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::Site;
use super::offers::{Offering, Offers};
use crate::clock;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::settings::PageSettings;

/// The time between two looks at what is left.
const EVERY: Duration = Duration::from_millis(500);
/// A page that lost its connection waits this many milliseconds, up to three times as many, so that pages do
/// not all come back at once.
const RETRY_MS: u64 = 1_000;
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// What is left of one offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Left {
    event: i64,
    /// Absent for coupons.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<i64>,
    left: u32,
    total: u32,
}

/// A state, written once for all.
struct Tick {
    number: u64,
    /// All of it.
    full: Bytes,
    /// What has changed since the one before.
    change: Bytes,
}

/// What viewers are told last.
#[derive(Clone)]
enum Told {
    Nothing,
    State(Arc<Tick>),
    /// The server stops.
    End,
}

/// Whoever is told.
pub(crate) struct Viewers {
    told: watch::Sender<Told>,
    count: Arc<AtomicUsize>,
    most: usize,
    heartbeat: Duration,
    lasts: Duration,
}

/// A viewer's place, free again when it is dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Viewers {
    /// Begins to look at what is left. Must be called within an actix system.
    pub(crate) fn start(settings: &PageSettings, offers: Arc<Offers>) -> Arc<Self> {
        let viewers = Arc::new(Self {
            told: watch::Sender::new(Told::Nothing),
            count: Arc::default(),
            most: settings.viewers_max,
            heartbeat: Duration::from_secs(settings.heartbeat_s),
            lasts: Duration::from_secs(settings.lasts_s),
        });
        actix_web::rt::spawn(keep_looking(viewers.clone(), offers));
        viewers
    }

    /// Ends all connections: they would keep the server from stopping.
    pub(crate) fn close(&self) {
        self.told.send_replace(Told::End);
    }

    /// How many are told.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn enter(&self) -> Option<Place> {
        let place = Place(self.count.clone());
        (self.count.fetch_add(1, Ordering::Relaxed) < self.most).then_some(place)
    }
}

async fn keep_looking(viewers: Arc<Viewers>, offers: Arc<Offers>) {
    let mut ticks = actix_web::rt::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last: (u64, Vec<Left>, u64) = (0, Vec::new(), 0);
    loop {
        ticks.tick().await;
        if matches!(&*viewers.told.borrow(), Told::End) {
            return;
        }
        if viewers.count.load(Ordering::Relaxed) == 0 {
            continue;
        }
        // What cannot be read now is read at the next tick.
        let Ok(offering) = offers.read().await else { continue };
        let (state, shape) = (left(&offering), shape(&offering));
        if last.0 > 0 && last.1 == state && last.2 == shape {
            continue;
        }
        let number = last.0 + 1;
        let tick =
            Tick { number, full: written(&state, shape), change: change(&last.1, &state, shape) };
        viewers.told.send_modify(|told| {
            if !matches!(told, Told::End) {
                *told = Told::State(Arc::new(tick));
            }
        });
        last = (number, state, shape);
    }
}

fn left(offering: &Offering) -> Vec<Left> {
    let offers = offering.all().iter().map(|offer| Left {
        event: offer.deal.id.get(),
        product: Some(offer.product.id.get()),
        left: offer.left,
        total: offer.total,
    });
    let coupons = offering.coupons.iter().map(|offer| Left {
        event: offer.event.get(),
        product: None,
        left: offer.left,
        total: offer.terms.total,
    });
    offers.chain(coupons).collect()
}

/// Changes when there are other deals or coupons than before: then a page shows itself anew.
fn shape(offering: &Offering) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    for offer in offering.all() {
        (offer.deal.id, offer.product.id, offer.price.minor()).hash(&mut hasher);
    }
    offering.coupons.iter().for_each(|offer| offer.event.hash(&mut hasher));
    // What a script can hold exactly.
    hasher.finish() >> 12
}

fn change(before: &[Left], after: &[Left], shape: u64) -> Bytes {
    let known: HashMap<_, _> =
        before.iter().map(|left| ((left.event, left.product), *left)).collect();
    let is_new = |left: &&Left| known.get(&(left.event, left.product)) != Some(*left);
    written(&after.iter().filter(is_new).copied().collect::<Vec<_>>(), shape)
}

fn written(state: &[Left], shape: u64) -> Bytes {
    event("offers", &json!({ "offers": state, "shape": shape, "now": clock::now() }))
}

fn event(name: &str, data: &serde_json::Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// A viewer's connection.
struct Viewer {
    told: watch::Receiver<Told>,
    /// Until something was told, what is said first.
    first: Option<Bytes>,
    /// The number of the state that the page has.
    seen: Option<u64>,
    heartbeat: Duration,
    ends_at: Instant,
    _place: Place,
}

impl Viewer {
    /// What is said next; `None` when there is nothing more to say.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let told = self.told.borrow_and_update().clone();
            match told {
                Told::End => return None,
                Told::State(tick) if self.seen != Some(tick.number) => {
                    let is_next = self.seen.is_some_and(|seen| seen + 1 == tick.number);
                    self.seen = Some(tick.number);
                    return Some(if is_next { tick.change.clone() } else { tick.full.clone() });
                }
                Told::State(_) | Told::Nothing => {}
            }
            let now = Instant::now();
            if now >= self.ends_at {
                return None;
            }
            let wait = self.heartbeat.min(self.ends_at - now);
            match tokio::time::timeout(wait, self.told.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(event("heartbeat", &json!({ "now": clock::now() }))),
            }
        }
    }
}

/// Opens a viewer's connection.
pub(crate) async fn open(call: &Call, _: Payload) -> Result<HttpResponse, Problem> {
    let viewers = &call.part::<Site>().viewers;
    let place = viewers.enter().ok_or(Code::Busy)?;
    let retry = RETRY_MS + rand::random_range(0..RETRY_MS * 2);
    let ready = event("ready", &json!({ "now": clock::now() }));
    let first = [format!("retry: {retry}\n").as_bytes(), &ready].concat();
    // Nine tenths of the time at least: pages that came together do not leave together.
    let lasts = viewers.lasts.mul_f64(rand::random_range(0.9..=1.0));
    let viewer = Viewer {
        told: viewers.told.subscribe(),
        first: Some(Bytes::from(first)),
        seen: None,
        heartbeat: viewers.heartbeat,
        ends_at: Instant::now() + lasts,
        _place: place,
    };
    let events = stream::unfold(viewer, async |mut viewer| {
        let told = viewer.next().await?;
        Some((Ok::<_, actix_web::Error>(told), viewer))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((BUFFERING, "no"))
        .streaming(Box::pin(events)))
}
