//! What the description of the API says of the values of operations.

use hotdeal_domain::deal::DealState;

use crate::http::kit::openapi::words::words;

words! {
    ActorState "Where an actor stands." ["starting", "running", "passivating", "failed"];
    Observation "Whether the actor itself answered." ["alive", "timeout", "post_mortem"];
    PastDealState "Whether a deal held within its window." [DealState::Open, DealState::Paused, DealState::Cancelled].map(super::history::deal_word);
    HealthState "How the server is." ["ok", "ready"];
}
