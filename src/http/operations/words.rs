//! What the description of the API says of the values of operations.

use crate::http::kit::openapi::words::words;

words! {
    ActorState "Where an actor stands." ["starting", "running", "passivating", "failed"];
    Observation "Whether the actor itself answered." ["alive", "timeout", "post_mortem"];
    HealthState "How the server is." ["ok", "ready"];
}
