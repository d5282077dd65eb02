//! The actor that owns one event.

use std::sync::{Arc, OnceLock};

use actix::prelude::*;
use hotdeal_domain::coupon::{BatchStatus, CouponIssued, CouponPool, Grant, IssueRefusal};
use hotdeal_domain::{Currency, EventId, Fact, StreamId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::codes::CodeKey;
use super::prepare;
use crate::api::{CouponsLeft, IssueCoupon, IssuedCoupon};
use crate::directory::{Directory, Halt, Observe, Owner};
use crate::error::AskError;
use crate::ledger::{Activation, Ledger};
use crate::mailbox::Sent;
use crate::meter::Meter;
use crate::observe::invariants;
use crate::shell::{Ask, Shell};
use crate::storage::{CORRUPT, Storage};

/// A coupon as the actor grants it: the code is derived on the caller's thread.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) valid_until: UnixMillis,
}

/// How many coupons are left?
pub(crate) struct CountLeft;

/// What of an event does not change: read by every caller without asking the actor.
pub(crate) struct EventCard {
    pub(crate) event: EventId,
    pub(crate) currency: Currency,
    pub(crate) codes: CodeKey,
    /// The pool once all of it is given out and durable: nothing about it changes any more, so
    /// every thread can refuse by it.
    given_out: OnceLock<CouponPool>,
}

impl EventCard {
    pub(super) fn new(event: EventId, currency: Currency, codes: CodeKey) -> Self {
        Self { event, currency, codes, given_out: OnceLock::new() }
    }

    /// The refusal of an event that has nothing left; `None` while the actor has to be asked.
    pub(crate) fn refusal(&self, user: UserId, at: UnixMillis) -> Option<AskError> {
        let pool = self.given_out.get()?;
        pool.decide(user, at).err().map(|refusal| self.told(pool, refusal))
    }

    fn told(&self, pool: &CouponPool, refusal: IssueRefusal) -> AskError {
        AskError::try_from(refusal).unwrap_or_else(|held| {
            AskError::AlreadyIssued(Box::new(self.coupon(&granted(pool, held))))
        })
    }

    /// The coupon as its holder sees it.
    pub(crate) fn coupon(&self, granted: &Granted) -> IssuedCoupon {
        IssuedCoupon {
            event: self.event,
            code: self.codes.code(granted.grant.ordinal),
            discount: granted.grant.discount,
            currency: self.currency,
            issued_at: granted.grant.issued_at,
            valid_until: granted.valid_until,
        }
    }
}

/// The owner of one event's coupons.
pub(crate) struct EventActor {
    pub(super) shell: Shell,
    pub(super) pool: CouponPool,
    pub(super) card: Arc<EventCard>,
    pub(super) ledger: Ledger,
    pub(super) prepared: u32,
}

impl EventActor {
    fn issue(&mut self, ask: Ask<IssueCoupon, Granted>) {
        let Self { shell, pool, card, prepared, .. } = self;
        shell.turn(ask, |shell, ask, now| match pool.decide(ask.body.user, now) {
            Ok(fact) => {
                grant(shell, pool, fact, ask);
                publish(shell, pool, *prepared);
            }
            Err(refusal) => {
                if pool.remaining() == 0 && shell.all_is_durable() {
                    card.given_out.get_or_init(|| pool.clone());
                }
                shell.refuse(card.told(pool, refusal), ask.reply);
            }
        });
    }

    /// What is left, told once all that it rests on is durable.
    fn count(&mut self, ask: Ask<CountLeft, CouponsLeft>) {
        let Self { shell, pool, .. } = self;
        shell.turn(ask, |shell, ask, _| {
            let left = CouponsLeft { total: pool.terms().total, left: pool.remaining() };
            shell.answer(left, ask.reply);
        });
    }

    pub(super) fn publish(&self) {
        publish(&self.shell, &self.pool, self.prepared);
    }

    fn state(&self) -> serde_json::Value {
        json!({
            "name": self.pool.terms().name,
            "total": self.pool.terms().total,
            "issued": self.pool.issued(),
            "remaining": self.pool.remaining(),
            "prepared": self.prepared,
            "status": self.pool.status(),
            "window": self.pool.terms().window,
            "invariants": invariants(self.pool.issued(), || self.pool.check()),
        })
    }
}

fn publish(shell: &Shell, pool: &CouponPool, prepared: u32) {
    let counts = [pool.terms().total, pool.issued(), pool.remaining(), prepared];
    shell.meter.publish(counts.map(i64::from));
}

fn grant(
    shell: &mut Shell,
    pool: &mut CouponPool,
    fact: CouponIssued,
    ask: Ask<IssueCoupon, Granted>,
) {
    let Some(discount) = pool.discount(fact.ordinal) else {
        return shell.refuse(AskError::PreparationFailed, ask.reply);
    };
    match shell.place() {
        Err(busy) => drop(ask.reply.send(Err(busy))),
        Ok(place) => {
            pool.apply(fact);
            let grant = Grant { ordinal: fact.ordinal, discount, issued_at: fact.at };
            let answer = granted(pool, grant);
            shell.commit(place, Fact::CouponIssued(fact), answer, ask.key, fact.at, ask.reply);
        }
    }
}

fn granted(pool: &CouponPool, grant: Grant) -> Granted {
    Granted { grant, valid_until: pool.terms().valid_until(grant.issued_at) }
}

impl Actor for EventActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.publish();
        if self.pool.status() == BatchStatus::Preparing {
            prepare::start(self, ctx);
        }
    }
}

impl Handler<Ask<IssueCoupon, Granted>> for EventActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<IssueCoupon, Granted>, _: &mut Self::Context) {
        self.issue(ask);
    }
}

impl Handler<Ask<CountLeft, CouponsLeft>> for EventActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<CountLeft, CouponsLeft>, _: &mut Self::Context) {
        self.count(ask);
    }
}

impl<M: Message> Handler<Sent<M>> for EventActor
where
    Self: Handler<M>,
{
    type Result = ();

    fn handle(&mut self, sent: Sent<M>, ctx: &mut Self::Context) {
        sent.handled_by(self, ctx);
    }
}

impl Handler<Halt> for EventActor {
    type Result = ();

    fn handle(&mut self, _: Halt, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Observe> for EventActor {
    type Result = Result<serde_json::Value, AskError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        Ok(self.state())
    }
}

impl Owner for EventActor {
    const KIND: &'static str = "event";
    const GAUGES: &'static [&'static str] = &["total", "issued", "remaining", "prepared"];
    const MISSING: AskError = AskError::NoSuchEvent;
    type Key = EventId;
    type Card = EventCard;

    fn stream(key: EventId) -> StreamId {
        StreamId::Event(key)
    }

    async fn exists(storage: &Storage, key: EventId) -> Result<bool, AskError> {
        Ok(storage.batch_of(key).await?.is_some())
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: EventId,
        activation: Arc<Activation>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<EventCard>), AskError> {
        let batch = directory.storage().batch_of(key).await?.ok_or(CORRUPT)?;
        let pool = directory.storage().rebuilding().pool(&batch).await?;
        let card = Arc::new(EventCard::new(key, batch.currency, CodeKey::new(&batch.code_key)));
        let ledger = directory.ledger().clone();
        let shell = Shell::new(activation, ledger.clone(), meter);
        let prepared = batch.view.prepared;
        Ok((Self { shell, pool, card: card.clone(), ledger, prepared }, card))
    }
}
