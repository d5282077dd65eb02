//! Identifiers: numbers a JSON client can hold exactly, one type for each kind of thing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

/// The largest identifier: 2^53 − 1, the last integer every JSON client reads exactly.
pub const ID_MAX: i64 = (1 << 53) - 1;

/// A number that is not an identifier: outside `1..=`[`ID_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId(pub i64);

impl std::fmt::Display for NotAnId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not an identifier: expected 1 to {ID_MAX}", self.0)
    }
}

impl std::error::Error for NotAnId {}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            /// The plain number, as rows and JSON carry it.
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl TryFrom<i64> for $name {
            type Error = NotAnId;

            fn try_from(raw: i64) -> Result<Self, NotAnId> {
                if (1..=ID_MAX).contains(&raw) { Ok(Self(raw)) } else { Err(NotAnId(raw)) }
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id_types! {
    /// A person or server with an account.
    UserId,
    /// One shop of the mall.
    ShopId,
    /// One flash sale: a coupon event or a deal.
    EventId,
    /// Something a shop sells.
    ProductId,
    /// One order, of one or several shops.
    OrderId,
    /// Stock set aside by a shop for one attempt to order.
    HoldId,
    /// One preparation of coupons for an event.
    BatchId,
}

/// A map by identifier. The server assigns the ids, so no client can choose ids that collide, and a
/// hash may be as cheap as one multiplication.
pub type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Hashes identifiers, and pairs of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdHasher(u64);

/// 2^64 divided by the golden ratio: its multiples lie far apart.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for IdHasher {
    fn write_u64(&mut self, number: u64) {
        self.0 = self.0.wrapping_add(number).wrapping_mul(SPREAD);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn finish(&self) -> u64 {
        // A map uses the lowest and the highest bits of a hash. The lowest bits of a product depend
        // on the lowest bits of the number alone, so bits from the middle take their place.
        self.0.rotate_left(32)
    }
}
