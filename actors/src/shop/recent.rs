//! Products that were read of late, and how often the catalogue has changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hotdeal_domain::ProductId;
use hotdeal_domain::shop::ShopFact;

use super::api::ProductView;
use crate::host::recent::Recent;
use crate::ledger::Known;
use crate::mutant::{self, Mutant};

/// A cache of the rows of products: it is told of each fact before its answer leaves.
#[derive(Default)]
pub(crate) struct RecentProducts {
    products: Recent<ProductId, Arc<ProductView>>,
    changes: AtomicU64,
}

impl RecentProducts {
    /// Products that are on sale.
    pub(crate) fn products(&self) -> &Recent<ProductId, Arc<ProductView>> {
        &self.products
    }

    /// How often the catalogue has changed since this node started.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Anything may have changed.
    pub(crate) fn forget(&self) {
        self.products.forget_all();
        self.note_change();
    }

    /// Learns of a fact.
    pub(crate) fn learn(&self, fact: &ShopFact, known: Known) {
        if matches!(
            fact,
            ShopFact::StockMoved { .. } | ShopFact::LowStockSet { .. } | ShopFact::ShopOpened(_)
        ) {
            return;
        }
        if known == Known::Perhaps {
            self.products.begin_doubt();
            return self.note_change();
        }
        if mutant::is_on(Mutant::StaleReads) {
            return;
        }
        match fact {
            ShopFact::ProductChanged { product, .. } => self.products.forget(product.id),
            ShopFact::ProductWithdrawn { product, .. } => self.products.forget(*product),
            ShopFact::ProductCreated(_)
            | ShopFact::StockMoved { .. }
            | ShopFact::LowStockSet { .. }
            | ShopFact::ShopOpened(_) => {}
        }
        self.note_change();
    }

    fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
    }
}
