//! Streams: which actor owns which facts. Each aggregate has its own facts; here they are gathered
//! by stream.

use serde::{Deserialize, Deserializer, Serialize};

use crate::account::admins::AdminFact;
use crate::account::{AccountFact, AccountOpened};
use crate::coupon::CouponFact;
use crate::deal::DealFact;
use crate::desk::DeskFact;
use crate::notice::{FollowFact, NoticeFact};
use crate::{EventId, ShopId, UserId};

/// The stream a fact belongs to: one actor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// A shop's: products, stock, orders.
    Shop(ShopId),
    /// An event's: coupons.
    Event(EventId),
    /// A deal's: when it was opened, and what has been done with it since. It is apart from the
    /// stream of the event's coupons, so that each stream has one owner.
    Deal(EventId),
    /// A person's: their account, and what they follow.
    User(UserId),
    /// One part of the notices of deals, by its number from 1. There is one part so far.
    Notices(u16),
    /// The stream of the admins; there is only one.
    Admins,
    /// The log of answers kept under idempotency keys. It has an epoch and no facts.
    Keys,
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Shop(id) => write!(f, "shop:{id}"),
            Self::Event(id) => write!(f, "event:{id}"),
            Self::Deal(id) => write!(f, "deal:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Notices(part) => write!(f, "notices:{part}"),
            Self::Admins => f.write_str("admins:1"),
            Self::Keys => f.write_str("keys:1"),
        }
    }
}

impl std::str::FromStr for StreamId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected shop:{id}, event:{id}, deal:{id}, user:{id}, notices:{part}, admins:1 or keys:1";
        let (kind, id) = text.split_once(':').ok_or(EXPECTED)?;
        let id: i64 = id.parse().map_err(|_| EXPECTED)?;
        match kind {
            "shop" => ShopId::try_from(id).map(Self::Shop).map_err(|_| EXPECTED),
            "event" => EventId::try_from(id).map(Self::Event).map_err(|_| EXPECTED),
            "deal" => EventId::try_from(id).map(Self::Deal).map_err(|_| EXPECTED),
            "user" => UserId::try_from(id).map(Self::User).map_err(|_| EXPECTED),
            "notices" => match u16::try_from(id) {
                Ok(part @ 1..) => Ok(Self::Notices(part)),
                Ok(0) | Err(_) => Err(EXPECTED),
            },
            "admins" if id == 1 => Ok(Self::Admins),
            "keys" if id == 1 => Ok(Self::Keys),
            _ => Err(EXPECTED),
        }
    }
}

/// A kind of stream: its key, and the facts it can hold. A fact of another kind does not fit.
pub trait Stream: Send + Sync + 'static {
    /// Identifies one stream of this kind.
    type Key: Copy + Send + Sync + 'static;
    /// The facts it can hold, as the journal spells them.
    type Fact: Serialize + Send + Sync + 'static;

    /// The stream with this key.
    fn id(key: Self::Key) -> StreamId;

    /// The key of this stream; `None` where it is of another kind.
    fn key(stream: StreamId) -> Option<Self::Key>;
}

/// Streams of shops.
#[derive(Debug, Clone, Copy)]
pub enum ShopStream {}
/// Streams of the coupons of events.
#[derive(Debug, Clone, Copy)]
pub enum CouponStream {}
/// Streams of deals.
#[derive(Debug, Clone, Copy)]
pub enum DealStream {}
/// Streams of people.
#[derive(Debug, Clone, Copy)]
pub enum UserStream {}
/// Streams of notices.
#[derive(Debug, Clone, Copy)]
pub enum NoticeStream {}
/// The stream of the admins.
#[derive(Debug, Clone, Copy)]
pub enum AdminStream {}
/// The log of answers kept under idempotency keys.
#[derive(Debug, Clone, Copy)]
pub enum KeyStream {}

macro_rules! streams {
    ($($stream:ident($key:ty) of $fact:ty: $id:ident;)*) => {$(
        impl Stream for $stream {
            type Key = $key;
            type Fact = $fact;

            fn id(key: $key) -> StreamId {
                StreamId::$id(key)
            }

            fn key(stream: StreamId) -> Option<$key> {
                match stream {
                    StreamId::$id(key) => Some(key),
                    _ => None,
                }
            }
        }
    )*};
}

streams! {
    ShopStream(ShopId) of DeskFact: Shop;
    CouponStream(EventId) of CouponFact: Event;
    DealStream(EventId) of DealFact: Deal;
    UserStream(UserId) of UserFact: User;
    NoticeStream(u16) of NoticeFact: Notices;
}

impl Stream for AdminStream {
    type Key = ();
    type Fact = AdminsFact;

    fn id((): ()) -> StreamId {
        StreamId::Admins
    }

    fn key(stream: StreamId) -> Option<()> {
        (stream == StreamId::Admins).then_some(())
    }
}

impl Stream for KeyStream {
    type Key = ();
    type Fact = NoFact;

    fn id((): ()) -> StreamId {
        StreamId::Keys
    }

    fn key(stream: StreamId) -> Option<()> {
        (stream == StreamId::Keys).then_some(())
    }
}

/// No fact: such a stream is always empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoFact {}

/// What can happen in the stream of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserFact {
    /// Somebody signed up.
    AccountOpened(AccountOpened),
    /// Something happened to their account.
    Account(AccountFact),
    /// Something happened to what they follow, or have been told.
    Follow(FollowFact),
}

/// Something that happened, with the stream in which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// To a shop.
    Shop(ShopId, DeskFact),
    /// To the coupons of an event.
    Event(EventId, CouponFact),
    /// To a deal.
    Deal(EventId, DealFact),
    /// To a person.
    User(UserId, UserFact),
    /// To notices, by the number of their part.
    Notices(u16, NoticeFact),
    /// To the admins.
    Admins(AdminFact),
}

impl Fact {
    /// The stream in which it stands.
    pub const fn stream(&self) -> StreamId {
        match self {
            Self::Shop(id, _) => StreamId::Shop(*id),
            Self::Event(id, _) => StreamId::Event(*id),
            Self::Deal(id, _) => StreamId::Deal(*id),
            Self::User(id, _) => StreamId::User(*id),
            Self::Notices(part, _) => StreamId::Notices(*part),
            Self::Admins(_) => StreamId::Admins,
        }
    }
}

/// A fact as the journal spells it. The journal keeps the stream beside it.
impl Serialize for Fact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Shop(_, fact) => fact.serialize(serializer),
            Self::Event(_, fact) => fact.serialize(serializer),
            Self::Deal(_, fact) => fact.serialize(serializer),
            Self::User(_, fact) => fact.serialize(serializer),
            Self::Notices(_, fact) => fact.serialize(serializer),
            Self::Admins(fact) => AdminsFact::Admin(*fact).serialize(serializer),
        }
    }
}

/// What can happen in the stream of the admins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminsFact {
    /// An account became an admin, or stopped being one.
    Admin(AdminFact),
}

impl From<AdminFact> for AdminsFact {
    fn from(fact: AdminFact) -> Self {
        Self::Admin(fact)
    }
}

impl StreamId {
    /// Reads a list of facts of this stream.
    ///
    /// # Errors
    /// If an entry is not a fact of this stream.
    pub fn read_facts<'de, D: Deserializer<'de>>(self, facts: D) -> Result<Vec<Fact>, D::Error> {
        Ok(match self {
            Self::Shop(id) => listed(facts, |fact| Fact::Shop(id, fact))?,
            Self::Event(id) => listed(facts, |fact| Fact::Event(id, fact))?,
            Self::Deal(id) => listed(facts, |fact| Fact::Deal(id, fact))?,
            Self::User(id) => listed(facts, |fact| Fact::User(id, fact))?,
            Self::Notices(part) => listed(facts, |fact| Fact::Notices(part, fact))?,
            Self::Admins => listed(facts, |AdminsFact::Admin(fact)| Fact::Admins(fact))?,
            Self::Keys => listed(facts, |none: NoFact| match none {})?,
        })
    }
}

fn listed<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    facts: D,
    gathered: impl Fn(T) -> Fact,
) -> Result<Vec<Fact>, D::Error> {
    Ok(Vec::<T>::deserialize(facts)?.into_iter().map(gathered).collect())
}
