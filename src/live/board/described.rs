//! What the description of live events says of boards.

use serde_json::{Map, Value, json};

use super::frames::{Board, CancelledTold, DealTold, LowTold, OrderTold, TurnedTold};
use crate::live::asyncapi::{event_as, reference, schema};

/// The events of a board: type, what it tells, the schema of its data, whether one can come back to it.
fn events(schemas: &mut Map<String, Value>) -> Vec<(&'static str, &'static str, Value, bool)> {
    let (order, cancelled) = (schema::<OrderTold>(schemas), schema::<CancelledTold>(schemas));
    let (deal, turned) = (schema::<DealTold>(schemas), schema::<TurnedTold>(schemas));
    vec![
        ("board", "How the shop stands: the first event", schema::<Board>(schemas), true),
        ("order-placed", "An order with this shop's lines", order, true),
        ("order-cancelled", "An order was cancelled", cancelled, true),
        ("stock-low", "The stock of a product has become low", schema::<LowTold>(schemas), true),
        ("deal-scheduled", "A deal was opened that begins later", deal.clone(), true),
        ("deal-started", "A deal has begun; without an id line if by the time", deal.clone(), true),
        ("deal-ended", "A deal has ended by the time", deal, false),
        ("deal-paused", "A deal was paused", turned.clone(), true),
        ("deal-resumed", "A paused deal goes on", turned.clone(), true),
        ("deal-cancelled", "A deal was cancelled", turned, true),
    ]
}

/// The name of a message: those of other channels may have the same type.
fn named(kind: &str) -> String {
    format!("shop-{kind}")
}

/// The schemas of its data.
pub(in crate::live) fn schemas(schemas: &mut Map<String, Value>) {
    events(schemas);
}

/// Its messages, by name.
pub(in crate::live) fn messages() -> Vec<(String, Value)> {
    let id = "Where to come back to, as `shop:7:19`, or `shop:7:19:1`";
    let told = events(&mut Map::new()).into_iter();
    told.map(|(kind, title, data, resumable)| {
        (named(kind), event_as(kind, title, &data, if resumable { id } else { "Names the state" }))
    })
    .collect()
}

/// The names of all that is told over it.
fn told() -> Vec<String> {
    let own = events(&mut Map::new()).into_iter().map(|(kind, ..)| named(kind));
    own.chain(["ready", "gap", "heartbeat", "end"].map(str::to_owned)).collect()
}

/// Its channel.
pub(in crate::live) fn channel() -> Value {
    let told: Map<String, Value> =
        told().into_iter().map(|name| (name.clone(), reference("messages", &name))).collect();
    json!({
        "address": "/api/shops/{shopId}/live",
        "title": "What happens at a shop: a WebSocket where one is asked for, else server-sent events",
        "description": "For the shop's seller and admins. It begins with `board`; where a client comes \
            back, with `ready`, and what was missed follows; where that is too much, with `gap`, and \
            `board` follows. The same comes over GET /api/shops/{shopId}/events.",
        "parameters": { "shopId": { "description": "The shop" } },
        "messages": told,
    })
}

/// What is done over it.
pub(in crate::live) fn operation() -> Value {
    let told: Vec<Value> = told()
        .iter()
        .map(|name| json!({ "$ref": format!("#/channels/shop/messages/{name}") }))
        .collect();
    json!({ "action": "send", "channel": { "$ref": "#/channels/shop" }, "messages": told })
}
