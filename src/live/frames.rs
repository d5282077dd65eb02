//! Events as they are sent: each is written once, in the form of every transport.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use hotdeal_actors::fanout::{Delivery, Fanout, Frame};
use hotdeal_actors::notice::{NewsKind, NoticeBatch, NoticeBatchId, NoticeId, NoticeLine};
use hotdeal_domain::deal::Deal;
use hotdeal_domain::{EventId, UnixMillis};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::words;
use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::{DiscountAmount, Money, taken_off};

/// The types of events that tell of deals.
pub(super) const KINDS_OF_DEALS: [&str; 4] = [
    kind_name(NewsKind::Opened),
    kind_name(NewsKind::Paused),
    kind_name(NewsKind::Resumed),
    kind_name(NewsKind::Cancelled),
];

/// The type of an event that tells of a deal.
const fn kind_name(kind: NewsKind) -> &'static str {
    match kind {
        NewsKind::Opened => "hot-deal",
        NewsKind::Paused => "deal-paused",
        NewsKind::Resumed => "deal-resumed",
        NewsKind::Cancelled => "deal-cancelled",
    }
}

/// The members that every reader of an event gets.
#[derive(Serialize)]
struct Event<'a, T> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    at: Stamp,
    data: T,
}

/// News of a deal, with the products of it that one follows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DealNews<'a> {
    event_id: i64,
    /// Percent off; `null` where an amount is taken off.
    #[schema(value_type = Option<f64>)]
    event_discount: Option<DiscountAmount>,
    /// Money off each piece; `null` where a percentage is.
    #[schema(value_type = Option<f64>)]
    discount_amount: Option<Money>,
    #[schema(value_type = String, format = DateTime)]
    start_event_time: WireStamp,
    #[schema(value_type = String, format = DateTime)]
    end_event_time: WireStamp,
    products: Vec<DealNewsLine<'a>>,
}

/// A product of a deal, as it was when people were told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DealNewsLine<'a> {
    /// What marks it as read.
    notification_id: String,
    product_id: i64,
    product_name: &'a str,
    #[schema(value_type = f64)]
    original_price: Money,
    #[schema(value_type = f64)]
    discount_price: Money,
    /// The same as a sentence; of a deal that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Where a connection begins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ready {
    /// Whether what was missed follows.
    resumed: bool,
    #[schema(value_type = String, format = DateTime)]
    server_time: Stamp,
}

/// Events are missing between what a client has and what follows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Gap {
    /// `too-old` or `unknown-id`.
    #[schema(value_type = String)]
    reason: &'static str,
    /// What comes from now on comes after this id.
    continues_after: String,
}

/// The notices of one ledger entry, for each recipient who is connected. People who follow exactly
/// the same products share a frame.
pub(super) fn tell(batch: &NoticeBatch, fanout: &Fanout, zone: Zone) -> Delivery {
    let mut written: HashMap<*const NoticeLine, Arc<Frame>> = HashMap::new();
    let to = fanout.connected(&batch.to).into_iter().map(|(user, lines)| {
        let frame = written.entry(lines.as_ptr());
        (*user, frame.or_insert_with(|| Arc::new(notice(batch, lines, zone))).clone())
    });
    Delivery::Personal { to: to.collect() }
}

/// A notice of these products.
pub(super) fn notice(batch: &NoticeBatch, lines: &Arc<[NoticeLine]>, zone: Zone) -> Frame {
    let NoticeBatch { sequence, at, kind, deal, .. } = batch;
    let (opened, discount) = (*kind == NewsKind::Opened, deal.terms.discount);
    let says = move |line: &NoticeLine| opened.then(|| words::hot_deal(line, discount));
    let products = lines
        .iter()
        .map(|line| DealNewsLine {
            notification_id: NoticeId { sequence: *sequence, product: line.product }.to_string(),
            product_id: line.product.get(),
            product_name: &line.name,
            original_price: Money(line.list_price, line.currency),
            discount_price: Money(line.price, line.currency),
            message: says(line),
        })
        .collect();
    let data = deal_news(deal, products, zone);
    let frame = written(kind_name(*kind), NoticeBatchId(*sequence), *at, true, &data, zone);
    let lines = lines.clone();
    let mut frame =
        frame.saying(move || lines.iter().filter_map(says).map(ByteString::from).collect());
    frame.sequence = Some(*sequence);
    frame
}

fn deal_news<'a>(deal: &Deal, products: Vec<DealNewsLine<'a>>, zone: Zone) -> DealNews<'a> {
    let (percent, amount) = taken_off(deal.terms.discount, deal.currency);
    DealNews {
        event_id: deal.id.get(),
        event_discount: percent,
        discount_amount: amount,
        start_event_time: zone.wire_stamp(deal.terms.window.start),
        end_event_time: zone.wire_stamp(deal.terms.window.end),
        products,
    }
}

/// The first event of a connection: from here on it can be resumed.
pub(super) fn ready(id: impl Display, resumed: bool, now: UnixMillis, zone: Zone) -> Frame {
    let data = Ready { resumed, server_time: zone.stamp(now) };
    written("ready", id, now, true, &data, zone)
}

/// Events are missing between what the client has and what follows: it has to look anew.
pub(super) fn gap(id: impl Display, reason: &'static str, now: UnixMillis, zone: Zone) -> Frame {
    let id = id.to_string();
    let data = Gap { reason, continues_after: id.clone() };
    written("gap", id, now, true, &data, zone)
}

/// A heartbeat. It has no id, so a client keeps the id of the last event.
pub(super) fn heartbeat(now: UnixMillis, zone: Zone) -> Bytes {
    Bytes::from(format!("event: heartbeat\ndata: {}\n\n", json!({ "serverTime": zone.stamp(now) })))
}

/// The last event of a connection that the server ends.
pub(super) fn goodbye(reason: &str) -> Bytes {
    Bytes::from(format!("event: end\ndata: {}\n\n", json!({ "reason": reason })))
}

/// The state of an event's stock and coupons. It cannot be missed, because the next one replaces
/// it. So it does not change the position from which a client resumes.
pub(super) fn state(event: EventId, at: UnixMillis, data: &impl Serialize, zone: Zone) -> Frame {
    let mut frame = written("stock", format_args!("event:{event}:{}", at.0), at, false, data, zone);
    frame.state_of = Some(event);
    frame
}

pub(super) fn written(
    kind: &'static str,
    id: impl Display,
    at: UnixMillis,
    resumable: bool,
    data: &impl Serialize,
    zone: Zone,
) -> Frame {
    let id = &id.to_string();
    // JSON escapes line ends, so nothing in it can begin another line of the stream.
    let text = serde_json::to_string(&Event { kind, id, at: zone.stamp(at), data })
        .expect("plain members can always be written");
    let id_line = if resumable { format!("id: {id}\n") } else { String::new() };
    Frame::new(text, format!("{id_line}event: {kind}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_data_can_begin_an_event_of_its_own() {
        let zone = Zone::parse("Z").expect("a zone");
        let data = json!({ "name": "a\n\nevent: forged\rdata: x" });
        let frame = written("stock", "event:1:1", UnixMillis(0), false, &data, zone);
        let text = std::str::from_utf8(frame.event()).expect("text");
        assert_eq!(text.matches('\n').count(), 3);
        assert!(!text.contains('\r'));
    }
}
