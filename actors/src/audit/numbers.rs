//! Numbers given to orders, products and all else: none that is in use is given again.

use hotdeal_domain::coupon::CouponFact;
use hotdeal_domain::deal::DealFact;
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::order::OrderFact;
use hotdeal_domain::shop::ShopFact;
use hotdeal_domain::{Fact, UserFact};

use crate::error::RequestError;
use crate::host::audit::Report;
use crate::storage::Storage;

/// The highest number in use.
#[derive(Default)]
pub(super) struct Fold {
    highest: i64,
}

impl Fold {
    pub(super) fn apply(&mut self, fact: &Fact) {
        let used = match fact {
            Fact::Shop(_, DeskFact::Shop(ShopFact::ShopOpened(shop))) => shop.id.get(),
            Fact::Shop(_, DeskFact::Shop(ShopFact::ProductCreated(product))) => product.id.get(),
            Fact::Shop(_, DeskFact::Order(OrderFact::OrderPlaced(order))) => order.id.get(),
            Fact::Event(event, CouponFact::CouponsOpened { batch, .. }) => {
                batch.get().max(event.get())
            }
            Fact::Deal(_, DealFact::DealOpened { deal, .. }) => deal.id.get(),
            Fact::User(_, UserFact::AccountOpened(opened)) => opened.user.get(),
            _ => return,
        };
        self.highest = self.highest.max(used);
    }
}

pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let rows = storage.select("SELECT next FROM id_blocks WHERE name = 'ids'", []).await?;
    let next: i64 = rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(1);
    let highest = fold.highest;
    if highest >= next {
        report.differs(|| {
            format!("numbers up to {highest} are in use, and those from {next} would be given next")
        });
    }
    Ok(())
}
