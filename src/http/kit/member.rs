//! Checks of members that a type cannot express; each refusal names the member.

use hotdeal_domain::{Amount, AmountError, BasisPoints, Currency};
use serde_json::value::RawValue;

use super::problem::Problem;
use crate::auth::seen;

/// A text of `low` to `high` characters, trimmed. NUL is refused, because not every database
/// can keep it.
pub(crate) fn text(
    member: &'static str,
    text: &str,
    low: usize,
    high: usize,
) -> Result<String, Problem> {
    let trimmed = text.trim();
    if trimmed.contains('\0') {
        return Err(Problem::value(member, "NUL 문자는 쓸 수 없습니다", "no NUL character"));
    }
    if (low..=high).contains(&trimmed.chars().count()) {
        return Ok(trimmed.to_owned());
    }
    let ko = format!("{low}자 이상 {high}자 이하여야 합니다");
    Err(Problem::value(member, &ko, &format!("{low} to {high} characters")))
}

/// The name of a person or a shop: a text of `low` to `high` visible characters. Invisible
/// characters make one name look like another, and direction overrides reverse the text beside
/// them.
pub(crate) fn name(
    member: &'static str,
    given: &str,
    low: usize,
    high: usize,
) -> Result<String, Problem> {
    let name = text(member, given, low, high)?;
    if seen::is_name(&name) {
        return Ok(name);
    }
    let (ko, en) = ("보이지 않는 문자는 쓸 수 없습니다", "no character that cannot be seen");
    Err(Problem::value(member, ko, en))
}

/// An amount of money, exactly as written.
pub(crate) fn money(
    member: impl Into<String>,
    raw: &RawValue,
    currency: Currency,
) -> Result<Amount, Problem> {
    Amount::parse(raw.get(), currency).map_err(|error| {
        let ko = match error {
            AmountError::NotANumber => "숫자여야 합니다",
            AmountError::Negative => "0보다 작을 수 없습니다",
            AmountError::TooPrecise => "통화의 소수 자릿수를 넘습니다",
            AmountError::TooLarge => "너무 큽니다",
        };
        Problem::value(member, ko, &error.to_string())
    })
}

/// A percentage above 0 and at most 100, with at most two decimal places.
pub(crate) fn percentage(
    member: impl Into<String>,
    raw: &RawValue,
) -> Result<BasisPoints, Problem> {
    // Hundredths of a percent are parsed as hundredths of a pound are: exactly.
    let hundredths = Amount::parse(raw.get(), Currency::Gbp).ok();
    hundredths
        .and_then(|hundredths| u16::try_from(hundredths.minor()).ok())
        .and_then(|points| BasisPoints::try_from(points).ok())
        .ok_or_else(|| {
            Problem::value(
                member,
                "0보다 크고 100 이하이며 소수 둘째 자리까지여야 합니다",
                "above 0, at most 100, with at most two decimal places",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn percentages_are_read_exactly() {
        for (text, points) in [
            ("10", Some(1_000)),
            ("12.5", Some(1_250)),
            ("100", Some(10_000)),
            ("0.01", Some(1)),
            ("0", None),
            ("100.01", None),
            ("-1", None),
            ("1.005", None),
            ("1e309", None),
            ("\"10\"", None),
            ("null", None),
        ] {
            let read = percentage("discountAmount", &raw(text)).ok().map(BasisPoints::get);
            assert_eq!(read, points, "{text}");
        }
    }

    #[test]
    fn money_must_be_a_number_that_the_currency_can_hold() {
        for (text, minor) in
            [("2.55", Some(255)), ("\"2.55\"", None), ("2.555", None), ("-1", None), ("[]", None)]
        {
            let read = money("productPrice", &raw(text), Currency::Gbp).ok().map(Amount::minor);
            assert_eq!(read, minor, "{text}");
        }
    }
}
