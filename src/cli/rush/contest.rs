//! The rounds: no-op and real requests in turn, with the same people and the same client.

use std::ops::Range;
use std::time::Duration;

use hotdeal_domain::{EventId, ProductId};
use indicatif::ProgressBar;

use crate::client::load::{Crowd, Lanes, LoadError, Measured, Phase, Script};
use crate::client::{Reply, Target};

/// Requests of the warm-up at most; none of them is counted.
const WARM_UP_MAX: usize = 5_000;
/// How often somebody who was told "busy" asks again at most.
const ASK_AGAIN_MAX: u32 = 20;

/// How long somebody who was told "busy" waits: some dozen commits.
const PAUSE: Duration = Duration::from_millis(100);

/// What everybody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goods {
    /// A coupon of this event.
    Coupons(EventId),
    /// A piece of this product.
    Product(ProductId),
}

/// Somebody who got it: a shopper of the crowd, and the coupon's code or the order's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Winner {
    pub(super) person: usize,
    pub(super) prize: String,
}

/// One round.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) noop: Measured,
    pub(super) real: Measured,
    /// Of the real answers, those that gave something away.
    pub(super) won: u64,
}

/// What all rounds have shown.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) goods: Goods,
    pub(super) rounds: Vec<Round>,
    pub(super) winners: Vec<Winner>,
    /// Answered that nothing is left.
    pub(super) too_late: u64,
    /// Answered anything else, after all repeats; the first few, to be shown.
    pub(super) otherwise: u64,
    pub(super) examples: Vec<String>,
}

/// A contest under way.
pub(super) struct Contest<'a> {
    crowd: &'a Crowd,
    noop: Script,
    real: Script,
    outcome: Outcome,
}

impl<'a> Contest<'a> {
    pub(super) fn new(target: &Target, goods: Goods, crowd: &'a Crowd, there_are: u32) -> Self {
        let coupons = usize::try_from(there_are).unwrap_or(usize::MAX);
        let (path, body) = match goods {
            Goods::Coupons(event) => ("/api/coupons/issue", format!(r#"{{"eventId":{event}}}"#)),
            Goods::Product(product) => {
                ("/api/orders/v1", format!(r#"{{"productId":{product},"quantity":1}}"#))
            }
        };
        // The yardstick reads a body like that of a coupon's issue, whatever the crowd wants.
        let noop_body = match goods {
            Goods::Coupons(_) => body.clone(),
            Goods::Product(product) => format!(r#"{{"eventId":{product}}}"#),
        };
        Self {
            crowd,
            noop: Script::post(target, "/api/noop", &noop_body),
            real: Script::post(target, path, &body),
            outcome: Outcome {
                goods,
                rounds: Vec::new(),
                winners: Vec::with_capacity(coupons.min(crowd.len())),
                too_late: 0,
                otherwise: 0,
                examples: Vec::new(),
            },
        }
    }

    /// No-op requests only, so that the first round finds connections and caches warm.
    pub(super) async fn warm_up(&self, lanes: &mut Lanes) -> Result<(), LoadError> {
        let phase = self.phase(&self.noop, &|_| {});
        let mut people = 0..self.crowd.len().min(WARM_UP_MAX);
        lanes.run(&phase, &mut people, &mut |_, _| {}).await.map(drop)
    }

    /// Lets these people ask the yardstick and then for the real thing.
    pub(super) async fn round(
        &mut self,
        lanes: &mut Lanes,
        people: Range<usize>,
        bar: &ProgressBar,
    ) -> Result<(), LoadError> {
        let begun = bar.position();
        let tell = |answered| bar.set_position(begun + answered);
        let phase = self.phase(&self.noop, &tell);
        let noop = lanes.run(&phase, &mut people.clone(), &mut |_, _| {}).await?;
        let before = self.outcome.winners.len();
        let half = begun + people.len() as u64;
        let tell = |answered| bar.set_position(half + answered);
        let real = self.everybody(lanes, people, &tell).await?;
        let won = (self.outcome.winners.len() - before) as u64;
        self.outcome.rounds.push(Round { noop, real, won });
        Ok(())
    }

    /// What has come out.
    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    /// Everybody asks. Those who are told "busy" ask again until they get another answer.
    async fn everybody(
        &mut self,
        lanes: &mut Lanes,
        people: Range<usize>,
        progress: &dyn Fn(u64),
    ) -> Result<Measured, LoadError> {
        let mut measured = Measured::default();
        let mut asking: Box<dyn Iterator<Item = usize>> = Box::new(people);
        for again in 0..=ASK_AGAIN_MAX {
            let mut busy = Vec::new();
            let Self { crowd, real, outcome, .. } = self;
            let phase =
                Phase { script: real, crowd, time_limit: None, is_patient: false, progress };
            let may_repeat = again < ASK_AGAIN_MAX;
            let mut note = |person: usize, reply: &Reply<'_>| {
                if may_repeat && outcome.can_ask_again(reply) {
                    busy.push(person);
                } else {
                    outcome.note(person, reply, again > 0);
                }
            };
            measured.merge(&lanes.run(&phase, &mut *asking, &mut note).await?);
            if busy.is_empty() {
                break;
            }
            asking = Box::new(busy.into_iter());
            // The wait is part of the crowd's experience, so it counts.
            tokio::time::sleep(PAUSE).await;
            measured.elapsed += PAUSE;
        }
        Ok(measured)
    }

    fn phase<'s>(&'s self, script: &'s Script, progress: &'s dyn Fn(u64)) -> Phase<'s> {
        Phase { script, crowd: self.crowd, time_limit: None, is_patient: false, progress }
    }
}

impl Outcome {
    /// Whether asking again is safe. For a coupon it always is, because a holder is told so. For an
    /// order it is only while nothing has happened, because an order has no idempotency key here.
    fn can_ask_again(&self, reply: &Reply<'_>) -> bool {
        let unknown = || reply.text_member("code") == Some("OUTCOME_UNKNOWN");
        reply.status == 503 && (matches!(self.goods, Goods::Coupons(_)) || !unknown())
    }

    fn note(&mut self, person: usize, reply: &Reply<'_>, asked_before: bool) {
        let code = if reply.status < 400 { None } else { reply.text_member("code") };
        let prize = match (self.goods, reply.status, code) {
            (Goods::Coupons(_), 200, _) => reply.text_member("couponKey").map(str::to_owned),
            // The first answer, "outcome unknown", was a success after all.
            (Goods::Coupons(_), 409, Some("DUPLICATE")) if asked_before => {
                reply.text_member("couponKey").map(str::to_owned)
            }
            (Goods::Product(_), 200, _) => reply.number_member("orderId").map(|id| id.to_string()),
            (Goods::Coupons(_), 409, Some("SOLD_OUT"))
            | (Goods::Product(_), 422, Some("PRODUCT_SHORTAGE")) => {
                self.too_late += 1;
                return;
            }
            _ => None,
        };
        match prize {
            Some(prize) => self.winners.push(Winner { person, prize }),
            None => self.note_otherwise(person, reply),
        }
    }

    fn note_otherwise(&mut self, person: usize, reply: &Reply<'_>) {
        self.otherwise += 1;
        if self.examples.len() < 3 {
            let shown: String = String::from_utf8_lossy(reply.body).chars().take(200).collect();
            self.examples.push(format!("person {person} got {} {shown}", reply.status));
        }
    }
}
