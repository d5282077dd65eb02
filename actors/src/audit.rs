//! Audit: folds the journal from its first fact and compares what comes out with the tables; and
//! what the journal tells with itself, so that it is found, too, where both were changed alike.
//! Reads only, in portions, all of it as of one moment. It uses none of the code that wrote, but for
//! the rules: what a deal takes off, how coupons are drawn, how their codes are derived.

mod accounts;
mod admins;
mod catalogue;
mod coupons;
mod deals;
mod journal;
mod keys;
mod notices;
mod numbers;
mod orders;
mod pages;
mod prices;
mod report;
mod sales;
mod shares;
mod shops;
mod stock;

use hotdeal_domain::{Fact, StreamId};

use crate::ledger::StoreUrl;
use crate::mall::OpenError;
use crate::storage::Storage;

#[cfg(test)]
pub(crate) use keys::unmarked;
pub use report::Report;

/// What the whole journal comes to.
#[derive(Default)]
struct Fold {
    numbers: numbers::Fold,
    shops: shops::Fold,
    catalogue: catalogue::Fold,
    stock: stock::Fold,
    orders: orders::Fold,
    shares: shares::Fold,
    prices: prices::Fold,
    coupons: coupons::Fold,
    deals: deals::Deals,
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
    shares::check(&fold, &mut report);
    prices::check(&fold, &mut report);
    stock::compare(&storage, &fold, &mut report).await?;
    orders::compare(&storage, &fold.orders, &mut report).await?;
    coupons::compare(&storage, &fold, &mut report).await?;
    shops::compare(&storage, &fold.shops, &mut report).await?;
    catalogue::compare(&storage, &fold.catalogue, &mut report).await?;
    deals::compare(&storage, &fold, &mut report).await?;
    accounts::compare(&storage, &fold.accounts, &mut report).await?;
    admins::compare(&storage, &fold.admins, &mut report).await?;
    notices::compare(&storage, &fold.notices, &mut report).await?;
    keys::compare(&storage, &fold.orders, fold.answers, &mut report).await?;
    numbers::compare(&storage, &fold.numbers, &mut report).await?;
    Ok(report)
}

impl Fold {
    fn apply(&mut self, stream: StreamId, fact: &Fact) {
        self.numbers.apply(stream, fact);
        match (fact, stream) {
            (Fact::ShopOpened(shop), _) => self.shops.open(shop),
            (
                Fact::ProductCreated(_)
                | Fact::ProductChanged { .. }
                | Fact::ProductWithdrawn { .. },
                StreamId::Shop(shop),
            ) => {
                self.catalogue.apply(shop, fact);
                self.prices.apply(shop, fact);
                self.stock.apply(stream, fact);
            }
            (
                Fact::OrderPlaced(_)
                | Fact::StockSold { .. }
                | Fact::OrderCancelled { .. }
                | Fact::StockReturned { .. },
                StreamId::Shop(shop),
            ) => {
                self.orders.apply(fact);
                self.shares.apply(shop, fact);
                self.prices.apply(shop, fact);
                self.stock.apply(stream, fact);
            }
            (Fact::StockMoved { .. }, _) => self.stock.apply(stream, fact),
            (Fact::DealPosted { .. }, StreamId::Shop(shop)) => {
                self.deals.apply(stream, fact);
                self.prices.apply(shop, fact);
            }
            (Fact::DealOpened { .. } | Fact::DealTurned { .. }, _) => {
                self.deals.apply(stream, fact);
                self.notices.apply(stream, fact);
            }
            (Fact::AccountOpened { .. } | Fact::Account(_), _) => {
                if let StreamId::User(user) = stream {
                    self.accounts.apply(user, fact);
                }
                self.notices.apply(stream, fact);
            }
            (Fact::Admin(fact), StreamId::Admins) => self.admins.apply(fact),
            (Fact::Follow(_) | Fact::DealTold { .. }, _) => self.notices.apply(stream, fact),
            (_, StreamId::Event(event)) => self.coupons.apply(event, fact),
            // What belongs to no such stream is in no table either: the comparison finds it.
            _ => {}
        }
    }
}
