//! How a refusal of the mall appears to a client. Each wing defines its own; here they are
//! gathered.

use hotdeal_actors::AskError;

use super::kit::code::Code;
use super::kit::problem::Problem;
use super::{account, coupon, deal, notice, order, shop};

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoSuchUser => Code::UserNotFound.into(),
            AskError::NoSuchSession | AskError::TokenReused => Code::TokenMismatch.into(),
            AskError::StillAdmin => account::refusals::still_admin(),
            AskError::LastAdmin => account::refusals::last_admin(),
            AskError::EmailTaken => account::refusals::email_taken(),
            AskError::KeySpent => account::refusals::key_spent(),

            AskError::NoSuchShop => Code::ShopNotFound.into(),
            AskError::NoSuchProducts(products) => shop::refusals::unknown_products(&products),
            AskError::StockHeld(product) => shop::refusals::held(product),
            AskError::Stock(refusal) => shop::refusals::stock(refusal),

            AskError::NoSuchEvent => Code::EventNotFound.into(),
            AskError::Deal(refusal) => deal::refusals::terms(refusal),
            AskError::DiscountTooLarge(products) => deal::refusals::discount_too_large(&products),
            AskError::TooManyDeals(products) => deal::refusals::too_many(&products),
            AskError::IllegalDealMove(refusal) => deal::refusals::illegal_move(refusal),

            AskError::AlreadyIssued(coupon) => coupon::refusals::already_issued(coupon),
            AskError::NotOpenYet(at) => coupon::refusals::not_open_yet(at),
            AskError::Closed => Code::EventClosed.into(),
            AskError::SoldOut => Code::SoldOut.into(),
            AskError::NotReady => Code::CouponsNotReady.into(),
            AskError::PreparationFailed => Code::CouponsFailed.into(),
            AskError::Terms(refusal) => coupon::refusals::terms(refusal),

            AskError::NoSuchOrder => Code::OrderNotFound.into(),
            AskError::Shortage { product, available } => {
                order::refusals::shortage(product, available)
            }
            AskError::TooManyHolds => Code::TooManyHolds.into(),
            AskError::Order(refusal) => order::refusals::order(refusal),
            AskError::IllegalMove(state) => order::refusals::illegal_move(state),

            AskError::NoSuchSubscription => Code::SubscriptionNotFound.into(),
            AskError::TooManySubscriptions(most) => notice::refusals::too_many_subscriptions(most),
            AskError::NoSuchNotices(ids) => notice::refusals::unknown_notices(&ids),

            AskError::KeyConflict => Code::KeyReused.into(),
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
