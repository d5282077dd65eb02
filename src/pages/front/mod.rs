//! `/`: deals that are open, those that open soon, those that have ended, and coupons.

pub(crate) mod script;
mod words;

use askama::Template;
use hotdeal_domain::deal::DAY_MS;
use hotdeal_domain::{Discount, UnixMillis};

use self::words::Words;
use super::Site;
use super::coupons::CouponCard;
use super::look::Look;
use super::menu::Part;
use super::offers::Offer;
use super::say::{Say, count};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// An offer as a card shows it.
pub(crate) struct Card {
    pub(crate) event: i64,
    pub(crate) product: i64,
    pub(crate) name: String,
    pub(crate) shop: String,
    pub(crate) picture: Option<String>,
    pub(crate) off: String,
    pub(crate) price: String,
    pub(crate) before: String,
    pub(crate) starts: UnixMillis,
    pub(crate) ends: UnixMillis,
    pub(crate) starts_at: String,
    pub(crate) starts_stamp: String,
    pub(crate) ends_stamp: String,
    /// What is left of the time, in words.
    pub(crate) time_left: String,
    /// The same of the time until it opens, for a clock and in a sentence.
    pub(crate) time_to: String,
    pub(crate) ahead: String,
    /// Whether it is a day or more until the end, or until it opens: then the clock shows that day.
    pub(crate) is_far: bool,
    /// Hundredths of its time that are left.
    pub(crate) time_share: i64,
    pub(crate) left: u32,
    pub(crate) total: u32,
    pub(crate) sold: u32,
    pub(crate) is_followed: bool,
}

impl Card {
    /// The card of an offer.
    pub(crate) fn new(offer: &Offer, site: &Site, say: Say, now: UnixMillis) -> Self {
        let (product, window) = (&offer.product, offer.deal.terms.window);
        let off = match offer.deal.terms.discount {
            rate @ Discount::Rate(_) => say.discount(rate, product.currency),
            fixed @ Discount::Fixed(_) => format!("−{}", say.discount(fixed, product.currency)),
        };
        Self {
            event: offer.deal.id.get(),
            product: product.id.get(),
            name: product.name.to_string(),
            shop: offer.shop.to_string(),
            picture: site.picture(&product.image_url).map(str::to_owned),
            off,
            price: say.money(offer.price, product.currency),
            before: say.money(product.price, product.currency),
            starts: window.start,
            ends: window.end,
            starts_at: say.day_and_time(window.start, now),
            starts_stamp: say.stamp(window.start),
            ends_stamp: say.stamp(window.end),
            time_left: say.until(window.end, now),
            time_to: say.until(window.start, now),
            ahead: say.ahead(window.start, now),
            is_far: now.plus(DAY_MS) <= if now < window.start { window.start } else { window.end },
            time_share: share(now.0 - window.start.0, window.end.0 - window.start.0),
            left: offer.left,
            total: offer.total,
            sold: offer.sold,
            is_followed: false,
        }
    }

    /// Whether so little is left that the marks turn hot: a tenth.
    pub(crate) fn is_last(&self) -> bool {
        u64::from(self.left) * 10 <= u64::from(self.total)
    }

    /// A tenth of all pieces.
    pub(crate) fn tenth(&self) -> u32 {
        self.total / 10
    }

    pub(crate) fn counted(&self, number: &u32) -> String {
        count(*number)
    }
}

/// Hundredths that are left when so much has gone.
fn share(gone: i64, of: i64) -> i64 {
    (100 - gone.saturating_mul(100) / of.max(1)).clamp(0, 100)
}

#[derive(Template)]
#[template(path = "front/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    now_at: String,
    lead: Option<Card>,
    open: Vec<Card>,
    soon: Vec<Card>,
    ended: Vec<Card>,
    coupons: Vec<CouponCard>,
}

impl Page<'_> {
    fn open_count(&self) -> usize {
        self.open.len() + usize::from(self.lead.is_some())
    }
}

/// The front page.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let (look, site) = (Look::of(call, Part::Deals), call.part::<Site>());
    let offering = site.offers.read().await?;
    let card = |offer: &&Offer| Card::new(offer, site, look.say, look.now);
    let mut open: Vec<Card> = offering.open(look.now).iter().map(card).collect();
    // What is sold out does not lead, and stands behind what can be bought.
    open.sort_by_key(|card| card.left == 0);
    let lead = (!open.is_empty()).then(|| open.remove(0));
    let mut soon: Vec<Card> = offering.soon(look.now).iter().map(card).collect();
    super::product::mark_followed(call, &mut soon).await?;
    let coupons = offering.coupons_at(look.now);
    let page = Page {
        words: Words(look.language),
        now_at: look.say.second(look.now),
        lead,
        open,
        soon,
        ended: offering.ended(look.now).iter().map(card).collect(),
        coupons: coupons.into_iter().map(|offer| CouponCard::new(offer, &look)).collect(),
        page: &look,
    };
    look.answer(call, &page)
}
