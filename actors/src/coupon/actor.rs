//! The actor that owns one event.

use std::sync::{Arc, OnceLock};

use hotdeal_domain::coupon::{
    BatchStatus, CouponFact, CouponIssued, CouponPool, Grant, IssueRefusal,
};
use hotdeal_domain::stream::CouponStream;
use hotdeal_domain::{Currency, EventId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api::{CouponsLeft, IssueCoupon, IssuedCoupon};
use super::codes::CodeKey;
use super::error::CouponError;
use super::prepare;
use crate::error::RequestError;
use crate::host::directory::{Directory, Handles, Owner, OwnerContext};
use crate::host::observe::invariants;
use crate::host::shell::{Answer, Apply, Caller, Decision, Envelope, Memory, Shell};
use crate::ledger::{Ledger, Owned};
use crate::meter::Meter;
use crate::storage::{CORRUPT, Storage};

/// A coupon as the actor grants it: the code is derived on the caller's thread.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    pub(crate) valid_until: UnixMillis,
}

impl Answer for Granted {}

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
    pub(crate) fn new(event: EventId, currency: Currency, codes: CodeKey) -> Self {
        Self { event, currency, codes, given_out: OnceLock::new() }
    }

    /// The refusal of an event that has nothing left; `None` while the actor has to be asked.
    pub(crate) fn refusal(&self, user: UserId, at: UnixMillis) -> Option<CouponError> {
        let pool = self.given_out.get()?;
        pool.decide(user, at).err().map(|refusal| self.error_of(pool, refusal))
    }

    fn error_of(&self, pool: &CouponPool, refusal: IssueRefusal) -> CouponError {
        CouponError::try_from(refusal).unwrap_or_else(|held| {
            CouponError::AlreadyIssued(Box::new(self.coupon(&granted(pool, held))))
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
    pub(crate) shell: Shell<CouponStream>,
    pub(crate) pool: Memory<CouponPool>,
    pub(crate) card: Arc<EventCard>,
    pub(crate) ledger: Ledger,
    pub(crate) prepared: u32,
}

impl EventActor {
    pub(crate) fn publish(&self) {
        publish(&self.shell, &self.pool, self.prepared);
    }
}

fn publish(shell: &Shell<CouponStream>, pool: &CouponPool, prepared: u32) {
    let counts = [pool.terms().total, pool.issued(), pool.remaining(), prepared];
    shell.meter.publish(counts.map(i64::from));
}

impl Apply<CouponFact> for CouponPool {
    fn apply(&mut self, fact: &CouponFact) {
        match fact {
            CouponFact::CouponIssued(issued) => CouponPool::apply(self, *issued),
            CouponFact::CouponsReady => self.set_status(BatchStatus::Ready),
            CouponFact::CouponsFailed { .. } => self.set_status(BatchStatus::Failed),
            // The first of the stream: the pool is made by it.
            CouponFact::CouponsOpened { .. } => {}
        }
    }
}

impl Handles<Envelope<IssueCoupon>> for EventActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<IssueCoupon>, _: &mut OwnerContext<Self>) {
        let Self { shell, pool, card, prepared, .. } = self;
        shell.turn(envelope, |shell, request, caller, now| match pool.decide(request.user, now) {
            Ok(issued) => {
                grant(shell, pool, issued, caller);
                publish(shell, pool, *prepared);
            }
            Err(refusal) => {
                if pool.remaining() == 0 && shell.all_is_durable() {
                    card.given_out.get_or_init(|| CouponPool::clone(pool));
                }
                shell.refuse(card.error_of(pool, refusal), caller);
            }
        });
    }
}

fn grant(
    shell: &Shell<CouponStream>,
    pool: &mut Memory<CouponPool>,
    issued: CouponIssued,
    caller: Caller<Granted, CouponError>,
) {
    let Some(discount) = pool.discount(issued.ordinal) else {
        return shell.refuse(CouponError::PreparationFailed, caller);
    };
    let grant = Grant { ordinal: issued.ordinal, discount, issued_at: issued.at };
    let decision = Decision::of(CouponFact::CouponIssued(issued));
    shell.carry_out(decision, pool, caller, issued.at, |pool| granted(pool, grant));
}

fn granted(pool: &CouponPool, grant: Grant) -> Granted {
    Granted { grant, valid_until: pool.terms().valid_until(grant.issued_at) }
}

impl Handles<Envelope<CountLeft>> for EventActor {
    type Result = ();

    /// What is left, told once all that it rests on is durable.
    fn handle(&mut self, envelope: Envelope<CountLeft>, _: &mut OwnerContext<Self>) {
        let Self { shell, pool, .. } = self;
        shell.turn(envelope, |shell, CountLeft, caller, _| {
            let left = CouponsLeft { total: pool.terms().total, left: pool.remaining() };
            shell.answer(left, caller);
        });
    }
}

impl Owner for EventActor {
    const KIND: &'static str = "event";
    const GAUGES: &'static [&'static str] = &["total", "issued", "remaining", "prepared"];
    type Key = EventId;
    type Stream = CouponStream;
    type Card = EventCard;
    type Node = ();

    fn key(number: i64) -> Option<EventId> {
        number.try_into().ok()
    }

    async fn exists(storage: &Storage, key: EventId) -> Result<bool, RequestError> {
        Ok(storage.batch_of(key).await?.is_some())
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: EventId,
        activation: Owned<CouponStream>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<EventCard>), RequestError> {
        let batch = directory.storage().batch_of(key).await?.ok_or(CORRUPT)?;
        let pool = directory.storage().rebuilding().pool(&batch).await?;
        let card = Arc::new(EventCard::new(key, batch.currency, CodeKey::new(&batch.code_key)));
        let ledger = directory.ledger().clone();
        let shell = Shell::new(activation, ledger.clone(), meter);
        let prepared = batch.view.prepared;
        let pool = Memory::new(pool);
        Ok((Self { shell, pool, card: card.clone(), ledger, prepared }, card))
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

    fn started(&mut self, ctx: &mut OwnerContext<Self>) {
        self.publish();
        if self.pool.status() == BatchStatus::Preparing {
            prepare::start(self, ctx);
        }
    }
}
