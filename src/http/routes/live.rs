//! The routes of live connections.

use actix_web::HttpResponse;
use actix_web::dev::Payload;

use super::super::call::Call;
use super::super::openapi::words::AsyncApiDocument;
use super::super::operations::{self, ConnectionsAnswer};
use super::super::problem::Problem;
use super::Need::{Admin, Anyone, User};
use super::{Code, Route, Way, get, post};
use crate::live::{self, SockJsInfo, TicketAnswer};

macro_rules! opens {
    ($opener:path) => {
        Way::Opens(|call, payload| Box::pin($opener(call, payload)))
    };
}

#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/live/ticket", User, "buyTicket", "A ticket for one live connection of a page", to!(live::buy)).answers::<TicketAnswer>(200),
        get("/api/live", User, "openLive", "Live events over WebSocket (sub-protocol hotdeal.v1+json)", opens!(live::session)).switches().takes_ticket().asks(&[live::SINCE, live::EVENTS, live::TICKET]).fails(LIVE),
        get("/api/live/stream", User, "openLiveStream", "Live events as server-sent events", opens!(stream)).answers_text(&["text/event-stream"]).takes_ticket().asks(&[live::STREAM_SINCE, live::EVENTS, live::TICKET]).fails(STREAM),
        get("/ws", Anyone, "openStomp", "Notices over STOMP 1.2 or 1.1", opens!(live::stomp_session)).switches().asks(&[live::ACCESS_TOKEN]).fails(&[NoWebSocket, ForeignOrigin, TokenMismatch, TokenExpired]),
        get("/ws/websocket", Anyone, "openStompWebSocket", "As /ws", opens!(live::stomp_session)).switches().asks(&[live::ACCESS_TOKEN]).fails(&[NoWebSocket, ForeignOrigin, TokenMismatch, TokenExpired]),
        get("/ws/info", Anyone, "getSockJsInfo", "What a SockJS client asks before it connects", to!(live::sockjs_info)).answers::<SockJsInfo>(200).with_credentials(),
        get("/ws/{server}/{session}/websocket", Anyone, "openStompOverSockJs", "As /ws, within the frames of SockJS 0.3.3", opens!(live::stomp_over_sockjs)).switches().asks(&[live::ACCESS_TOKEN]).fails(SOCKJS),
        get("/api/asyncapi.json", Anyone, "getAsyncApi", "The description of live events", to!(operations::describe_live)).answers::<AsyncApiDocument>(200),
        get("/api/admin/connections", Admin, "listConnections", "Live connections by transport, and why they ended", to!(operations::connections)).answers::<ConnectionsAnswer>(200),
    ]
}

const LIVE: &[Code] =
    &[Code::NoWebSocket, Code::ForeignOrigin, Code::EventNotFound, Code::TooManyConnections];
const SOCKJS: &[Code] = &[
    Code::NoWebSocket,
    Code::ForeignOrigin,
    Code::TokenMismatch,
    Code::TokenExpired,
    Code::NotFound,
];
const STREAM: &[Code] = &[Code::ForeignOrigin, Code::EventNotFound, Code::TooManyConnections];

async fn stream(call: &Call, _: Payload) -> Result<HttpResponse, Problem> {
    live::stream(call).await
}
