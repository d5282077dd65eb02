//! The description of live events (AsyncAPI 3), built from the shapes they are written from.
//!
//! Actions are described from the server's side: it sends events, and receives what clients say.

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::frames::{DealNews, Gap, KINDS_OF_DEALS, Ready};
use super::orders::{KIND, OrderTold};
use super::ticker::Left;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// The description of live events.
pub(crate) struct AsyncApiDocument;

impl PartialSchema for AsyncApiDocument {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        let document = object().property("asyncapi", text).property("info", object());
        let document = document.property("channels", object()).property("operations", object());
        let document = document.property("components", object());
        let about = Some("An AsyncAPI 3 document.");
        document
            .required("asyncapi")
            .required("info")
            .required("channels")
            .description(about)
            .into()
    }
}

impl ToSchema for AsyncApiDocument {}

/// Answers with the document.
pub(super) async fn describe(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&document()))
}

/// The whole document.
pub(crate) fn document() -> Value {
    let mut schemas = Map::new();
    let order = schema::<OrderTold>(&mut schemas);
    let data = [
        ("ready", "The first event of a connection", schema::<Ready>(&mut schemas), true),
        ("gap", "Events are missing: look anew", schema::<Gap>(&mut schemas), true),
        ("stock", "What is left of a followed event", schema::<Left>(&mut schemas), false),
        (KIND, "How one's own order stands, after it has changed", order, false),
    ];
    let deals = schema::<DealNews<'_>>(&mut schemas);
    let of_deals = KINDS_OF_DEALS
        .map(|kind| (kind, "News of a deal on followed products", deals.clone(), true));
    let mut messages: Map<String, Value> = data
        .into_iter()
        .chain(of_deals)
        .map(|(kind, title, data, resumable)| (kind.into(), event(kind, title, &data, resumable)))
        .collect();
    let told: Vec<String> = messages.keys().cloned().collect();
    super::board::schemas(&mut schemas);
    messages.extend(super::board::messages());
    messages.extend(of_streams());
    messages.extend(said());
    let told_over = |more: &[&str]| -> Map<String, Value> {
        let names = told.iter().map(String::as_str).chain(more.iter().copied());
        names.map(|name| (name.to_owned(), reference("messages", name))).collect()
    };
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "HotDeal live events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The same events under the same ids over WebSocket and server-sent \
                events. A client that comes back names the id of the last event it has, and gets \
                what it missed, or a `gap`.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "websocket": {
                "host": "localhost:8080",
                "protocol": "ws",
                "security": [{ "$ref": "#/components/securitySchemes/bearer" }],
            },
            "http": {
                "host": "localhost:8080",
                "protocol": "http",
                "security": [{ "$ref": "#/components/securitySchemes/bearer" }],
            },
        },
        "channels": {
            "live": {
                "address": "/api/live",
                "title": "WebSocket, sub-protocol hotdeal.v1+json",
                "description": super::ws::CLOSES,
                "servers": [{ "$ref": "#/servers/websocket" }],
                "messages": told_over(&["follow", "unfollow", "ping", "pong", "error"]),
                "bindings": { "ws": { "method": "GET", "query": query() } },
            },
            "stream": {
                "address": "/api/live/stream",
                "title": "Server-sent events; the id of an event is that of its data",
                "servers": [{ "$ref": "#/servers/http" }],
                "messages": told_over(&["heartbeat", "end"]),
            },
            "shop": super::board::channel(),
            "stomp": {
                "address": "/ws",
                "title": "STOMP 1.2 and 1.1 over WebSocket, destination /topic/notification",
                "description": super::ws::CLOSES,
                "servers": [{ "$ref": "#/servers/websocket" }],
                "messages": { "notification": reference("messages", "notification") },
            },
            "sockjs": {
                "address": "/ws/{server}/{session}/websocket",
                "title": "The same within SockJS 0.3.3; what a client asks before is at /ws/info",
                "description": super::sockjs::FRAMES,
                "parameters": {
                    "server": { "description": "A number, which a client chooses" },
                    "session": { "description": "A random name, which a client chooses" },
                },
                "servers": [{ "$ref": "#/servers/websocket" }],
                "messages": { "notification": reference("messages", "notification") },
            },
        },
        "operations": {
            "tellOverWebSocket": operation("send", "live", told.iter().map(String::as_str)),
            "answerOverWebSocket": operation("send", "live", ["pong", "error"]),
            "hearOverWebSocket": operation("receive", "live", ["follow", "unfollow", "ping"]),
            "tellOverEventStream": operation(
                "send",
                "stream",
                told.iter().map(String::as_str).chain(["heartbeat", "end"]),
            ),
            "tellOfShop": super::board::operation(),
            "tellOverStomp": operation("send", "stomp", ["notification"]),
            "tellOverSockJs": operation("send", "sockjs", ["notification"]),
        },
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// Adds the schemas of a type and refers to it.
pub(super) fn schema<T: ToSchema>(schemas: &mut Map<String, Value>) -> Value {
    let mut parts: Vec<(String, RefOr<Schema>)> = Vec::new();
    T::schemas(&mut parts);
    parts.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    for (name, schema) in parts {
        let schema = serde_json::to_value(schema).expect("schemas can be written");
        schemas.insert(name, schema);
    }
    reference("schemas", &T::name())
}

pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// The schema of an event: its type, its id, its time, and its data.
fn event(kind: &str, title: &str, data: &Value, resumable: bool) -> Value {
    let id = match resumable {
        true => "Where to come back to, as `notices:17`",
        false => "Names the state it tells; nothing to come back to",
    };
    event_as(kind, title, data, id)
}

/// The same, with what its id says.
pub(super) fn event_as(kind: &str, title: &str, data: &Value, id: &str) -> Value {
    json!({
        "name": kind,
        "title": title,
        "payload": {
            "type": "object",
            "required": ["type", "id", "at", "data"],
            "properties": {
                "type": { "const": kind },
                "id": { "type": "string", "description": id },
                "at": { "type": "string", "format": "date-time" },
                "data": data,
            },
        },
    })
}

fn message(name: &str, title: &str, payload: Value) -> (String, Value) {
    (name.to_owned(), json!({ "name": name, "title": title, "payload": payload }))
}

/// The messages of a stream that are not events.
fn of_streams() -> [(String, Value); 5] {
    let text = json!({ "type": "string" });
    let time = json!({ "type": "string", "format": "date-time" });
    let object = |name: &str, schema: &Value| json!({ "type": "object", "required": [name], "properties": { name: schema } });
    let typed = |kind: &str, more: Value| {
        let mut properties = json!({ "type": { "const": kind } });
        if let (Some(properties), Some(more)) = (properties.as_object_mut(), more.as_object()) {
            properties.extend(more.clone());
        }
        json!({ "type": "object", "required": ["type"], "properties": properties })
    };
    let mut notification = message("notification", "A hot deal, as a sentence", text.clone());
    notification.1["contentType"] = "text/plain".into();
    let error = typed("error", json!({ "code": text, "detail": text }));
    [
        message("heartbeat", "A sign of life, without an id", object("serverTime", &time)),
        message("end", "The last event: why the stream ends", object("reason", &text)),
        message("pong", "The answer to a ping", typed("pong", json!({}))),
        message("error", "What was said could not be understood", error),
        notification,
    ]
}

/// What a client may say over a WebSocket.
fn said() -> [(String, Value); 3] {
    let said = |kind: &str, event: bool| {
        let mut required = vec!["type"];
        let mut properties = json!({ "type": { "const": kind } });
        if event {
            required.push("eventId");
            properties["eventId"] = json!({ "type": "integer", "format": "int64", "minimum": 1 });
        }
        json!({ "type": "object", "required": required, "properties": properties })
    };
    [
        message("follow", "Tell me the state of this event", said("follow", true)),
        message("unfollow", "No longer", said("unfollow", true)),
        message("ping", "Are you there?", said("ping", false)),
    ]
}

fn operation<'a>(
    action: &str,
    channel: &str,
    messages: impl IntoIterator<Item = &'a str>,
) -> Value {
    let messages: Vec<Value> = messages
        .into_iter()
        .map(|name| json!({ "$ref": format!("#/channels/{channel}/messages/{name}") }))
        .collect();
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "messages": messages,
    })
}

fn query() -> Value {
    let text = |about: &str| json!({ "type": "string", "description": about });
    json!({
        "type": "object",
        "properties": {
            "since": text("the id of the last event one has"),
            "events": text("events whose stock is told, by commas"),
            "ticket": text("a ticket, where no Authorization header can be sent"),
        },
    })
}
