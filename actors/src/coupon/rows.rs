//! The rows of coupons.

use std::sync::Arc;

use hotdeal_domain::coupon::{BatchStatus, CouponFact};
use hotdeal_domain::stream::CouponStream;
use hotdeal_domain::{Currency, EventId, UserId};
use hotdeal_entities::{coupon_batches, coupon_issues, coupons};

use crate::ledger::{Decided, FactRows, Merge, Rows, Statement, statements};

/// What makes a batch of coupons its asker's.
pub(crate) struct PrivateBatch {
    /// The event it belongs to.
    pub(crate) event: EventId,
    /// Who asked.
    pub(crate) by: UserId,
    /// A digest of the request.
    pub(crate) fingerprint: String,
    /// The key the codes are derived with, in hex.
    pub(crate) code_key: String,
    /// The currency of fixed discounts.
    pub(crate) currency: Currency,
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

statements! {
    NEW_BATCHES = {
        use coupon_batches::Column as C;
        Statement::insert(&[
            C::Id,
            C::EventId,
            C::ShopId,
            C::CreatedBy,
            C::Fingerprint,
            C::Terms,
            C::Currency,
            C::Seed,
            C::CodeKey,
            C::Status,
            C::Total,
            C::Prepared,
            C::CreatedAt,
            C::EndsAt,
        ])
    };
    NEW_COUPONS = {
        use coupons::Column as C;
        Statement::insert(&[C::EventId, C::Ordinal, C::Code, C::Policy])
    };
    PREPARED = {
        use coupon_batches::Column as C;
        Statement::update(&[C::EventId], &[(Merge::Sum, C::Prepared)])
    };
    BATCH_STATUS = {
        use coupon_batches::Column as C;
        Statement::update(&[C::EventId], &[(Merge::Last, C::Status)])
    };
    ISSUED_COUPONS = {
        use coupon_issues::Column as C;
        Statement::insert(&[C::EventId, C::Ordinal, C::UserId, C::IssuedAt])
    };
}

impl FactRows for CouponStream {
    type Private = PrivateBatch;

    fn count(_: &CouponFact) -> usize {
        1
    }

    fn write(decided: Decided<'_, Self>, rows: &mut Rows) {
        let event = decided.key.get().into();
        match decided.fact {
            CouponFact::CouponsOpened { .. } => open(&decided, rows),
            CouponFact::CouponsReady => {
                rows.push(&BATCH_STATUS, [event, BatchStatus::Ready.name().into()]);
            }
            CouponFact::CouponsFailed { .. } => {
                rows.push(&BATCH_STATUS, [event, BatchStatus::Failed.name().into()]);
            }
            CouponFact::CouponIssued(issued) => rows.push(
                &ISSUED_COUPONS,
                [
                    event,
                    i64::from(issued.ordinal).into(),
                    issued.user.get().into(),
                    issued.at.0.into(),
                ],
            ),
        }
    }
}

fn open(decided: &Decided<'_, CouponStream>, rows: &mut Rows) {
    let CouponFact::CouponsOpened { batch, shop, terms, seed, at } = decided.fact else { return };
    let Some(PrivateBatch { event, by, fingerprint, code_key, currency }) = decided.private else {
        debug_assert!(false, "a batch is opened with its asker and its key");
        return;
    };
    let spelled = serde_json::to_string(terms).expect("terms are plain data");
    rows.push(
        &NEW_BATCHES,
        [
            batch.get().into(),
            event.get().into(),
            shop.get().into(),
            by.get().into(),
            fingerprint.clone().into(),
            spelled.into(),
            currency.code().into(),
            seed.to_string().into(),
            code_key.clone().into(),
            BatchStatus::Preparing.name().into(),
            i64::from(terms.total).into(),
            0.into(),
            at.0.into(),
            terms.window.end.0.into(),
        ],
    );
}

/// Coupons that can be issued from now on.
pub(crate) fn prepare(event: EventId, coupons: &[CouponRow], rows: &mut Rows) {
    for CouponRow { ordinal, code, policy } in coupons {
        rows.push(
            &NEW_COUPONS,
            [
                event.get().into(),
                i64::from(*ordinal).into(),
                code.clone().into(),
                i64::from(*policy).into(),
            ],
        );
    }
    let count = i64::try_from(coupons.len()).unwrap_or(i64::MAX);
    rows.push(&PREPARED, [event.get().into(), count.into()]);
}
