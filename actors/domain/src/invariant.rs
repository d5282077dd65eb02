//! The catalogue of what must always hold, by name. The same predicates serve the seeded walk,
//! the admin view and the audit.

/// Something that must always hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invariant {
    /// CP-1: no more coupons are issued than were prepared.
    CouponsWithinTotal,
    /// CP-2: nobody holds two coupons of one event.
    OneCouponAShopper,
    /// CP-3: each coupon is issued at most once, and in order without a gap.
    EachCouponOnce,
    /// CP-4: coupons are issued inside the event's window.
    IssuedInWindow,
    /// ST-1: on hand ≥ held + sold, so nothing is oversold.
    StockCoversHeldAndSold,
    /// ST-2: what a product counts as held is the sum of its open holds.
    HeldIsSumOfHolds,
    /// ST-3: what a product counts as sold is what stands in orders.
    SoldIsInOrders,
    /// OR-1: an order's total is the sum of its lines, and each line quantity × unit price.
    OrderTotalsAddUp,
    /// OR-2: an order took the stock of each of its lines at the line's shop, and gave it back there
    /// when it was cancelled.
    OrderMovedItsStock,
    /// OR-3: each line was made at the price the product had then, less what its deal took off.
    OrderAtItsPrices,
    /// OR-4: the part of each shop in an order goes only as parts may, and stands in the table as the
    /// shop's stream tells it.
    OrderPartsMoveRightly,
    /// OR-5: an order is cancelled if and only if no part of it stands.
    CancelledHasNoPart,
    /// DL-1: no more pieces go at the price of a deal than its quota.
    DealWithinQuota,
    /// DL-2: nobody has more pieces at the price of a deal than its limit.
    DealWithinPersonLimit,
    /// NT-1: no person gets two notices of one product for the same news.
    ToldOnce,
    /// AC-1: there is an admin, and the admins are counted one by one.
    AdminIsLeft,
    /// LG-1: sequences of a stream have no gap.
    SequencesGapless,
    /// LG-2: folding the journal gives the tables.
    JournalFoldsToTables,
}

/// An invariant that was found not to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken(pub Invariant);

impl Invariant {
    /// The name by which reports and views call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CouponsWithinTotal => "CP-1 coupons within total",
            Self::OneCouponAShopper => "CP-2 one coupon a shopper",
            Self::EachCouponOnce => "CP-3 each coupon once",
            Self::IssuedInWindow => "CP-4 issued in window",
            Self::StockCoversHeldAndSold => "ST-1 stock covers held and sold",
            Self::HeldIsSumOfHolds => "ST-2 held is the sum of holds",
            Self::SoldIsInOrders => "ST-3 sold is in orders",
            Self::OrderTotalsAddUp => "OR-1 order totals add up",
            Self::OrderMovedItsStock => "OR-2 order moved its stock",
            Self::OrderAtItsPrices => "OR-3 order at its prices",
            Self::OrderPartsMoveRightly => "OR-4 parts of orders move rightly",
            Self::CancelledHasNoPart => "OR-5 a cancelled order has no part that stands",
            Self::DealWithinQuota => "DL-1 deal within quota",
            Self::DealWithinPersonLimit => "DL-2 deal within person limit",
            Self::ToldOnce => "NT-1 told once",
            Self::AdminIsLeft => "AC-1 an admin is left",
            Self::SequencesGapless => "LG-1 sequences gapless",
            Self::JournalFoldsToTables => "LG-2 journal folds to tables",
        }
    }

    /// `Ok` when `condition` holds.
    ///
    /// # Errors
    /// [`Broken`] with this invariant otherwise.
    pub const fn holds(self, condition: bool) -> Result<(), Broken> {
        if condition { Ok(()) } else { Err(Broken(self)) }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "invariant broken: {}", self.0.name())
    }
}

impl std::error::Error for Broken {}
