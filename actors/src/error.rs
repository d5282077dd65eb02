//! Why the mall does not do what it was asked.

use hotdeal_domain::account::AccountRefusal;
use hotdeal_domain::account::admins::LastAdmin;
use hotdeal_domain::coupon::{IssueRefusal, IssuedCoupon, TermsRefusal};
use hotdeal_domain::deal::{DealMoveRefusal, DealRefusal};
use hotdeal_domain::desk::ShopRefusal;
use hotdeal_domain::notice::{NoticeId, SubscriptionRefusal};
use hotdeal_domain::order::{CancelRefusal, OrderRefusal, OrderState};
use hotdeal_domain::{ProductId, UnixMillis};

/// Every way in which something asked of the mall is not done. All but
/// [`OutcomeUnknown`](Self::OutcomeUnknown) promise that nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// There is no such event.
    #[error("no such event")]
    NoSuchEvent,
    /// There is no such shop.
    #[error("no such shop")]
    NoSuchShop,
    /// There is no such account.
    #[error("no such account")]
    NoSuchUser,
    /// There is no such order, or it is somebody else's.
    #[error("no such order")]
    NoSuchOrder,
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
    /// The terms of a deal cannot be promised.
    #[error("deal refused: {0:?}")]
    Deal(DealRefusal),
    /// Of the price of these products the deal would leave nothing to pay.
    #[error("the deal would leave nothing to pay")]
    DiscountTooLarge(Vec<ProductId>),
    /// These products have as many deals as they can.
    #[error("too many deals")]
    TooManyDeals(Vec<ProductId>),
    /// The deal has come to an end.
    #[error("a deal that is {0:?} cannot do that")]
    IllegalDealMove(DealMoveRefusal),
    /// Less than asked for is available.
    #[error("not enough stock of product {product}: {available} available")]
    Shortage {
        /// The product.
        product: ProductId,
        /// Pieces available.
        available: u32,
    },
    /// Nothing but an order that is being made stands in the way: ask again a little later.
    #[error("product {0} is held by an order that is being made")]
    StockHeld(ProductId),
    /// The person has as many orders over several shops under way as anybody may.
    #[error("too many orders under way")]
    TooManyHolds,
    /// The change of stock would break its bounds.
    #[error("stock refused: {0:?}")]
    Stock(hotdeal_domain::shop::StockRefusal),
    /// The lines cannot become one order.
    #[error("order refused: {0:?}")]
    Order(OrderRefusal),
    /// The order has come to another end.
    #[error("an order in state {0:?} cannot do that")]
    IllegalMove(OrderState),
    /// The session has ended, or there never was one.
    #[error("no such session")]
    NoSuchSession,
    /// The refresh token had been used before: the session has ended.
    #[error("the refresh token was used before")]
    TokenReused,
    /// An admin's own account: another admin has to take the role away first.
    #[error("an admin cannot do that to the own account")]
    StillAdmin,
    /// Nobody would be an admin any more.
    #[error("the last admin: make somebody else one first")]
    LastAdmin,
    /// The e-mail address has an account.
    #[error("the e-mail address has an account")]
    EmailTaken,
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    KeyConflict,
    /// What was logged in under the idempotency key has ended, or its tokens were renewed since.
    #[error("what was logged in under the idempotency key has ended")]
    KeySpent,
    /// A queue is full: ask again a little later.
    #[error("busy")]
    Busy,
    /// The database cannot be reached, or the actor is being rebuilt: ask again later.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// The disk is full: nothing was written.
    #[error("the disk is full")]
    NoRoom,
    /// The connection was lost while the outcome was being written: repeat with the same
    /// idempotency key to learn it.
    #[error("outcome unknown")]
    OutcomeUnknown,
}

impl AskError {
    /// Whether it tells of this moment only, and nothing that is kept.
    pub(crate) const fn passes(&self) -> bool {
        matches!(self, Self::Busy | Self::StockHeld(_) | Self::TooManyHolds)
    }
}

impl From<ShopRefusal> for AskError {
    fn from(refusal: ShopRefusal) -> Self {
        match refusal {
            ShopRefusal::UnknownProducts(products) => Self::NoSuchProducts(products),
            ShopRefusal::Order(refusal) => Self::Order(refusal),
            ShopRefusal::Shortage { product, available } => Self::Shortage { product, available },
            ShopRefusal::StockHeld { product } => Self::StockHeld(product),
            ShopRefusal::Stock(refusal) => Self::Stock(refusal),
            ShopRefusal::TooManyHolds => Self::Busy,
            ShopRefusal::DiscountTooLarge(products) => Self::DiscountTooLarge(products),
            ShopRefusal::TooManyDeals(products) => Self::TooManyDeals(products),
        }
    }
}

impl From<LastAdmin> for AskError {
    fn from(_: LastAdmin) -> Self {
        Self::LastAdmin
    }
}

impl From<AccountRefusal> for AskError {
    fn from(refusal: AccountRefusal) -> Self {
        match refusal {
            AccountRefusal::Withdrawn => Self::NoSuchUser,
            AccountRefusal::NoSuchSession => Self::NoSuchSession,
            AccountRefusal::StillAdmin => Self::StillAdmin,
            // A moment ago: whoever asks again finds it as it is.
            AccountRefusal::RoleHasChanged => Self::Busy,
        }
    }
}

impl From<SubscriptionRefusal> for AskError {
    fn from(refusal: SubscriptionRefusal) -> Self {
        match refusal {
            SubscriptionRefusal::TooMany(most) => Self::TooManySubscriptions(most),
            SubscriptionRefusal::NotSubscribed => Self::NoSuchSubscription,
        }
    }
}

impl From<CancelRefusal> for AskError {
    fn from(refusal: CancelRefusal) -> Self {
        match refusal {
            CancelRefusal::NotTheOwner => Self::NoSuchOrder,
            CancelRefusal::IllegalMove(state) => Self::IllegalMove(state),
        }
    }
}

impl From<DealMoveRefusal> for AskError {
    fn from(refusal: DealMoveRefusal) -> Self {
        Self::IllegalDealMove(refusal)
    }
}

/// A refusal to issue, without the coupon that a duplicate carries.
impl TryFrom<IssueRefusal> for AskError {
    type Error = hotdeal_domain::coupon::Grant;

    fn try_from(refusal: IssueRefusal) -> Result<Self, Self::Error> {
        use hotdeal_domain::coupon::BatchStatus;
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

/// Why the mall does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no database it knows.
    #[error("{0}")]
    Url(&'static str),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// What the database tells cannot be used.
    #[error("the database cannot be used: {0}")]
    Unusable(#[from] AskError),
}
