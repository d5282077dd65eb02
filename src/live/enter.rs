//! Opening a live connection, the same for every transport: who it is, from which page, and where
//! to resume.

use std::sync::Arc;

use hotdeal_actors::Mall;
use hotdeal_actors::fanout::{Fanout, Frame, Subscription, Transport, Turned, Visitor};
use hotdeal_actors::notice::NoticeBatchId;
use hotdeal_domain::{EventId, UnixMillis, UserId};

use super::{Live, frames};
use crate::auth::Bearer;
use crate::clock::Zone;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::origin::{self, Nameless};
use crate::http::kit::problem::Problem;
use crate::settings::LiveSettings;

/// Ledger entries in one read of missed notices; each may hold all products that a person follows.
const REPLAY_PAGE: u32 = 8;

/// A connection that may begin: the first frames to send, and its subscription for all that follow.
pub(super) struct Entered {
    pub(super) first: Vec<Arc<Frame>>,
    pub(super) subscription: Subscription,
}

/// The position from which a client wants to resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// None: the client is new.
    Now,
    /// After this sequence.
    After(i64),
    /// An id that is not one of ours.
    Unknown,
}

impl Since {
    /// Reads an id; `None` if the client sent none.
    pub(super) fn read(id: Option<&str>) -> Self {
        match id.map(|id| id.trim().parse()) {
            None => Self::Now,
            Some(Ok(NoticeBatchId(sequence))) => Self::After(sequence),
            Some(Err(_)) => Self::Unknown,
        }
    }
}

/// Lets a caller in whose token was checked.
pub(super) async fn enter(
    call: &Call,
    transport: Transport,
    since: Since,
) -> Result<Entered, Problem> {
    let (state, live) = (&call.state, call.part::<Live>());
    check_origin(call, live, transport)?;
    let events = followed(call)?;
    let subscription = subscribe(&live.fanout, &call.bearer()?, transport)?;
    for event in events {
        if !state.mall.coupons().is_event(event).await? {
            return Err(Code::EventNotFound.into());
        }
        if !subscription.follow(event) {
            return Err(too_many_events("events"));
        }
    }
    let taking = Taking { user: call.user()?, since, now: call.now };
    resume(&state.mall, subscription, taking, &live.settings, state.zone).await
}

/// Refuses a page that may not open a connection.
///
/// # Errors
/// [`Code::ForeignOrigin`].
pub(super) fn check_origin(call: &Call, live: &Live, transport: Transport) -> Result<(), Problem> {
    let nameless = match transport {
        Transport::EventStream => Nameless::OwnPage,
        Transport::WebSocket | Transport::Stomp => Nameless::Nobody,
    };
    // A browser sends the cookie along from any page: pages elsewhere need a token.
    let listed = if call.is_by_cookie() { &[][..] } else { &live.settings.origins[..] };
    origin::check(&call.request, listed, nameless)
}

/// Subscribes in the fan-out.
pub(super) fn subscribe(
    fanout: &Fanout,
    bearer: &Bearer,
    transport: Transport,
) -> Result<Subscription, Problem> {
    let visitor = Visitor { pass: bearer.pass(), until: bearer.expires_at, transport };
    fanout.join(visitor).map_err(|turned| match turned {
        Turned::PersonFull => Code::TooManyConnections.into(),
        Turned::Full | Turned::Stopping => Code::Busy.into(),
    })
}

/// Who resumes, from where, and when.
pub(super) struct Taking {
    pub(super) user: UserId,
    pub(super) since: Since,
    pub(super) now: UnixMillis,
}

/// Reads what was missed. The subscription began before, so notices that come meanwhile wait in it.
pub(super) async fn resume(
    mall: &Mall,
    mut subscription: Subscription,
    taking: Taking,
    settings: &LiveSettings,
    zone: Zone,
) -> Result<Entered, Problem> {
    let Taking { user, since, now } = taking;
    let told = mall.notices().told_through();
    let position = NoticeBatchId(told);
    let missed = match since {
        Since::Now => Missed::Nothing,
        Since::Unknown => Missed::Gap("unknown-id"),
        Since::After(sequence) => missed(mall, user, sequence, settings, zone).await?,
    };
    let (first, through) = match missed {
        Missed::Nothing => (vec![Arc::new(frames::ready(position, false, now, zone))], told),
        // The first event repeats the client's own position. If the connection breaks before the
        // replay has arrived, the client then resumes from the same place.
        Missed::Replay { after, frames, through } => {
            let ready = Arc::new(frames::ready(NoticeBatchId(after), true, now, zone));
            ([vec![ready], frames].concat(), through.max(told))
        }
        Missed::Gap(reason) => {
            let ready = frames::ready(position, false, now, zone);
            let gap = frames::gap(position, reason, now, zone);
            (vec![Arc::new(ready), Arc::new(gap)], told)
        }
    };
    subscription.has_through(through);
    Ok(Entered { first, subscription })
}

/// What a client missed.
enum Missed {
    /// Nothing: the client is new.
    Nothing,
    /// These frames, after the sequence `after`. With them the client has everything up to
    /// `through`.
    Replay { after: i64, frames: Vec<Arc<Frame>>, through: i64 },
    /// Unknown, for this reason.
    Gap(&'static str),
}

/// Reads the notices that a person got after a sequence, unless they are more than may wait for a
/// connection at all.
async fn missed(
    mall: &Mall,
    user: UserId,
    after: i64,
    settings: &LiveSettings,
    zone: Zone,
) -> Result<Missed, Problem> {
    // The tables may be ahead of what was sent to connections here, and the client may have read
    // the tables.
    if after > mall.notices().told_through() && after > mall.notices().told_durably().await? {
        return Ok(Missed::Gap("unknown-id"));
    }
    let (mut frames, mut through, mut bytes) = (Vec::new(), after, 0);
    let most = usize::try_from(settings.replay_max).unwrap_or(usize::MAX);
    loop {
        let page = mall.notices().missed(user, through, REPLAY_PAGE).await?;
        let is_last = page.len() < REPLAY_PAGE as usize;
        for batch in &page {
            through = batch.sequence;
            for (_, lines) in &batch.to {
                let frame = Arc::new(frames::notice(batch, lines, zone));
                bytes += frame.weight();
                frames.push(frame);
            }
            let too_much = frames.len() > 1 && bytes > settings.fanout.waiting_bytes_max;
            if frames.len() > most || too_much {
                return Ok(Missed::Gap("too-old"));
            }
        }
        if is_last {
            break;
        }
    }
    // This check comes last, because notices may be deleted while they are read.
    if after < mall.notices().forgotten_through().await? {
        return Ok(Missed::Gap("too-old"));
    }
    Ok(Missed::Replay { after, frames, through })
}

/// A connection can follow only as many events as the settings allow.
pub(super) fn too_many_events(member: &'static str) -> Problem {
    Problem::value(member, "이벤트가 너무 많습니다", "too many events")
}

/// The events whose state is asked for: `?events=7,9`.
fn followed(call: &Call) -> Result<Vec<EventId>, Problem> {
    let refused =
        || Problem::value("events", "이벤트 번호를 쉼표로 나열하세요", "event ids, by commas");
    let Some(text) = call.text(&super::EVENTS)? else { return Ok(Vec::new()) };
    text.split(',')
        .map(|id| id.trim().parse().ok().and_then(|id: i64| EventId::try_from(id).ok()))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(refused)
}
