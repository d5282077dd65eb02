//! `/coupons`: coupons to claim, and the one that was just claimed, with its amount; and all that one holds.

use askama::Template;
use hotdeal_actors::coupon::{CouponError, HeldCoupon, IssueCoupon, IssuedCoupon};
use hotdeal_domain::coupon::Validity;
use hotdeal_domain::{Amount, Discount, EventId, Phase};

use super::Site;
use super::look::Look;
use super::menu::Part;
use super::offers::CouponOffer;
use super::say::count;
use super::words::words;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Coupons that one holds, on one page.
const OWN_PAGE: u64 = 20;

words! {
    /// What coupons say.
    Words {
        title: "쿠폰" / "Coupons";
        up_to(amount): "최대 {amount}" / "Up to {amount}";
        one_of(amounts): "{amounts} 가운데 하나. 받는 순간 정해집니다." / "One of {amounts}, drawn as you claim.";
        minimum(price): "{price} 이상 주문에." / "For an order of {price} or more.";
        once: "주문 한 번에." / "For one order.";
        valid_days(days): "받은 날부터 {days}일." / "Good for {days} days.";
        valid_until(day): "{day}까지." / "Until {day}.";
        claim: "쿠폰 받기" / "Claim a coupon";
        opens(time): "{time}에 열립니다" / "Opens at {time}";
        all_gone: "다 나갔습니다" / "All gone";
        of_all(count): "{count}장이 모두 나갔습니다" / "All {count} are gone";
        yours(day): "받았습니다 · {day}까지" / "Yours · until {day}";
        held(day): "이미 받은 쿠폰입니다 · {day}까지" / "You hold it already · until {day}";
        mine: "내 쿠폰" / "My coupon";
        none: "지금 받을 수 있는 쿠폰이 없습니다" / "There is no coupon to claim now";
        none_more: "쿠폰이 열리면 여기에 뜹니다." / "Coupons show up here once they open.";
        own: "받은 쿠폰" / "Your coupons";
        own_none: "아직 받은 쿠폰이 없습니다." / "You hold no coupon yet.";
        until(day): "{day}까지" / "until {day}";
        is_over(day): "{day}에 끝났습니다" / "ended on {day}";
        code(code): "번호 {code}" / "Code {code}";
    }
}

/// The coupons of an event as a card shows them.
pub(crate) struct CouponCard {
    pub(crate) words: Words,
    pub(crate) event: i64,
    pub(crate) name: String,
    pub(crate) gives: String,
    pub(crate) terms: String,
    pub(crate) left: u32,
    pub(crate) total: u32,
    pub(crate) opens: Option<String>,
    pub(crate) starts: i64,
    pub(crate) ahead: String,
    /// The coupon that the visitor has just got, or had already.
    pub(crate) held: Option<Held>,
    pub(crate) left_text: String,
    pub(crate) currency: &'static str,
    /// Digits behind the point in its money.
    pub(crate) digits: u32,
}

/// A coupon in the visitor's hands.
pub(crate) struct Held {
    pub(crate) gives: String,
    pub(crate) told: String,
    pub(crate) code: String,
}

impl CouponCard {
    pub(crate) fn new(offer: &CouponOffer, look: &Look) -> Self {
        let (terms, words, say) = (&offer.terms, Words(look.language), look.say);
        let mut discounts: Vec<Discount> =
            terms.policies.iter().map(|policy| policy.discount).collect();
        discounts.sort_by_key(|discount| weight(*discount));
        let written: Vec<String> =
            discounts.iter().map(|discount| say.discount(*discount, offer.currency)).collect();
        let most = written.last().cloned().unwrap_or_default();
        let mut told = Vec::new();
        if written.len() > 1 {
            told.push(words.one_of(written.join(", ")));
        }
        told.push(match terms.minimum_price {
            Amount::ZERO => words.once().to_owned(),
            price => words.minimum(say.money(price, offer.currency)),
        });
        told.push(match terms.validity {
            Validity::DaysFromIssue(days) => words.valid_days(days),
            Validity::Until(end) => words.valid_until(say.day(end)),
        });
        let opens = terms.window.phase(look.now) == Phase::Before;
        Self {
            event: offer.event.get(),
            name: terms.name.clone(),
            gives: if written.len() > 1 { words.up_to(most) } else { most },
            terms: told.join(" "),
            left: offer.left,
            total: terms.total,
            opens: opens.then(|| words.opens(say.day_and_time(terms.window.start, look.now))),
            starts: terms.window.start.0,
            ahead: say.ahead(terms.window.start, look.now),
            held: None,
            left_text: look.words.coupons_left(count(offer.left)),
            currency: offer.currency.code(),
            digits: offer.currency.minor_digits(),
            words,
        }
    }

    pub(crate) fn tenth(&self) -> u32 {
        self.total / 10
    }

    pub(crate) fn counted(&self, number: &u32) -> String {
        count(*number)
    }
}

impl Held {
    fn new(coupon: &IssuedCoupon, look: &Look, is_new: bool) -> Self {
        let (words, day) = (Words(look.language), look.say.day(coupon.valid_until));
        Self {
            gives: look.say.discount(coupon.discount, coupon.currency),
            told: if is_new { words.yours(day) } else { words.held(day) },
            code: words.code(&coupon.code),
        }
    }
}

/// Which of two discounts is shown as the larger: rates above amounts, because nobody knows of what.
fn weight(discount: Discount) -> (bool, i64) {
    match discount {
        Discount::Fixed(amount) => (false, amount.minor()),
        Discount::Rate(points) => (true, i64::from(points.get())),
    }
}

/// A coupon in the list of those that one holds.
struct Own {
    name: String,
    gives: String,
    terms: String,
    code: String,
    until: String,
    is_over: bool,
}

impl Own {
    fn new(held: &HeldCoupon, look: &Look) -> Self {
        let (words, say, coupon) = (Words(look.language), look.say, &held.coupon);
        let (day, is_over) = (say.day(coupon.valid_until), coupon.valid_until <= look.now);
        Self {
            name: held.name.clone(),
            gives: say.discount(coupon.discount, coupon.currency),
            terms: match held.minimum_price {
                Amount::ZERO => words.once().to_owned(),
                price => words.minimum(say.money(price, coupon.currency)),
            },
            code: words.code(&coupon.code),
            until: if is_over { words.is_over(day) } else { words.until(day) },
            is_over,
        }
    }
}

/// What a visitor who is logged in holds: a page of it.
struct Purse {
    coupons: Vec<Own>,
    /// The event behind which the next page begins.
    next: Option<i64>,
}

#[derive(Template)]
#[template(path = "coupons/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    coupons: Vec<CouponCard>,
    /// `None` for who is not logged in.
    purse: Option<Purse>,
}

/// The page of coupons.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Coupons);
    shown(call, &look, None).await
}

async fn shown(
    call: &Call,
    look: &Look,
    claimed: Option<(EventId, Held)>,
) -> Result<Answer, Problem> {
    let offering = call.part::<Site>().offers.read().await?;
    let offers = offering.coupons_at(look.now);
    let mut coupons: Vec<CouponCard> =
        offers.into_iter().map(|offer| CouponCard::new(offer, look)).collect();
    let card_of = |coupons: &mut Vec<CouponCard>, event: EventId, held| {
        let card = coupons.iter_mut().find(|card| card.event == event.get());
        if let Some(card) = card {
            card.held.get_or_insert(held);
        }
    };
    if let Some((event, held)) = claimed {
        card_of(&mut coupons, event, held);
    }
    let purse = match look.visitor {
        Some(_) => {
            let before = call.query_number("before", 1..=i64::MAX, Some(i64::MAX))?;
            let mut held =
                call.state.mall.coupons().held_by(call.user()?, before, OWN_PAGE + 1).await?;
            let has_more = held.len() as u64 > OWN_PAGE;
            held.truncate(OWN_PAGE as usize);
            for held in &held {
                card_of(&mut coupons, held.coupon.event, Held::new(&held.coupon, look, false));
            }
            let next = held.last().filter(|_| has_more).map(|held| held.coupon.event.get());
            Some(Purse { coupons: held.iter().map(|held| Own::new(held, look)).collect(), next })
        }
        None => None,
    };
    look.answer(call, &Page { words: Words(look.language), coupons, purse, page: look })
}

/// Claims a coupon, and shows its amount at once. Who holds one already is shown that one.
pub(super) async fn claim(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Coupons);
    let event: EventId = call.path_id("eventId")?;
    let issue = IssueCoupon { event, user: call.user()? };
    let held = match call.state.mall.coupons().issue(issue, call.key()).await {
        Ok(issued) => Some(Held::new(&issued.value, &look, true)),
        Err(CouponError::AlreadyIssued(coupon)) => Some(Held::new(&coupon, &look, false)),
        // The card says so.
        Err(CouponError::SoldOut | CouponError::Closed | CouponError::NotOpenYet(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let status =
        if held.is_some() { actix_web::http::StatusCode::OK } else { Code::SoldOut.status() };
    let answer = shown(call, &look, held.map(|held| (event, held))).await?;
    Ok(answer.with_status(status))
}
