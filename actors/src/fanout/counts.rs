//! Counters of the fan-out, read without asking anyone.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde::Serialize;

use super::Transport;
use super::send_queue::CloseReason;

const RELAXED: Ordering = Ordering::Relaxed;

/// One for every transport, and one for each way to end.
#[derive(Debug, Default)]
pub(super) struct Counts {
    open: [AtomicUsize; Transport::ALL.len()],
    opened: [AtomicU64; Transport::ALL.len()],
    ended: [AtomicU64; CloseReason::ALL.len()],
    left: AtomicU64,
    turned_away: AtomicU64,
    delivered: AtomicU64,
}

/// The connections of this node, for operators.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionsView {
    /// By transport.
    pub transports: Vec<TransportView>,
    /// People connected.
    pub people: usize,
    /// Connections that were ended by us, by reason.
    pub ended: Vec<EndedView>,
    /// Connections that clients closed, or that broke.
    pub left_total: u64,
    /// Connections that were refused for want of room.
    pub turned_away_total: u64,
    /// Frames put before connections.
    pub delivered_total: u64,
    /// The threads that serve connections.
    pub threads: Vec<ThreadView>,
}

/// Connections of one transport.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportView {
    /// `websocket`, `sse` or `stomp`.
    pub transport: &'static str,
    /// Open now.
    pub open: usize,
    /// Opened since the start.
    pub opened_total: u64,
}

/// Connections ended for one reason.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedView {
    /// Why.
    pub reason: &'static str,
    /// How many since the start.
    pub total: u64,
}

/// A thread that serves connections.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadView {
    /// Deliveries waiting for it.
    pub mailbox_depth: u64,
    /// How many may.
    pub mailbox_capacity: usize,
    /// Whether its actor lives.
    pub alive: bool,
}

impl Counts {
    /// Counts a connection, unless there are `max` already.
    pub(super) fn open(&self, transport: Transport, max: usize) -> bool {
        let before = self.open_now();
        if before >= max {
            self.turned_away.fetch_add(1, RELAXED);
            return false;
        }
        self.open[transport as usize].fetch_add(1, RELAXED);
        self.opened[transport as usize].fetch_add(1, RELAXED);
        true
    }

    /// A connection that was counted is not opened after all.
    pub(super) fn turned_away(&self, transport: Transport) {
        self.open[transport as usize].fetch_sub(1, RELAXED);
        self.opened[transport as usize].fetch_sub(1, RELAXED);
        self.turned_away.fetch_add(1, RELAXED);
    }

    pub(super) fn closed(&self, transport: Transport, reason: Option<CloseReason>) {
        self.open[transport as usize].fetch_sub(1, RELAXED);
        match reason {
            Some(reason) => self.ended[reason as usize].fetch_add(1, RELAXED),
            None => self.left.fetch_add(1, RELAXED),
        };
    }

    pub(super) fn delivered(&self, frames: u64) {
        self.delivered.fetch_add(frames, RELAXED);
    }

    pub(super) fn open_now(&self) -> usize {
        self.open.iter().map(|open| open.load(RELAXED)).sum()
    }

    pub(super) fn view(&self, people: usize, threads: Vec<ThreadView>) -> ConnectionsView {
        let transports = Transport::ALL.map(|transport| TransportView {
            transport: transport.name(),
            open: self.open[transport as usize].load(RELAXED),
            opened_total: self.opened[transport as usize].load(RELAXED),
        });
        let ended = CloseReason::ALL.map(|reason| EndedView {
            reason: reason.name(),
            total: self.ended[reason as usize].load(RELAXED),
        });
        ConnectionsView {
            transports: transports.into(),
            people,
            ended: ended.into(),
            left_total: self.left.load(RELAXED),
            turned_away_total: self.turned_away.load(RELAXED),
            delivered_total: self.delivered.load(RELAXED),
            threads,
        }
    }
}
