//! The routes of live connections.

use actix_web::HttpResponse;
use actix_web::dev::Payload;

use super::asyncapi::{self, AsyncApiDocument};
use super::board::{self, ShopEventsAnswer};
use super::connections::{self, ConnectionsAnswer};
use super::sockjs::{self, SockJsInfo};
use super::ticket::{self, TicketAnswer};
use super::{ACCESS_TOKEN, EVENTS, SINCE, STREAM_SINCE, sse, stomp, ws};
use crate::http::kit::call::{Call, TICKET};
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::route::Need::{Admin, Anyone, Seller, User};
use crate::http::kit::route::{Route, Tag, get, opens, post, to};
use crate::limits::Group;

/// The group of these routes in the description of the API. STOMP and the description of live events
/// belong to it, too.
pub(crate) const TAG: Tag =
    Tag::new("live", "Connections that stay open: events as they come about.")
        .and(&["ws", "asyncapi.json"]);

const STOMP: &str = "The token comes in the `Authorization` of this request, in `access_token`, or \
    in that of CONNECT, which is believed before the others. The one destination is \
    `/topic/notification`; subscribing to another gets nothing, and its RECEIPT says \
    `message:NOT_FOUND`.";
const STOMP_OVER_SOCKJS: &str = "Clients of SockJS are given the address `/ws`, and add to it a number of their own, a random \
    name and `websocket`. The server sends the frames `o`, `h` (every 25 seconds), `a[\"…\"]` and, \
    before it closes, `c[code,\"reason\"]`. A client sends lists of up to 16 texts; anything else \
    ends the session (1002). For the token and the destination see `openStomp`. SockJS' other \
    transports do not exist here.";
const SOCKJS_INFO: &str = "Pages of other origins can read it where `http.cors_origins` names them, and then also ask \
    before (OPTIONS); the answer may be read with credentials.";

const SHOP: &str = "The shop of somebody else is answered like one that does not exist. With `Upgrade: websocket` \
    the answer is 101, and the sub-protocol hotdeal.v1+json. The first event is `board`, how the shop \
    stands; for who comes back it is `ready`, and what was missed follows, or `gap`, and the board follows.";

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/live/ticket", User, "buyTicket", "A ticket for one live connection of a page", to!(ticket::buy)).charged_to(Group::Live).answers::<TicketAnswer>(200),
        get("/api/live", User, "openLive", "Live events over WebSocket (sub-protocol hotdeal.v1+json)", opens!(ws::session)).charged_to(Group::Live).switches().takes_ticket().asks(&[SINCE, EVENTS, TICKET]).fails(LIVE),
        get("/api/live/stream", User, "openLiveStream", "Live events as server-sent events", opens!(stream)).charged_to(Group::Live).answers_text(&["text/event-stream"]).takes_ticket().asks(&[STREAM_SINCE, EVENTS, TICKET]).fails(STREAM),
        get("/ws", Anyone, "openStomp", "Notices over STOMP 1.2 or 1.1", opens!(stomp::session)).charged_to(Group::Live).switches().asks(&[ACCESS_TOKEN]).fails(&[NoWebSocket, ForeignOrigin, TokenMismatch, TokenExpired]).explained(STOMP),
        get("/ws/websocket", Anyone, "openStompWebSocket", "As /ws", opens!(stomp::session)).charged_to(Group::Live).switches().asks(&[ACCESS_TOKEN]).fails(&[NoWebSocket, ForeignOrigin, TokenMismatch, TokenExpired]).explained(STOMP),
        get("/ws/info", Anyone, "getSockJsInfo", "What a SockJS client asks before it connects", to!(sockjs::info)).answers::<SockJsInfo>(200).with_credentials().explained(SOCKJS_INFO),
        get("/ws/{server}/{session}/websocket", Anyone, "openStompOverSockJs", "As /ws, within the frames of SockJS 0.3.3", opens!(stomp::over_sockjs)).charged_to(Group::Live).switches().asks(&[ACCESS_TOKEN]).parts_like("^[A-Za-z0-9_-]+$").fails(SOCKJS).explained(STOMP_OVER_SOCKJS),
        get("/api/asyncapi.json", Anyone, "getAsyncApi", "The description of live events", to!(asyncapi::describe)).answers::<AsyncApiDocument>(200),
        get("/api/shops/{shopId}/live", Seller, "openShopLive", "What happens at a shop: a WebSocket where one is asked for, else server-sent events", opens!(board::open)).charged_to(Group::Live).answers_text(&["text/event-stream"]).takes_ticket().asks(&[STREAM_SINCE, TICKET]).fails(BOARD).explained(SHOP),
        get("/api/shops/{shopId}/events", Seller, "listShopEvents", "What happened at a shop, for who asks again and again", to!(board::poll)).charged_to(Group::Live).asks(&[board::AFTER]).answers::<ShopEventsAnswer>(200).tagged().fails(&[ShopNotFound]),
        get("/api/admin/connections", Admin, "listConnections", "Live connections by transport, and why they ended", to!(connections::list)).charged_to(Group::Admin).answers::<ConnectionsAnswer>(200),
    ]
}

const LIVE: &[Code] =
    &[Code::NoWebSocket, Code::ForeignOrigin, Code::EventNotFound, Code::TooManyConnections];
const BOARD: &[Code] =
    &[Code::NoWebSocket, Code::ForeignOrigin, Code::ShopNotFound, Code::TooManyConnections];
const SOCKJS: &[Code] = &[
    Code::NoWebSocket,
    Code::ForeignOrigin,
    Code::TokenMismatch,
    Code::TokenExpired,
    Code::NotFound,
];
const STREAM: &[Code] = &[Code::ForeignOrigin, Code::EventNotFound, Code::TooManyConnections];

async fn stream(call: &Call, _: Payload) -> Result<HttpResponse, Problem> {
    sse::stream(call).await
}
