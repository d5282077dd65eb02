//! The coupons that one person holds.

use hotdeal_domain::coupon::IssuedCoupon;
use hotdeal_domain::{UnixMillis, UserId};

use super::BatchRow;
use crate::coupon::api::HeldCoupon;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

/// Read in the order of the index by person: a page costs the same for any number of coupons.
const HELD: &str = "SELECT i.event_id, i.issued_at, c.code, c.policy FROM coupon_issues i \
     JOIN coupons c ON c.event_id = i.event_id AND c.ordinal = i.ordinal \
     WHERE i.user_id = $1 AND i.event_id < $2 ORDER BY i.event_id DESC LIMIT $3";

impl Storage {
    /// The coupons of a person, of events below `before`, those of the newest event first.
    pub(crate) async fn coupons_held_by(
        &self,
        user: UserId,
        before: i64,
        limit: u64,
    ) -> Result<Vec<HeldCoupon>, RequestError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.select(HELD, [user.get().into(), before.into(), limit.into()]).await?;
        let mut held: Vec<(i64, i64, String, i32)> = Vec::with_capacity(rows.len());
        for row in &rows {
            held.push((
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
                row.try_get_by_index(3)?,
            ));
        }
        let batches = self.batches_of(held.iter().map(|(event, ..)| *event)).await?;
        let coupon = |(event, issued_at, code, policy): (i64, i64, String, i32)| {
            let batch = batches.get(&event).ok_or(CORRUPT)?;
            held_coupon(batch, UnixMillis(issued_at), code, policy)
        };
        held.into_iter().map(coupon).collect()
    }
}

fn held_coupon(
    batch: &BatchRow,
    issued_at: UnixMillis,
    code: String,
    policy: i32,
) -> Result<HeldCoupon, RequestError> {
    let terms = &batch.view.terms;
    let policy = usize::try_from(policy).ok().and_then(|policy| terms.policies.get(policy));
    Ok(HeldCoupon {
        coupon: IssuedCoupon {
            event: batch.view.event,
            code: code.into(),
            discount: policy.ok_or(CORRUPT)?.discount,
            currency: batch.currency,
            issued_at,
            valid_until: terms.valid_until(issued_at),
        },
        name: terms.name.clone(),
        shop: batch.view.shop,
        minimum_price: terms.minimum_price,
    })
}
