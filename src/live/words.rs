//! Sentences for people, as existing clients show them.

use hotdeal_actors::notice::NoticeLine;
use hotdeal_domain::Discount;
use hotdeal_domain::{Amount, Currency};

use crate::http::kit::money::{decimal, percent};

/// A hot deal has come: the sentence of the wire contract.
pub(super) fn hot_deal(line: &NoticeLine, discount: Discount) -> String {
    let price = money(line.price, line.currency);
    let off = match discount {
        Discount::Rate(points) => format!("{}%", percent(points)),
        Discount::Fixed(amount) => money(amount, line.currency),
    };
    format!("🔥 핫딜 등장! '{}' 지금 바로 {price}! ({off} 할인)", line.name)
}

/// `12,900원`, `1,234.50 GBP`.
fn money(amount: Amount, currency: Currency) -> String {
    let text = decimal(amount.minor().into(), currency);
    let (whole, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, format!(".{rest}")),
        None => (text.as_str(), String::new()),
    };
    let unit = match currency {
        Currency::Krw => "원".to_owned(),
        other => format!(" {}", other.code()),
    };
    format!("{}{rest}{unit}", grouped(whole))
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

#[cfg(test)]
mod tests {
    use hotdeal_domain::{BasisPoints, ProductId};

    use super::*;

    fn line(price: i64, currency: Currency) -> NoticeLine {
        let amount = |minor| Amount::try_from(minor).expect("in range");
        NoticeLine {
            product: ProductId::try_from(1).expect("an id"),
            name: "장미".into(),
            list_price: amount(price),
            price: amount(price),
            currency,
        }
    }

    #[test]
    fn a_hot_deal_is_announced_in_the_words_existing_clients_know() {
        let rate = |points| Discount::Rate(BasisPoints::try_from(points).expect("in range"));
        let fixed = Discount::Fixed(Amount::try_from(1_500).expect("in range"));
        for (price, currency, discount, text) in [
            (12_900, Currency::Krw, rate(1_000), "12,900원! (10% 할인)"),
            (900, Currency::Krw, rate(1_250), "900원! (12.5% 할인)"),
            (1_234_567, Currency::Krw, fixed, "1,234,567원! (1,500원 할인)"),
            (123_450, Currency::Gbp, fixed, "1,234.50 GBP! (15.00 GBP 할인)"),
        ] {
            let said = hot_deal(&line(price, currency), discount);
            assert_eq!(said, format!("🔥 핫딜 등장! '장미' 지금 바로 {text}"));
        }
    }
}
