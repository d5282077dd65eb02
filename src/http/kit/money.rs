//! Money and percentages as they leave: exact JSON numbers, never through a float.

use hotdeal_domain::{Amount, BasisPoints, Currency, Discount};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Money on its way out: an exact JSON number, `12900` or `2.55`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Money(pub(crate) Amount, pub(crate) Currency);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.1.minor_digits() == 0 {
            return serializer.serialize_i64(self.0.minor());
        }
        exact(self.0.decimal(self.1), serializer)
    }
}

/// A percentage on its way out: `10`, `12.5`.
pub(crate) fn percent(points: BasisPoints) -> String {
    let (whole, rest) = (points.get() / 100, points.get() % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

fn exact<S: Serializer>(decimal: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(decimal).map_err(S::Error::custom)?.serialize(serializer)
}

/// What a coupon takes off: money for `FIXED`, percent for `RATE`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiscountAmount(pub(crate) Discount, pub(crate) Currency);

impl Serialize for DiscountAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Discount::Fixed(amount) => Money(amount, self.1).serialize(serializer),
            Discount::Rate(points) => exact(percent(points), serializer),
        }
    }
}

/// What is taken off each piece: percent, or money.
pub(crate) fn taken_off(
    discount: Discount,
    currency: Option<Currency>,
) -> (Option<DiscountAmount>, Option<Money>) {
    // A percentage needs no currency, so any will do.
    let currency = currency.unwrap_or(Currency::Krw);
    match discount {
        Discount::Rate(_) => (Some(DiscountAmount(discount, currency)), None),
        Discount::Fixed(amount) => (None, Some(Money(amount, currency))),
    }
}

/// A sum of many orders, which may be more than one amount can be.
pub(crate) fn decimal(minor: i128, currency: Currency) -> String {
    let unit = 10_i128.pow(currency.minor_digits());
    match currency.minor_digits() {
        0 => minor.to_string(),
        digits => format!(
            "{}.{:0width$}",
            minor / unit,
            minor % unit,
            width = usize::try_from(digits).unwrap_or(2)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &impl Serialize) -> String {
        serde_json::to_string(value).expect("plain")
    }

    #[test]
    fn money_leaves_as_exact_numbers() {
        for (minor, currency, text) in [
            (255, Currency::Gbp, "2.55"),
            (5, Currency::Eur, "0.05"),
            (100, Currency::Usd, "1.00"),
            (12_900, Currency::Krw, "12900"),
            (9_007_199_254_740_991, Currency::Gbp, "90071992547409.91"),
        ] {
            let amount = Amount::try_from(minor).expect("in range");
            assert_eq!(written(&Money(amount, currency)), text);
            assert_eq!(decimal(i128::from(minor), currency), text);
        }
    }

    #[test]
    fn rates_leave_as_percent() {
        for (points, text) in [(1_000, "10"), (1_250, "12.5"), (1_225, "12.25"), (5, "0.05")] {
            let rate = Discount::Rate(BasisPoints::try_from(points).expect("in range"));
            assert_eq!(written(&DiscountAmount(rate, Currency::Krw)), text);
        }
    }
}
