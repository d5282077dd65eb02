//! The live board of a shop: what happens there, for its seller and for admins.
//!
//! ```text
//! a fact of the shop (durable) -> the next tick: Feeder -> shop_events -> frames -> Fanout -> who watches
//! a new connection -> watch the shop, then read: the board, or what was missed
//! who asks again and again -> the same events
//! ```
//! Nothing is read and nothing is written down for a shop that nobody watches, and nothing is asked of its
//! owner: the feeder reads the journal, as whoever comes back does. A connection watches before it reads,
//! and leaves out by its sequence what it has read. So nothing is missed, and nothing comes twice but what
//! the board shows already: an event that came while it was read.
//!
//! A connection begins with `board`: the newest orders that are open, and the deals. If it comes back with an
//! id, it begins with `ready`, and what was missed follows. If that is too much, or the id is none of this
//! shop, it begins with `gap`, and the board follows. The same happens to all who watch a shop at which
//! more happens between two ticks than a person can follow.
//!
//! A deal begins and ends with the time, and no fact says so: `deal-started` and `deal-ended` tell a state,
//! and have no id to come back to. The board has the deals with their windows.

mod described;
mod feeder;
mod frames;

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::UPGRADE;
use hotdeal_actors::fanout::{Frame, Transport};
use hotdeal_actors::order::{EventPlace, ShopEventId, ShopEvents};
use hotdeal_domain::ShopId;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::enter::{Entered, check_origin, subscribe};
use super::{Live, sse, ws};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::etag;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use frames::{Board, Frames, ShopEventAnswer};

pub(super) use described::{channel, messages, operation, schemas};
pub(super) use feeder::{Fed, start};

/// Orders that a board begins with: more than a person looks through.
const ORDERS: usize = 200;

/// The last event that somebody has who asks again and again.
pub(super) const AFTER: Parameter =
    q("after", false, "`after` of the answer before; without it the answer is the board").text(64);

/// What happened at a shop, for who asks again and again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShopEventsAnswer {
    /// What happened since, in order.
    #[schema(value_type = Vec<ShopEventAnswer>)]
    events: Vec<Box<RawValue>>,
    /// How the shop stands; there where `after` was not sent, or there is a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    board: Option<Board>,
    /// Events are missing, for this reason: `too-old` or `unknown-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    gap: Option<&'static str>,
    /// Sent as `after`, gives what happens from now on.
    #[schema(value_type = String)]
    after: String,
}

/// What somebody gets who names the last event they have, or none.
enum Told {
    /// The board is new to them, or has to be again for this reason.
    Board { through: i64, board: Board, gap: Option<&'static str> },
    /// What they missed behind the event `after`: nothing else up to and with the sequence `through`.
    Missed { after: ShopEventId, frames: Vec<Arc<Frame>>, through: i64 },
}

/// Opens a live connection: a WebSocket where the client asks for one, else a stream of events.
pub(super) async fn open(call: &Call, payload: Payload) -> Result<HttpResponse, Problem> {
    let wants_socket =
        call.request.headers().get(UPGRADE).is_some_and(|to| {
            to.to_str().is_ok_and(|to| to.trim().eq_ignore_ascii_case("websocket"))
        });
    let since = sse::last_event(call)?;
    if wants_socket {
        ws::check_protocol(call)?;
        let entered = enter(call, Transport::WebSocket, since.as_deref()).await?;
        return ws::begin(call, payload, entered);
    }
    let entered = enter(call, Transport::EventStream, since.as_deref()).await?;
    Ok(sse::begin(call, entered))
}

async fn enter(call: &Call, transport: Transport, since: Option<&str>) -> Result<Entered, Problem> {
    let live = call.part::<Live>();
    check_origin(call, live, transport)?;
    let shop = own_shop(call).await?;
    let mut subscription = subscribe(&live.fanout, &call.bearer()?, transport)?;
    // From here on what happens waits in the subscription.
    if !subscription.watch(shop) {
        return Err(Code::Busy.into());
    }
    let frames = Frames { shop, zone: call.state.zone };
    let (first, through) = match told(call, shop, since).await? {
        Told::Board { through, board, gap } => {
            let place = EventPlace::whole(through);
            let gap = gap.map(|reason| frames.gap(place, reason, call.now));
            let board = frames.board(place, &board, call.now);
            (gap.into_iter().chain([board]).map(Arc::new).collect(), through)
        }
        Told::Missed { after, frames: missed, through } => {
            // The first event repeats the client's own position. If the connection breaks before the
            // rest has arrived, the client then comes back to the same place.
            let ready = super::frames::ready(after, true, call.now, frames.zone);
            ([vec![Arc::new(ready)], missed].concat(), through)
        }
    };
    subscription.has_through(through);
    live.boards.begin(shop, through, call.now);
    Ok(Entered { first, subscription })
}

/// Answers who asks again and again.
pub(super) async fn poll(call: &Call) -> Result<Answer, Problem> {
    let after = call.text(&AFTER)?;
    let shop = own_shop(call).await?;
    let id = |sequence| ShopEventId { shop, place: EventPlace::whole(sequence) }.to_string();
    let answer = match told(call, shop, after.as_deref()).await? {
        Told::Board { through, board, gap } => {
            ShopEventsAnswer { events: Vec::new(), board: Some(board), gap, after: id(through) }
        }
        Told::Missed { frames, through, .. } => {
            let texts = frames.iter().map(|frame| RawValue::from_string(frame.text().to_string()));
            let events = texts.collect::<Result<_, _>>().map_err(|_| Code::Internal)?;
            ShopEventsAnswer { events, board: None, gap: None, after: id(through) }
        }
    };
    let answer = Answer::ok(&answer).private();
    let tag = etag::of(answer.body());
    Ok(answer.tagged(&call.request, tag))
}

async fn told(call: &Call, shop: ShopId, since: Option<&str>) -> Result<Told, Problem> {
    let (orders, zone) = (call.state.mall.orders(), call.state.zone);
    let gap = match since {
        None => None,
        Some(text) => match text.trim().parse::<ShopEventId>() {
            Ok(id) if id.shop == shop => {
                let most = call.part::<Live>().settings.replay_max;
                match orders.shop_events(shop, id.place, most).await? {
                    ShopEvents::These { events, through } => {
                        let frames = Frames { shop, zone };
                        let frames = events.iter().map(|event| Arc::new(frames.event(event)));
                        let frames = frames.collect();
                        return Ok(Told::Missed { after: id, frames, through });
                    }
                    ShopEvents::TooMany => Some("too-old"),
                    ShopEvents::Unknown => Some("unknown-id"),
                }
            }
            Ok(_) | Err(_) => Some("unknown-id"),
        },
    };
    let found = orders.board(shop, ORDERS).await?;
    let board = Board::new(&found, call.now, zone);
    Ok(Told::Board { through: found.through, board, gap })
}

/// The shop in the path, if the caller may see its orders. Another's board is answered like that of a shop
/// that does not exist.
async fn own_shop(call: &Call) -> Result<ShopId, Problem> {
    let shop: ShopId = call.path_id("shopId")?;
    let found = call.state.mall.shops().shop(shop).await?;
    let caller = call.user()?;
    match found.filter(|found| found.owner == caller || call.is_admin()) {
        Some(_) => Ok(shop),
        None => Err(Code::ShopNotFound.into()),
    }
}
