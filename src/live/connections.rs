//! Live connections as operators read them.

use hotdeal_actors::fanout::{CloseReason, ConnectionsView, Transport};
use serde::Serialize;
use utoipa::ToSchema;

use super::Live;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::openapi::words::words;
use crate::http::kit::problem::Problem;

words! {
    TransportName "How a live connection is kept." Transport::ALL.map(Transport::name);
    EndingReason "Why the server ended a live connection." CloseReason::ALL.map(CloseReason::name);
}

/// The live connections of this node.
pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    Ok(Answer::ok(&ConnectionsAnswer::new(call.part::<Live>().fanout.view())))
}

/// The live connections of this node.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConnectionsAnswer {
    /// By transport.
    transports: Vec<TransportAnswer>,
    /// People connected.
    people: usize,
    /// Connections that the server ended, by reason.
    ended: Vec<EndedAnswer>,
    /// Connections that clients closed, or that broke.
    left_total: u64,
    /// Connections that were refused for want of room.
    turned_away_total: u64,
    /// Frames put before connections.
    delivered_total: u64,
    /// The threads that serve connections.
    threads: Vec<ThreadAnswer>,
}

/// Connections of one transport.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransportAnswer {
    #[schema(value_type = TransportName)]
    transport: &'static str,
    /// Open now.
    open: usize,
    /// Opened since the start.
    opened_total: u64,
}

/// Connections ended for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedAnswer {
    #[schema(value_type = EndingReason)]
    reason: &'static str,
    /// How many since the start.
    total: u64,
}

/// A thread that serves connections.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ThreadAnswer {
    /// Deliveries waiting for it.
    mailbox_depth: u64,
    /// How many may.
    mailbox_capacity: usize,
    /// Whether its actor lives.
    alive: bool,
}

// Destructured member by member, so that a new member of the fan-out's view cannot be forgotten
// here.

impl ConnectionsAnswer {
    fn new(view: ConnectionsView) -> Self {
        let ConnectionsView {
            transports,
            people,
            ended,
            left_total,
            turned_away_total,
            delivered_total,
            threads,
        } = view;
        let transports = transports.into_iter().map(|one| TransportAnswer {
            transport: one.transport,
            open: one.open,
            opened_total: one.opened_total,
        });
        let ended =
            ended.into_iter().map(|one| EndedAnswer { reason: one.reason, total: one.total });
        let threads = threads.into_iter().map(|one| ThreadAnswer {
            mailbox_depth: one.mailbox_depth,
            mailbox_capacity: one.mailbox_capacity,
            alive: one.alive,
        });
        Self {
            transports: transports.collect(),
            people,
            ended: ended.collect(),
            left_total,
            turned_away_total,
            delivered_total,
            threads: threads.collect(),
        }
    }
}
