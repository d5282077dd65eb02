//! Why something asked of coupons is not done.

use hotdeal_domain::UnixMillis;
use hotdeal_domain::coupon::{BatchStatus, Grant, IssueRefusal, IssuedCoupon, TermsRefusal};

use crate::error::RequestError;
use crate::host::wing_error;

/// Why something asked of coupons is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouponError {
    /// There is no such event.
    #[error("no such event")]
    NoSuchEvent,
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// The shopper holds a coupon of this event already.
    #[error("a coupon was issued before")]
    AlreadyIssued(Box<IssuedCoupon>),
    /// The event issues from this instant on.
    #[error("the event is not open yet")]
    NotOpenYet(UnixMillis),
    /// The event's window has closed.
    #[error("the event is closed")]
    Closed,
    /// Every coupon has been issued.
    #[error("sold out")]
    SoldOut,
    /// The event's coupons are still being prepared.
    #[error("the coupons are being prepared")]
    NotReady,
    /// The event's coupons could not be prepared.
    #[error("the coupons could not be prepared")]
    PreparationFailed,
    /// The terms of a coupon event cannot be promised.
    #[error("terms refused: {0:?}")]
    Terms(TermsRefusal),
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(CouponError, missing: NoSuchEvent);

/// A refusal to issue, without the coupon that a duplicate carries.
impl TryFrom<IssueRefusal> for CouponError {
    type Error = Grant;

    fn try_from(refusal: IssueRefusal) -> Result<Self, Grant> {
        Ok(match refusal {
            IssueRefusal::NotReady(BatchStatus::Failed) => Self::PreparationFailed,
            IssueRefusal::NotReady(BatchStatus::Preparing | BatchStatus::Ready) => Self::NotReady,
            IssueRefusal::Duplicate(grant) => return Err(grant),
            IssueRefusal::NotOpenYet(start) => Self::NotOpenYet(start),
            IssueRefusal::Closed => Self::Closed,
            IssueRefusal::SoldOut => Self::SoldOut,
        })
    }
}
