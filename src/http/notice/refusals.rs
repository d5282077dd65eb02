//! How refusals of notices and subscriptions appear to a client.

use hotdeal_actors::notice::{NoticeError, NoticeId};

use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::shop::refusals::unknown_products;

/// Notices named in one refusal at most.
const IDS_SHOWN: usize = 20;

/// Somebody else's notice is answered like one that does not exist.
fn unknown_notices(ids: &[NoticeId]) -> Problem {
    let named: Vec<String> = ids.iter().take(IDS_SHOWN).map(ToString::to_string).collect();
    let named = named.join(", ");
    Problem::from(Code::NotificationNotFound)
        .of_member("ids")
        .saying(&format!("없는 알림: {named}"), &format!("not known: {named}"))
}

/// One person can follow at most this many products.
fn too_many_subscriptions(most: usize) -> Problem {
    Problem::from(Code::TooManySubscriptions)
        .of_member("productIds")
        .saying(&format!("최대 {most}개입니다"), &format!("at most {most}"))
}

impl From<NoticeError> for Problem {
    fn from(error: NoticeError) -> Self {
        match error {
            NoticeError::NoSuchUser => Code::UserNotFound.into(),
            NoticeError::NoSuchProducts(products) => unknown_products(&products),
            NoticeError::NoSuchSubscription => Code::SubscriptionNotFound.into(),
            NoticeError::TooManySubscriptions(most) => too_many_subscriptions(most),
            NoticeError::NoSuchNotices(ids) => unknown_notices(&ids),
            NoticeError::Request(error) => error.into(),
        }
    }
}
