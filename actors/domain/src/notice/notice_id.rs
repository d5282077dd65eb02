//! The names of notices.

use crate::ProductId;

/// The name of one notice among those of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoticeId {
    /// The sequence in the stream of notices.
    pub sequence: i64,
    /// The product.
    pub product: ProductId,
}

impl std::fmt::Display for NoticeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.sequence, self.product)
    }
}

impl std::str::FromStr for NoticeId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected {sequence}-{productId}";
        let (sequence, product) = text.split_once('-').ok_or(EXPECTED)?;
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| EXPECTED);
        let sequence = number(sequence).ok().filter(|sequence| *sequence > 0).ok_or(EXPECTED)?;
        let product = ProductId::try_from(number(product)?).map_err(|_| EXPECTED)?;
        let id = Self { sequence, product };
        // One name each: `+1-07` is none.
        if id.to_string() == text { Ok(id) } else { Err(EXPECTED) }
    }
}
