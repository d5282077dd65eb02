//! Why something asked of notices and subscriptions is not done.

use hotdeal_domain::ProductId;
use hotdeal_domain::notice::{NoticeId, SubscriptionRefusal};

use crate::error::RequestError;
use crate::host::wing_error;

/// Why something asked of notices and subscriptions is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// There is no such account.
    #[error("no such account")]
    NoSuchUser,
    /// These products do not exist.
    #[error("no such products")]
    NoSuchProducts(Vec<ProductId>),
    /// The person does not follow the product.
    #[error("no such subscription")]
    NoSuchSubscription,
    /// The person would follow more products than this.
    #[error("more than {0} subscriptions")]
    TooManySubscriptions(usize),
    /// These notices do not exist, or are somebody else's.
    #[error("no such notices")]
    NoSuchNotices(Vec<NoticeId>),
    /// What can go wrong with anything.
    #[error(transparent)]
    Request(RequestError),
}

wing_error!(NoticeError, missing: NoSuchUser);

impl From<SubscriptionRefusal> for NoticeError {
    fn from(refusal: SubscriptionRefusal) -> Self {
        match refusal {
            SubscriptionRefusal::TooMany(most) => Self::TooManySubscriptions(most),
            SubscriptionRefusal::NotSubscribed => Self::NoSuchSubscription,
        }
    }
}
