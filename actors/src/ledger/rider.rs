//! Rows that come along with an entry and stand in no fact.

use std::sync::Arc;

use hotdeal_domain::order::Order;
use hotdeal_domain::{Currency, EventId, UserId};

use crate::api::{RenewedHash, Telling};

/// What the rows of a fact are made of and the journal does not tell: personal data and secrets,
/// and what it has told before.
pub(crate) enum Rider {
    /// How an account logs in.
    Account {
        /// The address, in lower case.
        email: String,
        /// What to call the person.
        name: String,
        /// The password's hash as a PHC string.
        password_phc: String,
        /// What the account may do, by name.
        role: &'static str,
    },
    /// A better hash of the password somebody logged in with.
    Password(RenewedHash),
    /// The hash of a password that takes the place of whatever there is.
    NewPassword(String),
    /// What a person who comes back is called, if what they were called is not kept.
    Name(String),
    /// What makes a batch of coupons its asker's.
    Batch {
        /// The event it belongs to.
        event: EventId,
        /// Who asked.
        by: UserId,
        /// A digest of the request.
        fingerprint: String,
        /// The key the codes are derived with, in hex.
        code_key: String,
        /// The currency of fixed discounts.
        currency: Currency,
    },
    /// The whole of an order that is cancelled.
    Cancelled(Arc<Order>),
    /// Who is told what of a deal.
    Notices(Arc<Telling>),
}

/// A coupon before it is issued.
#[derive(Debug, Clone)]
pub(crate) struct CouponRow {
    /// Its place in the batch.
    pub(crate) ordinal: u32,
    /// The code it is used by.
    pub(crate) code: Arc<str>,
    /// The index of its policy.
    pub(crate) policy: u8,
}
