//! STOMP 1.2 and 1.1 over WebSocket, for clients that exist: they connect with a token, subscribe
//! `/topic/notification`, and get the notices of their own product subscriptions as texts. Clients of
//! SockJS say and hear the same within its frames.

mod codec;
mod session;

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web_actors::ws::WsResponseBuilder;

use super::Live;
use super::bounded::Bounded;
use super::ws::offered;
use crate::http::kit::call::{Call, authorization, token_of};
use crate::http::kit::code::Code;
use crate::http::kit::origin::{self, Nameless};
use crate::http::kit::problem::Problem;
use session::Session;

/// The sub-protocols, the newest first.
const PROTOCOLS: [&str; 2] = ["v12.stomp", "v11.stomp"];
/// The largest STOMP frame a client may send: the token makes up most of it.
const FRAME_MAX: usize = 16 * 1_024;
/// The same within SockJS, where JSON writes many characters as two.
const SOCKJS_FRAME_MAX: usize = 2 * FRAME_MAX;

/// What carries a STOMP frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    /// A message of a WebSocket.
    Bare,
    /// A message of SockJS.
    SockJs,
}

/// Opens a session. The token may be in the header or the address (`access_token`) of the request;
/// a token in CONNECT wins over both.
pub(crate) async fn session(call: &Call, payload: Payload) -> Result<HttpResponse, Problem> {
    open(call, payload, Wrapping::Bare)
}

/// Opens a session for a client of SockJS, which chooses two parts of the address at random. The
/// protocol allows no dots in them.
pub(crate) async fn over_sockjs(call: &Call, payload: Payload) -> Result<HttpResponse, Problem> {
    if ["server", "session"].iter().any(|part| call.path(part).contains('.')) {
        return Err(Code::NotFound.into());
    }
    open(call, payload, Wrapping::SockJs)
}

fn open(call: &Call, payload: Payload, wrapping: Wrapping) -> Result<HttpResponse, Problem> {
    origin::check(&call.request, &call.part::<Live>().settings.origins, Nameless::Later)?;
    let protocols = offered(call, &PROTOCOLS)?;
    let of_address = call.text(&super::ACCESS_TOKEN)?;
    if let Some(token) = &of_address {
        call.state.bearer(token, call.now)?;
    }
    // Another scheme may be meant for a proxy. Whether the token is good is decided at CONNECT,
    // which may carry a newer one.
    let of_header = authorization(&call.request).ok().flatten().and_then(token_of);
    let token = of_header.map(str::to_owned).or(of_address);
    let frame_max = match wrapping {
        Wrapping::Bare => FRAME_MAX,
        Wrapping::SockJs => SOCKJS_FRAME_MAX,
    };
    let said = Bounded::new(payload, frame_max);
    WsResponseBuilder::new(Session::new(call, token, wrapping), &call.request, said)
        .protocols(&protocols)
        .frame_size(frame_max)
        .start()
        .map_err(|_| Code::NoWebSocket.into())
}
