//! Numbers given to orders, products and all else: none that is in use is given again.

use hotdeal_domain::{Fact, StreamId};

use super::Report;
use crate::error::AskError;
use crate::storage::Storage;

/// The highest number in use.
#[derive(Default)]
pub(super) struct Fold {
    highest: i64,
}

impl Fold {
    pub(super) fn apply(&mut self, stream: StreamId, fact: &Fact) {
        let used = match (fact, stream) {
            (Fact::ShopOpened(shop), _) => shop.id.get(),
            (Fact::ProductCreated(product), _) => product.id.get(),
            (Fact::OrderPlaced(order), _) => order.id.get(),
            (Fact::CouponsOpened { batch, .. }, StreamId::Event(event)) => {
                batch.get().max(event.get())
            }
            (Fact::DealOpened { deal, .. }, _) => deal.id.get(),
            (Fact::AccountOpened { user, .. }, _) => user.get(),
            _ => return,
        };
        self.highest = self.highest.max(used);
    }
}

pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
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
