//! Money in integer minor units, percentages in basis points, and the one rounding rule.

use crate::named::named;
use serde::{Deserialize, Serialize};

/// The largest amount: 2^53 − 1 minor units, so that it stays exact as a JSON number.
pub const AMOUNT_MAX: i64 = (1 << 53) - 1;

/// A currency, with the number of its minor digits (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Korean won: no minor unit.
    Krw,
    /// Japanese yen: no minor unit.
    Jpy,
    /// Pound sterling: pence.
    Gbp,
    /// Euro: cents.
    Eur,
    /// US dollar: cents.
    Usd,
}

impl Currency {
    /// Every currency a shop can have.
    pub const ALL: [Self; 5] = [Self::Krw, Self::Jpy, Self::Gbp, Self::Eur, Self::Usd];

    /// Digits after the decimal point.
    pub const fn minor_digits(self) -> u32 {
        match self {
            Self::Krw | Self::Jpy => 0,
            Self::Gbp | Self::Eur | Self::Usd => 2,
        }
    }

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Krw => "KRW",
            Self::Jpy => "JPY",
            Self::Gbp => "GBP",
            Self::Eur => "EUR",
            Self::Usd => "USD",
        }
    }

    /// The currency with this ISO 4217 code, or `None`.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code() == code)
    }
}

/// Money, in minor units of the shop's currency: `0..=`[`AMOUNT_MAX`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// Why a text or number is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountError {
    /// Not a decimal number.
    NotANumber,
    /// Below zero.
    Negative,
    /// More digits after the point than the currency has.
    TooPrecise,
    /// Above [`AMOUNT_MAX`] minor units.
    TooLarge,
}

impl std::fmt::Display for AmountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a decimal number",
            Self::Negative => "below zero",
            Self::TooPrecise => "more decimal places than the currency has",
            Self::TooLarge => "too large",
        })
    }
}

impl std::error::Error for AmountError {}

impl TryFrom<i64> for Amount {
    type Error = AmountError;

    fn try_from(minor: i64) -> Result<Self, AmountError> {
        match minor {
            ..0 => Err(AmountError::Negative),
            0..=AMOUNT_MAX => Ok(Self(minor)),
            _ => Err(AmountError::TooLarge),
        }
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> i64 {
        amount.0
    }
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, or `None` above [`AMOUNT_MAX`].
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::try_from(self.0.checked_add(other.0)?).ok()
    }

    /// This price for `quantity` pieces, or `None` above [`AMOUNT_MAX`].
    pub fn checked_mul(self, quantity: u32) -> Option<Self> {
        Self::try_from(self.0.checked_mul(i64::from(quantity))?).ok()
    }

    /// Reads a decimal text as JSON writes numbers (`12`, `2.55`, `1.2e3`), exactly.
    ///
    /// # Errors
    /// When the text is no number, negative, finer than the currency's minor unit, or too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.parse::<i32>().map_err(|_| AmountError::NotANumber)?)
            }
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AmountError::NotANumber);
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Ok(Self::ZERO);
        }
        if negative {
            return Err(AmountError::Negative);
        }
        let shift = i64::from(exponent) + i64::from(currency.minor_digits())
            - i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        Self::shifted(significant, shift)
    }

    /// `digits` × 10^`shift`, where `digits` does not begin with a zero.
    fn shifted(digits: &str, shift: i64) -> Result<Self, AmountError> {
        let kept = if shift < 0 {
            let dropped = usize::try_from(-shift).unwrap_or(usize::MAX);
            let split = digits.len().checked_sub(dropped).ok_or(AmountError::TooPrecise)?;
            let (kept, rest) = digits.split_at(split);
            if rest.bytes().any(|byte| byte != b'0') {
                return Err(AmountError::TooPrecise);
            }
            kept.to_owned()
        } else {
            let zeros = usize::try_from(shift).unwrap_or(usize::MAX);
            if zeros > 16 || digits.len() > 17 {
                return Err(AmountError::TooLarge);
            }
            format!("{digits}{}", "0".repeat(zeros))
        };
        let minor = kept.parse::<i64>().map_err(|_| AmountError::TooLarge)?;
        Self::try_from(minor)
    }

    /// The exact decimal text in `currency`, as a JSON number: `12900`, `2.55`.
    pub fn decimal(self, currency: Currency) -> String {
        match currency.minor_digits() {
            0 => self.0.to_string(),
            digits => {
                let unit = 10_i64.pow(digits);
                let width = usize::try_from(digits).unwrap_or(0);
                format!("{}.{:0width$}", self.0 / unit, self.0 % unit)
            }
        }
    }

    /// The price after a discount: price × (100 − p) / 100, rounded half up to the minor unit.
    #[must_use]
    pub fn discounted(self, discount: BasisPoints) -> Self {
        let kept = i128::from(10_000 - i64::from(discount.get()));
        let scaled = i128::from(self.0) * kept;
        let rounded = (scaled + 5_000) / 10_000;
        // A price never grows by a discount, so the result fits where the price did.
        Self(i64::try_from(rounded).unwrap_or(self.0))
    }
}

/// A percentage in hundredths of a percent: `1..=10_000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// Hundredths of a percent.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl From<BasisPoints> for u16 {
    fn from(points: BasisPoints) -> u16 {
        points.0
    }
}

impl TryFrom<u16> for BasisPoints {
    type Error = &'static str;

    fn try_from(points: u16) -> Result<Self, &'static str> {
        if (1..=10_000).contains(&points) {
            Ok(Self(points))
        } else {
            Err("a percentage lies above 0 and is at most 100")
        }
    }
}

/// What a coupon or a deal takes off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "UPPERCASE")]
pub enum Discount {
    /// This much money.
    Fixed(Amount),
    /// This share of the price.
    Rate(BasisPoints),
}

/// The name of a [`Discount`]'s kind, as clients know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscountType {
    /// [`Discount::Fixed`].
    Fixed,
    /// [`Discount::Rate`].
    Rate,
}

named! {
    DiscountType as JSON { Fixed = "FIXED", Rate = "RATE" }
}

impl Discount {
    /// Which kind it is.
    pub const fn kind(self) -> DiscountType {
        match self {
            Self::Fixed(_) => DiscountType::Fixed,
            Self::Rate(_) => DiscountType::Rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        use AmountError::{Negative, NotANumber, TooLarge, TooPrecise};
        for (text, currency, expected) in [
            ("2.55", Currency::Gbp, Ok(255)),
            ("2.5", Currency::Gbp, Ok(250)),
            ("2.550", Currency::Gbp, Ok(255)),
            ("2.555", Currency::Gbp, Err(TooPrecise)),
            ("12900", Currency::Krw, Ok(12_900)),
            ("12900.0", Currency::Krw, Ok(12_900)),
            ("0.5", Currency::Krw, Err(TooPrecise)),
            ("1.2e3", Currency::Krw, Ok(1_200)),
            ("1200e-2", Currency::Krw, Ok(12)),
            ("0.00e300", Currency::Krw, Ok(0)),
            ("-0", Currency::Krw, Ok(0)),
            ("-1", Currency::Krw, Err(Negative)),
            ("9007199254740991", Currency::Krw, Ok(AMOUNT_MAX)),
            ("9007199254740992", Currency::Krw, Err(TooLarge)),
            ("9223372036854775808", Currency::Krw, Err(TooLarge)),
            ("1e309", Currency::Krw, Err(TooLarge)),
            ("1e-309", Currency::Gbp, Err(TooPrecise)),
            ("1e99999999999", Currency::Krw, Err(NotANumber)),
            ("", Currency::Krw, Err(NotANumber)),
            (".5", Currency::Gbp, Err(NotANumber)),
            ("1,5", Currency::Gbp, Err(NotANumber)),
            ("NaN", Currency::Gbp, Err(NotANumber)),
        ] {
            let read = Amount::parse(text, currency).map(Amount::minor);
            assert_eq!(read, expected, "{text} {}", currency.code());
        }
    }

    #[test]
    fn amounts_are_written_as_they_were_read() {
        for (minor, currency, text) in [
            (255, Currency::Gbp, "2.55"),
            (5, Currency::Gbp, "0.05"),
            (100, Currency::Usd, "1.00"),
            (12_900, Currency::Krw, "12900"),
        ] {
            let amount = Amount::try_from(minor).expect("in range");
            assert_eq!(amount.decimal(currency), text);
            assert_eq!(Amount::parse(text, currency), Ok(amount));
        }
    }

    #[test]
    fn a_discount_rounds_half_up_to_the_minor_unit() {
        for (price, points, expected) in [
            (10_000, 1_000, 9_000),
            (999, 5_000, 500), // 499.5 goes up
            (1, 5_000, 1),     // 0.5 goes up
            (1, 9_900, 0),     // 0.01 goes down
            (333, 1_250, 291), // 291.375 goes down
            (AMOUNT_MAX, 1, 9_006_298_534_815_517),
        ] {
            let price = Amount::try_from(price).expect("in range");
            let discount = BasisPoints::try_from(points).expect("in range");
            assert_eq!(price.discounted(discount).minor(), expected, "{price:?} {points}");
        }
    }
}
