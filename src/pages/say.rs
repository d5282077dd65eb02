//! How pages write numbers, money, percentages and times.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use hotdeal_domain::{Amount, Currency, Discount, UnixMillis};

use super::words::Common;
use crate::clock::Zone;
use crate::http::kit::code::Language;
use crate::http::kit::money;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes in the language of a page, by the clocks of the server's zone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Say {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
}

/// `12,900`.
pub(crate) fn count(number: impl Into<i128>) -> String {
    grouped(&number.into().to_string())
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Say {
    fn words(self) -> Common {
        Common(self.language)
    }

    /// `12,900원`, `₩12,900`, `£12.50`.
    pub(crate) fn money(self, amount: Amount, currency: Currency) -> String {
        let text = money::decimal(amount.minor().into(), currency);
        let (whole, rest) =
            text.split_once('.').map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
        let number =
            rest.map_or_else(|| grouped(whole), |rest| format!("{}.{rest}", grouped(whole)));
        match (currency, self.language) {
            (Currency::Krw, Language::Ko) => format!("{number}원"),
            (Currency::Jpy, Language::Ko) => format!("{number}엔"),
            (Currency::Krw, Language::En) => format!("₩{number}"),
            (Currency::Jpy, Language::En) => format!("¥{number}"),
            (Currency::Gbp, _) => format!("£{number}"),
            (Currency::Eur, _) => format!("€{number}"),
            (Currency::Usd, _) => format!("${number}"),
        }
    }

    /// What is taken off: `40%`, or money.
    pub(crate) fn discount(self, discount: Discount, currency: Currency) -> String {
        match discount {
            Discount::Rate(points) => format!("{}%", money::percent(points)),
            Discount::Fixed(amount) => self.money(amount, currency),
        }
    }

    /// What is left of a time: `14:32`, `3시간 20분`; the day on which it ends, if that is not today.
    pub(crate) fn until(self, end: UnixMillis, now: UnixMillis) -> String {
        let left = end.0.saturating_sub(now.0).max(0);
        if left < HOUR_MS {
            // A second that has begun is still there: the last one shown is 0:01.
            let seconds = left.saturating_add(SECOND_MS - 1) / SECOND_MS;
            return format!("{}:{:02}", seconds / 60, seconds % 60);
        }
        if left < DAY_MS {
            return self.words().hours(left / HOUR_MS, left % HOUR_MS / MINUTE_MS);
        }
        self.day_and_time(end, now)
    }

    /// How long it is until then: `6분 32초 뒤`, `3시간 20분 뒤`, `3일 뒤`.
    pub(crate) fn ahead(self, start: UnixMillis, now: UnixMillis) -> String {
        let (words, left) = (self.words(), start.0.saturating_sub(now.0).max(0));
        let seconds = left.saturating_add(SECOND_MS - 1) / SECOND_MS;
        words.in_time(match left {
            ..HOUR_MS => words.minutes(seconds / 60, seconds % 60),
            HOUR_MS..DAY_MS => words.hours(left / HOUR_MS, left % HOUR_MS / MINUTE_MS),
            _ => words.days(left / DAY_MS),
        })
    }

    fn local(self, at: UnixMillis) -> NaiveDateTime {
        self.zone.local(at)
    }

    /// `14:30`.
    pub(crate) fn time(self, at: UnixMillis) -> String {
        let at = self.local(at);
        format!("{}:{:02}", at.hour(), at.minute())
    }

    /// `14:03:48`.
    pub(crate) fn second(self, at: UnixMillis) -> String {
        let at = self.local(at);
        format!("{}:{:02}:{:02}", at.hour(), at.minute(), at.second())
    }

    /// `6월 12일`, `12 June`.
    pub(crate) fn day(self, at: UnixMillis) -> String {
        let at = self.local(at);
        match self.language {
            Language::Ko => self.words().day(at.month(), at.day()),
            Language::En => self.words().day(MONTHS[at.month0() as usize % MONTHS.len()], at.day()),
        }
    }

    /// The time, and the day where that is not the day of `now`.
    pub(crate) fn day_and_time(self, at: UnixMillis, now: UnixMillis) -> String {
        match self.local(at).date() == self.local(now).date() {
            true => self.time(at),
            false => format!("{} {}", self.day(at), self.time(at)),
        }
    }

    /// For programs that read the page.
    pub(crate) fn stamp(self, at: UnixMillis) -> String {
        self.zone.stamp(at).to_string()
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::BasisPoints;

    use super::*;

    fn say(language: Language) -> Say {
        Say { language, zone: Zone::parse("+09:00").expect("a zone") }
    }

    #[test]
    fn money_is_written_as_people_of_the_language_write_it() {
        let amount = |minor| Amount::try_from(minor).expect("in range");
        for (minor, currency, ko, en) in [
            (12_900, Currency::Krw, "12,900원", "₩12,900"),
            (0, Currency::Krw, "0원", "₩0"),
            (1_234_550, Currency::Gbp, "£12,345.50", "£12,345.50"),
            (990, Currency::Jpy, "990엔", "¥990"),
        ] {
            assert_eq!(say(Language::Ko).money(amount(minor), currency), ko);
            assert_eq!(say(Language::En).money(amount(minor), currency), en);
        }
        let rate = Discount::Rate(BasisPoints::try_from(1_250).expect("in range"));
        assert_eq!(say(Language::Ko).discount(rate, Currency::Krw), "12.5%");
    }

    #[test]
    fn what_is_left_is_told_as_closely_as_it_matters() {
        let now = UnixMillis(1_781_240_608_000); // 14:03:28 on 12 June 2026 in Seoul.
        for (left, ko, en) in [
            (-5, "0:00", "0:00"),
            (1, "0:01", "0:01"),
            (872_000, "14:32", "14:32"),
            (HOUR_MS - 1, "60:00", "60:00"),
            (12_000_000, "3시간 20분", "3 h 20 min"),
            (DAY_MS * 3, "6월 15일 14:03", "15 June 14:03"),
        ] {
            assert_eq!(say(Language::Ko).until(now.plus(left), now), ko, "{left}");
            assert_eq!(say(Language::En).until(now.plus(left), now), en, "{left}");
        }
        for (left, ko, en) in [
            (392_000, "6분 32초 뒤", "in 6:32"),
            (5_000, "0분 5초 뒤", "in 0:05"),
            (12_000_000, "3시간 20분 뒤", "in 3 h 20 min"),
            (DAY_MS * 3, "3일 뒤", "in 3 d"),
        ] {
            assert_eq!(say(Language::Ko).ahead(now.plus(left), now), ko);
            assert_eq!(say(Language::En).ahead(now.plus(left), now), en);
        }
        assert_eq!(say(Language::En).second(now), "14:03:28");
    }
}
