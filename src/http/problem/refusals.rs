//! What a refusal of any part of the server is to a client.

use hotdeal_actors::AskError;
use hotdeal_domain::{OrderRefusal, StockRefusal};

use super::super::code::Code;
use super::Problem;

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, more: None }
    }
}

/// The one place that says what a refusal of the mall is to a client.
impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoSuchEvent => Code::EventNotFound.into(),
            AskError::NoSuchShop => Code::ShopNotFound.into(),
            AskError::NoSuchUser => Code::UserNotFound.into(),
            AskError::NoSuchOrder => Code::OrderNotFound.into(),
            AskError::NoSuchProducts(products) => {
                let mut problem = Self::from(Code::ProductNotFound);
                problem.more().product_ids = products.iter().map(|id| id.get()).collect();
                problem
            }
            AskError::NoSuchSubscription => Code::SubscriptionNotFound.into(),
            AskError::TooManySubscriptions(most) => Self::from(Code::TooManySubscriptions)
                .of_member("productIds")
                .saying(&format!("최대 {most}개입니다"), &format!("at most {most}")),
            AskError::NoSuchNotices(ids) => super::super::notices::unknown(&ids),
            AskError::AlreadyIssued(coupon) => {
                let mut problem = Self::from(Code::Duplicate);
                problem.more().coupon = Some(coupon);
                problem
            }
            AskError::NotOpenYet(at) => {
                let mut problem = Self::from(Code::NotOpenYet);
                problem.more().opens_at = Some(at);
                problem
            }
            AskError::Closed => Code::EventClosed.into(),
            AskError::SoldOut => Code::SoldOut.into(),
            AskError::NotReady => Code::CouponsNotReady.into(),
            AskError::PreparationFailed => Code::CouponsFailed.into(),
            AskError::Terms(refusal) => super::super::coupons::terms_problem(refusal),
            AskError::Deal(refusal) => super::super::deals::deal_problem(refusal),
            AskError::DiscountTooLarge(products) => {
                let mut problem = Self::from(Code::DiscountTooLarge);
                problem.more().product_ids = products.iter().map(|id| id.get()).collect();
                problem
            }
            AskError::TooManyDeals(products) => {
                let mut problem = Self::from(Code::TooManyDeals);
                problem.more().product_ids = products.iter().map(|id| id.get()).collect();
                problem
            }
            AskError::IllegalDealMove(refusal) => super::super::deals::move_problem(refusal),
            AskError::Shortage { product, available } => {
                let mut problem = Self::from(Code::ProductShortage);
                problem.more().product_ids = vec![product.get()];
                problem.more().available = Some(available);
                problem
            }
            AskError::StockHeld(product) => {
                let mut problem = Self::from(Code::StockHeld);
                problem.more().product_ids = vec![product.get()];
                problem
            }
            AskError::TooManyHolds => Code::TooManyHolds.into(),
            AskError::Stock(StockRefusal::TooMuch) => Code::StockTooMuch.into(),
            AskError::Stock(StockRefusal::BelowHeldAndSold) => Code::StockBelowSold.into(),
            AskError::Stock(StockRefusal::Shortage(available)) => {
                let mut problem = Self::from(Code::ProductShortage);
                problem.more().available = Some(available);
                problem
            }
            AskError::Order(OrderRefusal::TotalTooLarge) => Code::OrderTooLarge.into(),
            AskError::Order(OrderRefusal::MixedCurrencies) => Code::MixedCurrencies.into(),
            AskError::IllegalMove(state) => Self::from(Code::IllegalState).saying(
                &format!("현재 상태: {}", state.name()),
                &format!("it is {}", state.name()),
            ),
            AskError::NoSuchSession | AskError::TokenReused => Code::TokenMismatch.into(),
            AskError::StillAdmin => Self::from(Code::IllegalState).saying(
                "관리자 본인의 계정에는 할 수 없습니다. 먼저 다른 관리자가 역할을 바꿔야 합니다",
                "an admin cannot do this to the own account: another admin changes the role first",
            ),
            AskError::LastAdmin => Self::from(Code::IllegalState).saying(
                "마지막 관리자입니다. 먼저 다른 관리자를 지정해야 합니다",
                "this is the last admin: make somebody else one first",
            ),
            AskError::EmailTaken => Self::from(Code::DuplicateEmail).of_member("email"),
            AskError::KeyConflict => Code::KeyReused.into(),
            AskError::KeySpent => Self::from(Code::KeyReused).saying(
                "이 키로 한 로그인은 이미 끝났습니다. 새 키로 다시 로그인해 주세요",
                "what was logged in under this key has ended: log in again under a new key",
            ),
            AskError::Busy => Code::Busy.into(),
            AskError::Unavailable(why) => {
                hotdeal_actors::warn_seldom!(why, "something asked of the mall was not available");
                Code::Unavailable.into()
            }
            AskError::NoRoom => Code::DiskFull.into(),
            AskError::OutcomeUnknown => Code::OutcomeUnknown.into(),
        }
    }
}

impl From<crate::auth::HashingBusy> for Problem {
    fn from(_: crate::auth::HashingBusy) -> Self {
        Code::Busy.into()
    }
}

impl From<crate::auth::TooMany> for Problem {
    fn from(refused: crate::auth::TooMany) -> Self {
        let mut problem = Self::from(Code::TooManyAttempts);
        problem.more().retry_after_s = Some(refused.retry_after_s);
        problem
    }
}

impl From<crate::limits::Limited> for Problem {
    fn from(refused: crate::limits::Limited) -> Self {
        let mut problem = Self::from(Code::RateLimited);
        problem.more().retry_after_s = Some(refused.retry_after_s);
        problem.more().violated_policies = vec![refused.policy];
        problem
    }
}

impl From<crate::auth::TokenFault> for Problem {
    fn from(fault: crate::auth::TokenFault) -> Self {
        match fault {
            crate::auth::TokenFault::Expired => Code::TokenExpired.into(),
            crate::auth::TokenFault::Invalid => Code::TokenMismatch.into(),
        }
    }
}
