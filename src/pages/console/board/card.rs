//! A card of the board: an order as its shop has to see it, and what is to be done about it.

use hotdeal_actors::order::ShopOrder;
use hotdeal_domain::order::{OrderLine, Part, PartState, RejectionReason, TrackedOrder};
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{Amount, UnixMillis};

use super::steps::{MINUTES, MINUTES_USUAL};
use super::words::Words;
use crate::pages::look::Look;
use crate::pages::say::count;

/// Milliseconds within which a shop answers a new order, and of those the last, which are marked.
pub(super) const ANSWER_WITHIN_MS: i64 = 10 * MINUTE_MS;
pub(super) const DUE_MS: i64 = 5 * MINUTE_MS;
const MINUTE_MS: i64 = 60_000;
/// Lines of an order that its card shows.
pub(super) const LINES_MAX: usize = 20;

/// An order as a card.
pub(super) struct Card {
    pub(super) shop: i64,
    pub(super) order: i64,
    pub(super) state: PartState,
    pub(super) ordered: UnixMillis,
    pub(super) ordered_at: String,
    pub(super) ordered_stamp: String,
    pub(super) changed: UnixMillis,
    /// When it was promised; empty where it was not.
    pub(super) expected: String,
    pub(super) lines: Vec<(String, String)>,
    pub(super) more_lines: Option<String>,
    pub(super) sum: String,
    pub(super) age: Age,
}

/// How an order stands in time.
pub(super) struct Age {
    /// `due`, `late`, or nothing.
    pub(super) name: &'static str,
    pub(super) text: String,
    /// Hundredths of its time that are left, where it has one.
    pub(super) left: Option<i64>,
}

impl Card {
    /// An open order.
    pub(super) fn new(order: &ShopOrder, look: &Look) -> Self {
        let sum = look.say.money(order.total, order.currency);
        Self::of(order.id.get(), &order.lines, sum, (order.ordered_at, &order.part), look)
    }

    /// An order that the buyer has got, with the lines and the part of this shop alone.
    pub(super) fn of_done(tracked: &TrackedOrder, look: &Look) -> Option<Self> {
        let order = &tracked.order;
        let sum = look.say.money(tracked.standing_total(), order.currency);
        let part = tracked.parts.first()?;
        Some(Self::of(order.id.get(), &order.lines, sum, (order.ordered_at, part), look))
    }

    /// A card of this state that is filled in later.
    pub(super) fn blank(state: PartState, shop: &ShopProfile, look: &Look) -> Self {
        let part = Part { state, ..Part::new(shop.id, look.now) };
        let sum = look.say.money(Amount::ZERO, shop.currency);
        Self::of(0, &[], sum, (look.now, &part), look)
    }

    fn of(
        order: i64,
        lines: &[OrderLine],
        sum: String,
        (ordered, part): (UnixMillis, &Part),
        look: &Look,
    ) -> Self {
        let (say, words) = (look.say, Words(look.language));
        let shown = lines.iter().take(LINES_MAX);
        let more = lines.len().saturating_sub(LINES_MAX);
        Self {
            shop: part.shop.get(),
            order,
            state: part.state,
            ordered,
            ordered_at: say.day_and_time(ordered, look.now),
            ordered_stamp: say.stamp(ordered),
            changed: part.changed_at,
            expected: part.expected_at.map(|at| at.0.to_string()).unwrap_or_default(),
            lines: shown.map(|line| (count(line.quantity.get()), line.name.to_string())).collect(),
            more_lines: (more > 0).then(|| words.more_lines(more)),
            sum,
            age: Age::new(ordered, part, words, look),
        }
    }

    pub(super) fn is(&self, state: &str) -> bool {
        self.state.name() == state
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == PartState::Done
    }

    /// The icon and the kind of its tag.
    pub(super) fn icon(&self) -> (&'static str, &'static str) {
        match (self.age.name, self.is_done()) {
            (_, true) => ("check", ""),
            ("late", _) => ("warn", "hot"),
            ("due", _) => ("clock", "warn"),
            _ => ("clock", ""),
        }
    }

    /// Minutes that can be chosen, and whether they are chosen already.
    pub(super) fn minutes(&self) -> [(i64, bool); 3] {
        MINUTES.map(|minutes| (minutes, minutes == MINUTES_USUAL))
    }

    /// Reasons to reject, by name and in words.
    pub(super) fn reasons(&self, words: &Words) -> [(&'static str, &'static str); 7] {
        RejectionReason::BY_HAND.map(|reason| {
            let text = match reason {
                RejectionReason::OutOfStock => words.out_of_stock(),
                RejectionReason::TooBusy => words.too_busy(),
                RejectionReason::Closed => words.closed(),
                RejectionReason::OutOfArea => words.out_of_area(),
                RejectionReason::WrongListing => words.wrong_listing(),
                RejectionReason::BuyerAsked => words.buyer_asked(),
                RejectionReason::Other | RejectionReason::NotAnswered => words.other(),
            };
            (reason.name(), text)
        })
    }
}

impl Age {
    fn new(ordered: UnixMillis, part: &Part, words: Words, look: &Look) -> Self {
        let (now, say) = (look.now, look.say);
        let plain = |text| Self { name: "", text, left: None };
        let late =
            |by: i64, left| Self { name: "late", text: words.late(span(by, words, look)), left };
        match part.state {
            PartState::New => {
                let left = ordered.0 + ANSWER_WITHIN_MS - now.0;
                let share = Some((100 * left / ANSWER_WITHIN_MS).clamp(0, 100));
                let within = || words.answer_in(span(left + MINUTE_MS - 1, words, look));
                match left {
                    ..=0 => late(-left, share),
                    1..=DUE_MS => Self { name: "due", text: within(), left: share },
                    _ if ANSWER_WITHIN_MS - left < MINUTE_MS => {
                        Self { name: "", text: words.just_now().to_owned(), left: share }
                    }
                    _ => Self { name: "", text: within(), left: share },
                }
            }
            PartState::Accepted => {
                let Some(expected) = part.expected_at else { return plain(String::new()) };
                let (left, whole) = (expected.0 - now.0, expected.0 - part.changed_at.0);
                let share = Some((100 * left / whole.max(1)).clamp(0, 100));
                let text = words.until(say.day_and_time(expected, now));
                if left <= 0 { late(-left, share) } else { Self { name: "", text, left: share } }
            }
            PartState::Ready => {
                plain(words.ready_for(span(now.0 - part.changed_at.0, words, look)))
            }
            PartState::Done | PartState::Rejected | PartState::Cancelled => {
                plain(words.handed_over(say.day_and_time(part.changed_at, now)))
            }
        }
    }
}

/// So long, in whole minutes: `4분`, `3시간 20분`.
fn span(ms: i64, words: Words, look: &Look) -> String {
    let minutes = ms.max(0) / MINUTE_MS;
    match minutes < 60 {
        true => words.minutes(minutes),
        false => look.words.hours(minutes / 60, minutes % 60),
    }
}
