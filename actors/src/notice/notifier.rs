//! The actor that owns the stream of notices.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::{ActorContext as _, Message};
use hotdeal_domain::stream::NoticeStream;
use serde_json::json;

use super::delivery::NoticeDelivery;
use super::hub::NoticeHub;
use crate::error::RequestError;
use crate::host::directory::{Directory, Handles, Owner, OwnerContext, Running};
use crate::ledger::{Ledger, Owned};
use crate::meter::Meter;
use crate::storage::Storage;

/// Look whether something is to be told. It says nothing more, so a lost or repeated one does no
/// harm; one comes each second in any case.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Wake;

/// The owner of one part of the notices.
pub(crate) struct Notifier {
    activation: Owned<NoticeStream>,
    ledger: Ledger,
    storage: Storage,
    hub: Arc<NoticeHub>,
    meter: Arc<Meter>,
    is_telling: bool,
    /// It was woken while it was delivering.
    woken: bool,
}

impl Notifier {
    fn tell(&mut self, ctx: &mut OwnerContext<Self>) {
        self.is_telling = true;
        self.woken = false;
        let delivery = NoticeDelivery {
            activation: self.activation.clone(),
            ledger: self.ledger.clone(),
            storage: self.storage.clone(),
            hub: self.hub.clone(),
            meter: self.meter.clone(),
            next: self.activation.durable_sequence() + 1,
            in_flight: VecDeque::new(),
        };
        Running::spawn(ctx, delivery.run(), move |outcome, actor, ctx| {
            actor.is_telling = false;
            if let Err(error) = &outcome {
                crate::warn_seldom!(%error, "people could not be told of a deal; it is tried again");
                // What was on its way has an unknown end: whoever comes next reads what it was.
                if actor.activation.pending() > 0 {
                    actor.activation.fail();
                }
            }
            if actor.activation.is_failed() {
                ctx.stop();
            } else if outcome.is_ok() && actor.woken {
                actor.tell(ctx);
            }
        });
    }
}

impl Handles<Wake> for Notifier {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut OwnerContext<Self>) {
        self.meter.used();
        if self.is_telling {
            self.woken = true;
        } else {
            self.tell(ctx);
        }
    }
}

impl Owner for Notifier {
    const KIND: &'static str = "notifier";
    const GAUGES: &'static [&'static str] = &["newsInFlight", "noticesTold", "lastSequence"];
    /// It wakes by itself, each second.
    const IS_PASSIVATED: bool = false;
    type Key = u16;
    type Stream = NoticeStream;
    type Card = ();
    type Node = Arc<NoticeHub>;

    fn key(number: i64) -> Option<u16> {
        number.try_into().ok()
    }

    async fn exists(_: &Storage, key: u16) -> Result<bool, RequestError> {
        Ok(key == crate::notice::PART)
    }

    async fn rebuild(
        directory: &Directory<Self>,
        _: u16,
        activation: Owned<NoticeStream>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), RequestError> {
        let actor = Self {
            activation,
            ledger: directory.ledger().clone(),
            storage: directory.storage().clone(),
            hub: directory.node().clone(),
            meter,
            is_telling: false,
            woken: false,
        };
        Ok((actor, Arc::new(())))
    }

    fn state(&self) -> serde_json::Value {
        json!({ "telling": self.is_telling, "counts": self.meter.size() })
    }
}
