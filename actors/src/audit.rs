//! Audit: folds the journal from its first fact and compares what comes out with the tables; and what the
//! journal tells with itself, so that it is found, too, where both were changed alike. Reads only, in
//! portions, all of it as of one moment, also beside a server at work. It uses none of the code that wrote,
//! but for the rules: what a deal takes off, how coupons are drawn, how their codes are derived.
//!
//! Each wing has its own `Fold` and `compare` in `<wing>/audit.rs`. Here they are gathered.

mod journal;
mod keys;
mod numbers;

use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::shop::ShopFact;
use hotdeal_domain::{Fact, UserFact};

use crate::account::audit as accounts;
use crate::account::audit::admins;
use crate::coupon::audit as coupons;
use crate::deal::audit as deals;
use crate::error::OpenError;
use crate::host::timers;
use crate::notice::audit as notices;
use crate::order::audit as orders;
use crate::order::audit::{parts, prices, sales, shares, stock};
use crate::shop::audit as shops;
use crate::shop::audit::catalogue;
use crate::storage::{Storage, StoreUrl};

pub use crate::host::audit::Report;

#[cfg(test)]
pub(crate) use keys::unmarked;

/// What the whole journal comes to.
#[derive(Default)]
struct Fold {
    numbers: numbers::Fold,
    shops: shops::Fold,
    catalogue: catalogue::Fold,
    stock: stock::Fold,
    orders: orders::Fold,
    parts: parts::Fold,
    shares: shares::Fold,
    prices: prices::Fold,
    coupons: coupons::Fold,
    deals: deals::Fold,
    accounts: accounts::Fold,
    admins: admins::Fold,
    notices: notices::Fold,
    /// Answers ever written to the log of those, which has no facts.
    answers: i64,
}

/// Audits the database at `url`.
///
/// # Errors
/// [`OpenError`] when it cannot be reached or read.
pub async fn run(url: &str) -> Result<Report, OpenError> {
    let url: StoreUrl = url.parse().map_err(OpenError::Url)?;
    let storage = Storage::snapshot(&url).await?;
    let mut report = Report::default();
    let fold = journal::fold(&storage, &mut report).await?;
    shares::check(&fold.shares, &fold.orders, &fold.parts, &mut report);
    prices::check(&fold.prices, &fold.orders, &mut report);
    let sold = (&fold.orders, &fold.parts);
    stock::compare(&storage, &fold.stock, &fold.catalogue, sold, &mut report).await?;
    orders::compare(&storage, &fold.orders, &mut report).await?;
    parts::compare(&storage, &fold.parts, &fold.orders, &mut report).await?;
    timers::audit::compare(&storage, &fold.parts.ends().collect(), &mut report).await?;
    coupons::compare(&storage, &fold.coupons, &fold.shops, &mut report).await?;
    shops::compare(&storage, &fold.shops, &mut report).await?;
    catalogue::compare(&storage, &fold.catalogue, &mut report).await?;
    let sales = sales::of_deals(&fold.orders, &fold.parts);
    deals::compare(&storage, &fold.deals, &sales, &mut report).await?;
    accounts::compare(&storage, &fold.accounts, &mut report).await?;
    admins::compare(&storage, &fold.admins, &mut report).await?;
    notices::compare(&storage, &fold.notices, &mut report).await?;
    keys::compare(&storage, &fold.orders, fold.answers, &mut report).await?;
    numbers::compare(&storage, &fold.numbers, &mut report).await?;
    Ok(report)
}

impl Fold {
    fn apply(&mut self, fact: &Fact) {
        self.numbers.apply(fact);
        match fact {
            Fact::Shop(shop, DeskFact::Shop(fact)) => {
                if let ShopFact::ShopOpened(profile) = fact {
                    self.shops.open(profile);
                }
                self.catalogue.apply(*shop, fact);
                self.prices.apply(fact);
                self.stock.apply(fact);
            }
            Fact::Shop(shop, DeskFact::Order(fact)) => {
                self.orders.apply(fact);
                self.parts.apply(*shop, fact);
                self.shares.apply(*shop, fact);
                self.prices.order(*shop, fact);
                self.stock.order(*shop, fact);
            }
            Fact::Shop(shop, DeskFact::Price(fact)) => {
                self.deals.apply_at(*shop, fact);
                self.prices.deal(fact);
            }
            Fact::Event(event, fact) => self.coupons.apply(*event, fact),
            Fact::Deal(event, fact) => {
                self.deals.apply(fact);
                self.notices.deal(*event, fact);
            }
            Fact::User(user, UserFact::AccountOpened(opened)) => {
                self.accounts.open(*user, *opened);
            }
            Fact::User(user, UserFact::Account(fact)) => {
                self.accounts.apply(*user, fact);
                self.notices.account(*user, fact);
            }
            Fact::User(user, UserFact::Follow(fact)) => self.notices.follow(*user, fact),
            Fact::Notices(_, fact) => self.notices.apply(fact),
            Fact::Admins(fact) => self.admins.apply(fact),
        }
    }
}
