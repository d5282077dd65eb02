//! The actor that alone touches the sessions of its thread.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use actix::prelude::*;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::Thread;
use super::frame::Delivery;
use super::send_queue::CloseReason;
use super::shard::Shard;
use crate::account::Revocation;

/// Deliveries that may wait for a thread: some seconds of a busy sale. Beyond it every session
/// of the thread is told to come back and resume.
pub(super) const MAILBOX_MAX: usize = 1_024;
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Hand this to whom it concerns.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Deliver(pub(super) Arc<Delivery>);

/// End every session.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Shut(pub(super) CloseReason);

/// One a thread that serves connections: holds the fan-out to its sessions.
pub(super) struct NotificationActor {
    shard: Rc<Shard>,
    behind: Arc<AtomicBool>,
    waiting: Arc<AtomicU64>,
    /// News of what becomes void, from before the first session on.
    news: Option<broadcast::Receiver<Revocation>>,
}

impl NotificationActor {
    /// Starts the actor of this thread.
    pub(super) fn open(shard: Rc<Shard>) -> Thread {
        let (behind, waiting) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let news = Some(shard.news());
        let actor = Self { shard, behind: behind.clone(), waiting: Arc::clone(&waiting), news };
        let mut context = Context::new();
        context.set_mailbox_capacity(MAILBOX_MAX);
        Thread { addr: context.run(actor), behind, waiting }
    }

    fn catch_up(&self) {
        if self.behind.swap(false, Ordering::AcqRel) {
            tracing::warn!("deliveries did not fit into the mailbox: sessions have to resume");
            self.shard.shut(CloseReason::Behind);
        }
    }
}

impl Actor for NotificationActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(BEAT_EVERY, |actor, _| {
            actor.catch_up();
            actor.shard.beat();
        });
        let shard = self.shard.clone();
        let Some(mut news) = self.news.take() else { return };
        let listening = async move {
            loop {
                match news.recv().await {
                    Ok(revocation) => shard.revoke(revocation),
                    Err(RecvError::Lagged(_)) => shard.revoke(Revocation::Unknown),
                    Err(RecvError::Closed) => break,
                }
            }
        };
        ctx.spawn(listening.into_actor(self));
    }
}

impl Handler<Deliver> for NotificationActor {
    type Result = ();

    fn handle(&mut self, Deliver(delivery): Deliver, _: &mut Self::Context) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.catch_up();
        self.shard.deliver(&delivery);
    }
}

impl Handler<Shut> for NotificationActor {
    type Result = ();

    fn handle(&mut self, Shut(reason): Shut, _: &mut Self::Context) {
        self.shard.shut(reason);
    }
}
