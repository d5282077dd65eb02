//! What a line of the file is, and whether a shop can express it. Every line is in exactly one
//! class, and nothing is dropped without being counted in one.

use serde::Serialize;

use super::sheet::{Line, Money};

/// What a line is: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Class {
    /// A piece of an order, at the price the shop asks.
    Sold,
    /// A piece of an order; the file's price differs from the one the shop asks.
    SoldAtAnotherPrice,
    /// A cancellation of a known customer: the goods come back into stock.
    ReturnedByCustomer,
    /// A cancellation without a customer: the goods come back into stock all the same.
    ReturnedUnnamed,
    /// Taken out of stock at no price: lost, damaged.
    WrittenOff,
    /// `POST`, `DOT`, `C2`: postage and carriage.
    Postage,
    /// `M`: an entry by hand.
    Manual,
    /// `D`: a discount on an invoice.
    Discount,
    /// `S`: samples.
    Samples,
    /// `BANK CHARGES`.
    BankCharges,
    /// `AMAZONFEE`.
    MarketplaceFee,
    /// Any other code that is no product's: it does not begin with five digits.
    OtherCode,
    /// Contradicts itself: a negative price, no pieces, pieces sold by a cancellation or taken
    /// back without one.
    Contradictory,
    /// The product never has a price in this file, so no shop can offer it.
    NeverPriced,
    /// Handed out or found at no price.
    ZeroPriced,
    /// Sold at a price finer than a penny.
    FinerThanAPenny,
}

impl Class {
    /// Every class, in the order of the report.
    pub(super) const ALL: [Self; 16] = [
        Self::Sold,
        Self::SoldAtAnotherPrice,
        Self::ReturnedByCustomer,
        Self::ReturnedUnnamed,
        Self::WrittenOff,
        Self::Postage,
        Self::Manual,
        Self::Discount,
        Self::Samples,
        Self::BankCharges,
        Self::MarketplaceFee,
        Self::OtherCode,
        Self::Contradictory,
        Self::NeverPriced,
        Self::ZeroPriced,
        Self::FinerThanAPenny,
    ];

    /// What becomes of such lines.
    pub(super) fn fate(self) -> &'static str {
        match self {
            Self::Sold => "ordered",
            Self::SoldAtAnotherPrice => "ordered, at the shop's price",
            Self::ReturnedByCustomer => "returned by a customer: stock + (RETURN)",
            Self::ReturnedUnnamed => "returned, no customer named: stock + (RETURN)",
            Self::WrittenOff => "written off: stock - (WRITE_OFF)",
            Self::Postage => "left out: postage and carriage (POST, DOT, C2)",
            Self::Manual => "left out: entry by hand (M)",
            Self::Discount => "left out: discount (D)",
            Self::Samples => "left out: samples (S)",
            Self::BankCharges => "left out: bank charges",
            Self::MarketplaceFee => "left out: marketplace fee (AMAZONFEE)",
            Self::OtherCode => "left out: no product's code",
            Self::Contradictory => "left out: contradicts itself",
            Self::NeverPriced => "left out: product without any price",
            Self::ZeroPriced => "left out: pieces at no price",
            Self::FinerThanAPenny => "left out: price finer than a penny",
        }
    }

    /// Whether the shop sees the line.
    pub(super) fn is_carried(self) -> bool {
        self.is_sold() || self.is_returned() || self == Self::WrittenOff
    }

    /// Whether the line is part of an order.
    pub(super) fn is_sold(self) -> bool {
        matches!(self, Self::Sold | Self::SoldAtAnotherPrice)
    }

    /// Whether the line brings goods back.
    pub(super) fn is_returned(self) -> bool {
        matches!(self, Self::ReturnedByCustomer | Self::ReturnedUnnamed)
    }
}

/// The class of a line, given what the shop asks for its product, in pence, if it offers it.
pub(super) fn classify(line: &Line, asked: Option<i64>) -> Class {
    if !is_product(&line.code) {
        return service(&line.code);
    }
    let priced = line.price.is_positive();
    if !priced && !line.price.is_zero() || line.quantity == 0 {
        return Class::Contradictory;
    }
    let Some(asked) = asked else { return Class::NeverPriced };
    match (line.is_cancellation(), line.quantity > 0, priced) {
        (false, true, true) => match line.price.pence() {
            None => Class::FinerThanAPenny,
            Some(pence) if pence == asked => Class::Sold,
            Some(_) => Class::SoldAtAnotherPrice,
        },
        (false, true, false) => Class::ZeroPriced,
        (false, false, false) => Class::WrittenOff,
        (true, false, true) if line.customer.is_some() => Class::ReturnedByCustomer,
        (true, false, true) => Class::ReturnedUnnamed,
        (false, false, true) | (true, true, _) | (true, false, false) => Class::Contradictory,
    }
}

/// Products have codes of five digits and at most a few letters: `22423`, `85123A`, `15056BL`.
pub(super) fn is_product(code: &str) -> bool {
    let code = code.as_bytes();
    code.len() >= 5 && code[..5].iter().all(u8::is_ascii_digit)
}

fn service(code: &str) -> Class {
    match code.to_ascii_uppercase().as_str() {
        "POST" | "DOT" | "C2" => Class::Postage,
        "M" => Class::Manual,
        "D" => Class::Discount,
        "S" => Class::Samples,
        "BANK CHARGES" => Class::BankCharges,
        "AMAZONFEE" => Class::MarketplaceFee,
        _ => Class::OtherCode,
    }
}

/// What the lines of one class add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(super) struct Sum {
    pub(super) lines: u64,
    pub(super) units: i128,
    pub(super) value: Money,
}

impl Sum {
    pub(super) fn add(&mut self, line: &Line) {
        self.lines += 1;
        self.units += i128::from(line.quantity);
        self.value += line.value();
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        self.units += other.units;
        self.value += other.value;
    }
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Price;
    use super::*;

    #[test]
    fn a_line_is_in_the_first_class_that_applies() {
        let asked = Some(255);
        for (invoice, code, quantity, price, customer, asked, expected) in [
            ("536365", "85123A", 6, "2.55", "17850", asked, Class::Sold),
            ("536365", "15056BL", 6, "2.550", "", asked, Class::Sold),
            ("536365", "85123A", 6, "2.95", "17850", asked, Class::SoldAtAnotherPrice),
            ("C536379", "85123A", -1, "2.55", "14527", asked, Class::ReturnedByCustomer),
            ("C536379", "85123A", -1, "9.99", "", asked, Class::ReturnedUnnamed),
            ("536589", "85123A", -10, "0", "", asked, Class::WrittenOff),
            ("536370", "POST", 3, "18", "12583", None, Class::Postage),
            ("536370", "C2", 1, "50", "", None, Class::Postage),
            ("C536379", "D", -1, "27.5", "14527", None, Class::Discount),
            ("536569", "m", 1, "1.25", "", None, Class::Manual),
            ("C537581", "S", -1, "12.95", "", None, Class::Samples),
            ("C536000", "BANK CHARGES", -1, "15", "", None, Class::BankCharges),
            ("C537600", "AMAZONFEE", -1, "1", "", None, Class::MarketplaceFee),
            ("536370", "gift_0001_20", 1, "16.67", "", None, Class::OtherCode),
            ("536370", "1234", 1, "1", "", None, Class::OtherCode),
            ("536370", "85123A", 1, "-1", "", asked, Class::Contradictory),
            ("536370", "85123A", 0, "1", "", asked, Class::Contradictory),
            ("536370", "85123A", -1, "1", "", asked, Class::Contradictory),
            ("C536370", "85123A", 1, "1", "", asked, Class::Contradictory),
            ("C536370", "85123A", -1, "0", "", asked, Class::Contradictory),
            ("536545", "21134", 1, "0", "", None, Class::NeverPriced),
            ("536997", "21134", -1, "0", "", None, Class::NeverPriced),
            ("536414", "22139", 56, "0", "", asked, Class::ZeroPriced),
            ("550193", "22139", 56, "0.001", "", asked, Class::FinerThanAPenny),
        ] {
            let line = Line {
                invoice: invoice.to_owned(),
                code: code.to_owned(),
                description: String::new(),
                quantity,
                price: Price::parse(price).expect("a price"),
                customer: Some(customer.to_owned()).filter(|customer| !customer.is_empty()),
            };
            assert_eq!(classify(&line, asked), expected, "{line:?}");
        }
    }

    #[test]
    fn the_report_lists_every_class_once_in_order() {
        assert!(Class::ALL.is_sorted());
        assert_eq!(Class::ALL.last().map(|last| *last as usize), Some(Class::ALL.len() - 1));
    }
}
