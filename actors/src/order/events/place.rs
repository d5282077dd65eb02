//! The place of an event among all that happened at a shop, and its id.

use hotdeal_domain::ShopId;

/// The place of an event: the fact that tells it, and which of the things that this tells it is.
///
/// In the order of the events: the parts of a fact come before the whole of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    sequence: i64,
    /// From 1; the last of a fact has the largest number there is.
    part: u32,
}

impl EventPlace {
    /// The last that the fact with this sequence tells.
    pub const fn whole(sequence: i64) -> Self {
        Self { sequence, part: u32::MAX }
    }

    /// One that comes before that, by its number from 1.
    pub const fn part(sequence: i64, part: u32) -> Self {
        Self { sequence, part }
    }

    /// The sequence of the fact.
    pub const fn sequence(self) -> i64 {
        self.sequence
    }

    /// The first fact that may tell something behind it.
    pub(super) const fn next_fact(self) -> i64 {
        match self.part {
            u32::MAX => self.sequence + 1,
            _ => self.sequence,
        }
    }

    /// Whether no fact has such a sequence. Zero is the place before the first.
    pub(super) const fn is_before_all(self) -> bool {
        self.sequence < 0 || (self.sequence == 0 && self.part != u32::MAX)
    }
}

/// The id of an event: `shop:{shop}:{sequence}`, or `shop:{shop}:{sequence}:{part}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShopEventId {
    /// The shop.
    pub shop: ShopId,
    /// The place.
    pub place: EventPlace,
}

impl std::fmt::Display for ShopEventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "shop:{}:{}", self.shop, self.place.sequence)?;
        match self.place.part {
            u32::MAX => Ok(()),
            part => write!(f, ":{part}"),
        }
    }
}

impl std::str::FromStr for ShopEventId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected shop:{shop}:{sequence} or shop:{shop}:{sequence}:{part}";
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts = text.strip_prefix("shop:").ok_or(EXPECTED)?.split(':');
        let mut number = || parts.next().filter(|part| digits(part));
        let shop = number().and_then(|part| part.parse::<i64>().ok()).ok_or(EXPECTED)?;
        let shop = ShopId::try_from(shop).map_err(|_| EXPECTED)?;
        let sequence = number().and_then(|part| part.parse().ok()).ok_or(EXPECTED)?;
        let place = match parts.next() {
            None => EventPlace::whole(sequence),
            Some(part) => {
                let part =
                    Some(part).filter(|part| digits(part)).and_then(|part| part.parse().ok());
                let part = part.filter(|part| (1..u32::MAX).contains(part)).ok_or(EXPECTED)?;
                EventPlace::part(sequence, part)
            }
        };
        if parts.next().is_some() { Err(EXPECTED) } else { Ok(Self { shop, place }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_was_written_and_nothing_else_is_one() {
        for text in ["shop:7:0", "shop:7:19", "shop:9007199254740991:19:1", "shop:1:2:4294967294"] {
            let id: ShopEventId = text.parse().expect("an id");
            assert_eq!(id.to_string(), text);
        }
        for text in [
            "",
            "shop",
            "shop:7",
            "shop:7:",
            "shop:0:1",
            "shop:7:-1",
            "shop:7:+1",
            "shop:7:1:0",
            "shop:7:1:4294967295",
            "shop:7:1:1:1",
            "shop:7:x",
            "notices:7",
            "shop:7:9223372036854775808",
        ] {
            assert!(text.parse::<ShopEventId>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_fact_come_before_the_whole_of_it() {
        let in_order = [
            EventPlace::whole(6),
            EventPlace::part(7, 1),
            EventPlace::part(7, 2),
            EventPlace::whole(7),
            EventPlace::part(8, 1),
        ];
        assert!(in_order.is_sorted());
        assert_eq!(in_order.map(EventPlace::next_fact), [7, 7, 7, 8, 8]);
        assert!(!EventPlace::whole(0).is_before_all() && EventPlace::part(0, 1).is_before_all());
    }
}
