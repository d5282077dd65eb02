//! Identifiers: numbers a JSON client can hold exactly, one type for each kind of thing.

use serde::{Deserialize, Serialize};

/// The largest identifier: 2^53 − 1, the last integer every JSON client reads exactly.
pub const ID_MAX: i64 = (1 << 53) - 1;

/// A number that is no identifier: not in `1..=`[`ID_MAX`].
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
