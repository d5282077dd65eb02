//! What clients have to know of some operations beyond what their summaries say.

/// Operations by name, with what is to be said of them.
const ABOUT: &[(&str, &str)] = &[
    (
        "logIn",
        "A repeat under the same `Idempotency-Key` gets the same tokens while they can be used. \
         Once they were renewed, or the session has ended, by a log-out for example, it is refused \
         with `IDEMPOTENCY_KEY_REUSED`: nobody is logged in anew behind the back of who has logged \
         out. Log in under a new key then. After a change of role the access token is a new one.",
    ),
    (
        "searchEvents",
        "For the caller: the caller's own limit counts, as does what is left of a quota. A product \
         is told with the deal and the price that an order of one piece by the caller would get \
         now; without one it is left out.",
    ),
    ("openStomp", STOMP),
    ("openStompWebSocket", STOMP),
    (
        "openStompOverSockJs",
        "Clients of SockJS are given the address `/ws`, and add to it a number of their own, a random \
         name and `websocket`. The server sends the frames `o`, `h` (every 25 seconds), `a[\"…\"]` and, \
         before it closes, `c[code,\"reason\"]`. A client sends lists of up to 16 texts; anything else \
         ends the session (1002). For the token and the destination see `openStomp`. SockJS' other \
         transports do not exist here.",
    ),
    (
        "getSockJsInfo",
        "Pages of other origins can read it where `http.cors_origins` names them, and then also ask \
         before (OPTIONS); the answer may be read with credentials.",
    ),
];

const STOMP: &str = "The token comes in the `Authorization` of this request, in `access_token`, or \
    in that of CONNECT, which is believed before the others. The one destination is \
    `/topic/notification`; subscribing to another gets nothing, and its RECEIPT says \
    `message:NOT_FOUND`.";

/// What is to be said of an operation.
pub(super) fn of(operation: &str) -> Option<&'static str> {
    ABOUT.iter().find(|(name, _)| *name == operation).map(|(_, about)| *about)
}

#[cfg(test)]
mod tests {
    use super::super::super::routes::ROUTES;
    use super::*;

    #[test]
    fn only_operations_that_there_are_have_something_said_of_them() {
        for (name, _) in ABOUT {
            assert!(ROUTES.iter().any(|route| route.id == *name), "{name}");
        }
    }
}
