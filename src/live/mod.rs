//! Live connections: WebSocket, server-sent events and STOMP, bare or within SockJS, all with the same events
//! under the same ids.
//!
//! ```text
//! NoticeBatch (durable) -> frames::tell -> Fanout::publish -> Subscription -> ws | sse | stomp -> client
//! Ticker (durable)  -> frames::state ->
//! a new connection  -> enter: join the fan-out, then read what was missed, then leave that out
//! ```
//! A connection joins before it reads: a notice that comes meanwhile is both in the tables and in the
//! subscription, which leaves it out by its sequence. So nothing is missed and nothing comes twice. An id
//! that is not ours, is too old, or is before a deleted notice is answered with a `gap`. The tables are
//! the resume log, so a restart changes nothing.
//!
//! Events have the ids `notices:{sequence}`. A STOMP client cannot say where to resume: its session lasts as
//! long as its token, and it finds what it missed in `GET /api/notifications`. The stock of a followed event
//! is a state and not an event (`ticker.rs`): the latest replaces what still waits, and there is no position
//! to resume from. So is how one's own order stands (`orders.rs`). A socket that nobody reads is ended by the kernel (`http.unread_deadline_ms`).

pub(crate) mod asyncapi;
mod board;
mod bounded;
mod connections;
mod enter;
mod frames;
mod orders;
pub(crate) mod routes;
mod sockjs;
mod sse;
mod stomp;
mod ticker;
mod ticket;
mod words;
mod ws;

use std::sync::Arc;

use hotdeal_actors::Mall;
use hotdeal_actors::fanout::Fanout;

use crate::clock::Zone;
use crate::http::kit::query::{Parameter, q};
use crate::settings::LiveSettings;

/// Where a client stopped.
const SINCE: Parameter =
    q("since", false, "the id of the last event one has: what came after it is sent again")
        .text(64);
/// The same for a stream, whose client may send it in the header that browsers use.
const STREAM_SINCE: Parameter = q(
    "since",
    false,
    "the id of the last event one has: what came after it is sent again; where there is a \
     Last-Event-ID header, that counts",
)
.text(64);
/// The events whose stock is sent.
const EVENTS: Parameter =
    q("events", false, "up to 16 events whose stock is told, by commas").text(512);
/// The token of a STOMP client that cannot set headers.
const ACCESS_TOKEN: Parameter =
    q("access_token", false, "a token, where neither `Authorization` nor CONNECT carries one")
        .text(4_096);

/// What live connections share.
pub(crate) struct Live {
    pub(crate) fanout: Fanout,
    pub(crate) settings: LiveSettings,
    /// How far the boards of shops have been fed.
    boards: Arc<board::Fed>,
}

impl Live {
    /// Starts with no connections. From now on the mall's notices are sent. Must be called within
    /// an actix system.
    pub(crate) fn open(settings: &LiveSettings, mall: &Mall, zone: Zone) -> Self {
        let fanout = Fanout::new(mall.accounts().revocations().clone(), settings.fanout);
        let out = fanout.clone();
        mall.notices().on_batch(move |batch| out.publish(frames::tell(&batch, &out, zone)));
        ticker::start(mall.clone(), fanout.clone(), zone, settings.tick);
        orders::start(mall.clone(), fanout.clone(), zone, settings);
        let boards = Arc::<board::Fed>::default();
        board::start(mall.clone(), fanout.clone(), boards.clone(), zone, settings);
        Self { fanout, settings: settings.clone(), boards }
    }
}
