//! What was asked, and what came back: the outside's own record of what must be true.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::support::{
    Answer, App, Availability, Client, CouponAnswer, OrderAnswer, PATIENCE, Period, eventually,
};

/// Calls in flight at once when a history is looked up again.
const AT_ONCE: usize = 12;

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome<T> {
    /// It was acknowledged: from then on it must be true for ever.
    Done(T),
    /// It was refused, by this code and for these products: nothing may have happened.
    Refused(String, Vec<i64>),
    /// No answer, or "outcome unknown": both may be true, until a repeat tells.
    Unknown,
    /// An answer that nobody may ever get here.
    Wrong(String),
}

/// One order that somebody tried to make. Each has a shopper of its own.
#[derive(Debug, Clone)]
pub(super) struct OrderTry {
    pub(super) user: i64,
    pub(super) lines: Vec<(i64, i64)>,
    pub(super) outcome: Outcome<OrderAnswer>,
    /// Whether its shopper went on to cancel it, and what became of that.
    pub(super) cancelled: Option<Outcome<()>>,
    /// From before the first time it was asked.
    begun: Instant,
    /// The last time it was asked.
    asked: Period,
    /// When its stock had certainly come back.
    returned: Option<Instant>,
}

/// One coupon that somebody asked for. Each has a shopper of its own.
#[derive(Debug, Clone)]
pub(super) struct CouponTry {
    pub(super) user: i64,
    pub(super) event: i64,
    pub(super) outcome: Outcome<CouponAnswer>,
    /// From before the first time it was asked until it was answered the last time.
    asked: Period,
}

/// All tries on one database.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) orders: Vec<OrderTry>,
    pub(super) coupons: Vec<CouponTry>,
    /// Products with what was put on hand.
    pub(super) on_hand: BTreeMap<i64, i64>,
    /// Events with the coupons each of them has.
    pub(super) coupons_of: BTreeMap<i64, usize>,
    /// How many of `orders` and `coupons` have been looked up since they were made.
    settled: (usize, usize),
}

/// Reads what an answer means, or `Unknown` where there was none.
fn outcome<T>(
    answer: Result<Answer, reqwest::Error>,
    expected: &[u16],
    read: impl Fn(&Answer) -> Option<T>,
) -> Outcome<T> {
    let Ok(answer) = answer else { return Outcome::Unknown };
    if let Some(done) = read(&answer) {
        return Outcome::Done(done);
    }
    let refused = || {
        let problem = answer.problem();
        Outcome::Refused(problem.code, problem.product_ids.unwrap_or_default())
    };
    match answer.status.as_u16() {
        503 if answer.problem().code == "STOCK_HELD" => refused(),
        503 => Outcome::Unknown,
        status if expected.contains(&status) => refused(),
        _ => Outcome::Wrong(answer.to_string()),
    }
}

impl OrderTry {
    pub(super) fn new(user: i64, lines: Vec<(i64, i64)>) -> Self {
        let begun = Instant::now();
        let asked = Period::since(begun);
        let (outcome, cancelled, returned) = (Outcome::Unknown, None, None);
        Self { user, lines, outcome, cancelled, begun, asked, returned }
    }

    /// Asks, with the key of this try: a repeat is the same attempt.
    pub(super) async fn ask(&mut self, client: &Client) {
        let lines: Vec<Value> = self
            .lines
            .iter()
            .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
            .collect();
        let body = json!({"orderItems": lines});
        let asked =
            client.post_json("/api/orders/v2", &body).key(&format!("order-of-{}", self.user));
        let since = Instant::now();
        self.outcome = outcome(asked.try_send().await, &[422], |answer| {
            (answer.status == 200).then(|| answer.good())
        });
        self.asked = Period::since(since);
    }

    pub(super) async fn cancel(&mut self, client: &Client) {
        let Outcome::Done(order) = &self.outcome else { return };
        let asked = client.put(&format!("/api/orders/{}", order.order_id));
        let asked = asked.key(&format!("cancel-of-{}", self.user));
        self.cancelled = Some(outcome(asked.try_send().await, &[], |answer| {
            (answer.status == 200).then(|| {
                assert_eq!(answer.good::<OrderAnswer>().status, "ORDER_CANCELLED", "{answer}");
            })
        }));
        self.returned = (self.cancelled == Some(Outcome::Done(()))).then(Instant::now);
    }

    /// Asks again, with its key, until it is known what became of it.
    pub(super) async fn settle(&mut self, app: &App) {
        let client = app.shopper(self.user);
        let begun = Instant::now();
        while self.outcome == Outcome::Unknown {
            assert!(begun.elapsed() < PATIENCE, "never known: {self:?}");
            self.ask(&client).await;
        }
        while self.cancelled == Some(Outcome::Unknown) {
            assert!(begun.elapsed() < PATIENCE, "never known: {self:?}");
            self.cancel(&client).await;
        }
    }

    /// The stock it must be holding, when all is known.
    pub(super) fn takes(&self) -> &[(i64, i64)] {
        match (&self.outcome, &self.cancelled) {
            (Outcome::Done(_), None) => &self.lines,
            _ => &[],
        }
    }

    /// What it had or may have had, and whether it was told that there is too little.
    fn tell(&self, stock: &mut Availability) -> Option<String> {
        match &self.outcome {
            Outcome::Done(_) => stock.was_taken(&self.lines, self.begun, self.returned),
            Outcome::Unknown | Outcome::Wrong(_) => stock.was_taken(&self.lines, self.begun, None),
            Outcome::Refused(code, named) => {
                stock.was_held(&self.lines, Period { from: self.begun, until: self.asked.until });
                let who = format!("the order of {}", self.user);
                let of = |product: &i64| self.lines.iter().find(|line| line.0 == *product);
                match (code.as_str(), named.iter().find_map(of)) {
                    ("PRODUCT_SHORTAGE", Some(&(product, wanted))) => {
                        stock.was_short(who, product, wanted, self.asked);
                    }
                    ("STOCK_HELD", Some(&(product, wanted))) => {
                        stock.was_told_held(who, product, wanted, self.asked);
                    }
                    _ => return Some(format!("unfair: {self:?}")),
                }
            }
        }
        None
    }
}

impl CouponTry {
    pub(super) fn new(user: i64, event: i64) -> Self {
        let asked = Period::since(Instant::now());
        Self { user, event, outcome: Outcome::Unknown, asked }
    }

    /// Asks. Without a key every second time: a coupon is its own key.
    pub(super) async fn ask(&mut self, client: &Client) {
        let body = json!({"eventId": self.event});
        let mut asked = client.post_json("/api/coupons/issue", &body);
        if self.user % 2 == 0 {
            asked = asked.key(&format!("coupon-of-{}", self.user));
        }
        self.outcome = outcome(asked.try_send().await, &[409], |answer| {
            // Who asks again after a crash may hold one already: that is the coupon, too.
            match answer.status.as_u16() {
                200 => Some(answer.good()),
                409 => answer.problem().coupon,
                _ => None,
            }
        });
        self.asked.until = Instant::now();
    }

    fn may_be_issued(&self) -> bool {
        !matches!(self.outcome, Outcome::Refused(..))
    }
}

impl History {
    /// Repeats every call whose outcome is unknown, with its key, until it is known.
    pub(super) async fn settle(&mut self, app: &App) {
        futures_util::stream::iter(self.orders.iter_mut())
            .for_each_concurrent(AT_ONCE, async |order| order.settle(app).await)
            .await;
        futures_util::stream::iter(self.coupons.iter_mut())
            .for_each_concurrent(AT_ONCE, async |coupon| settle_coupon(app, coupon).await)
            .await;
    }

    /// Every refusal that nothing explains, what is not known yet counting as done.
    pub(super) fn unfair(&self) -> Vec<String> {
        let mut stock = Availability::of(self.on_hand.iter().map(|(&id, &pieces)| (id, pieces)));
        let mut unfair: Vec<String> =
            self.orders.iter().filter_map(|order| order.tell(&mut stock)).collect();
        unfair.extend(stock.unfair());
        let refused = self.coupons.iter().filter(|coupon| !coupon.may_be_issued());
        unfair.extend(
            refused
                .filter(|coupon| !self.was_sold_out(coupon))
                .map(|coupon| format!("unfair: {coupon:?}")),
        );
        unfair
    }

    /// Whether every coupon of its event may have been somebody else's.
    fn was_sold_out(&self, refused: &CouponTry) -> bool {
        let is_rival = |other: &&CouponTry| {
            other.event == refused.event
                && other.may_be_issued()
                && other.asked.from <= refused.asked.until
        };
        let issued = self.coupons.iter().filter(is_rival).count();
        let is_told = matches!(&refused.outcome, Outcome::Refused(code, _) if code == "SOLD_OUT");
        is_told && self.coupons_of.get(&refused.event).is_some_and(|total| issued >= *total)
    }

    /// The orders and coupons that were not looked up before.
    pub(super) fn fresh(&self) -> (&[OrderTry], &[CouponTry]) {
        (&self.orders[self.settled.0..], &self.coupons[self.settled.1..])
    }

    /// From now on, what is here is old.
    pub(super) fn grow_old(&mut self) {
        self.settled = (self.orders.len(), self.coupons.len());
    }
}

async fn settle_coupon(app: &App, coupon: &mut CouponTry) {
    let client = app.shopper(coupon.user);
    let begun = Instant::now();
    while coupon.outcome == Outcome::Unknown {
        assert!(begun.elapsed() < PATIENCE, "never known: {coupon:?}");
        coupon.ask(&client).await;
    }
}

/// What one order or coupon looks like now, over HTTP; `None` when it is as acknowledged.
pub(super) async fn order_is_lost(app: &App, order: &OrderTry) -> Option<String> {
    let Outcome::Done(made) = &order.outcome else { return None };
    let path = format!("/api/orders/{}", made.order_id);
    let answer = known(app.shopper(order.user), &path).await;
    if answer.status != 200 {
        return Some(format!("lost: order {} was acknowledged: {answer}", made.order_id));
    }
    let is_cancelled = order.cancelled.is_some();
    let status = if is_cancelled { "ORDER_CANCELLED" } else { "ORDER_SUCCESS" };
    let expected = OrderAnswer { status: status.to_owned(), ..made.clone() };
    let is_same = answer.good::<OrderAnswer>() == expected;
    (!is_same).then(|| format!("changed: {expected:?} is now {answer}"))
}

pub(super) async fn coupon_is_lost(app: &App, coupon: &CouponTry) -> Option<String> {
    let Outcome::Done(issued) = &coupon.outcome else { return None };
    let mut again = CouponTry::new(coupon.user, coupon.event);
    settle_coupon(app, &mut again).await;
    let is_same =
        matches!(&again.outcome, Outcome::Done(held) if held.coupon_key == issued.coupon_key);
    (!is_same)
        .then(|| format!("lost: coupon {issued:?} of {} is now {:?}", coupon.user, again.outcome))
}

/// An answer that is not "come back later".
async fn known(client: Client, path: &str) -> Answer {
    eventually("an answer", PATIENCE, async || {
        let answer = client.get(path).send().await;
        (answer.status != 503).then_some(answer)
    })
    .await
}

/// How much was proved on how much.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    orders: usize,
    cancelled: usize,
    coupons: usize,
    refused: usize,
}

impl Counts {
    pub(super) fn and(mut self, history: &History) -> Self {
        for order in &history.orders {
            match &order.outcome {
                Outcome::Done(_) => self.orders += 1,
                Outcome::Refused(..) | Outcome::Unknown | Outcome::Wrong(_) => self.refused += 1,
            }
            self.cancelled += usize::from(order.cancelled.is_some());
        }
        for coupon in &history.coupons {
            match &coupon.outcome {
                Outcome::Done(_) => self.coupons += 1,
                Outcome::Refused(..) | Outcome::Unknown | Outcome::Wrong(_) => self.refused += 1,
            }
        }
        self
    }

    /// Some of everything in each cycle, on average.
    pub(super) fn is_a_load(&self, cycles: u32) -> bool {
        let cycles = usize::try_from(cycles).unwrap_or(usize::MAX);
        [self.orders, self.coupons, self.cancelled].into_iter().all(|count| count >= cycles)
    }
}
