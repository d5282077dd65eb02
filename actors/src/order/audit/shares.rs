//! Which shop gave stock to which order, and got it back: orders over several shops are told in the
//! streams of all of them, which must agree.

use std::collections::HashMap;

use hotdeal_domain::order::OrderFact;
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{ProductId, ShopId};

use super::parts::Fold as Parts;
use super::{Fold as Orders, FoldedOrder};
use crate::host::audit::Report;

/// Shop, product, pieces.
type Piece = (i64, i64, i64);

/// By order, what the streams of shops tell.
#[derive(Default)]
pub(crate) struct Fold {
    /// Sold for an order whose home is another shop.
    sold: HashMap<i64, Vec<Piece>>,
    /// Given back.
    returned: HashMap<i64, Vec<Piece>>,
    /// Orders told in the stream of a shop that is not their home.
    astray: Vec<i64>,
}

impl Fold {
    pub(crate) fn apply(&mut self, shop: ShopId, fact: &OrderFact) {
        let pieces = |lines: &[(ProductId, Quantity)]| -> Vec<Piece> {
            let piece = |(product, pieces): &(ProductId, Quantity)| {
                (shop.get(), product.get(), i64::from(pieces.get()))
            };
            lines.iter().map(piece).collect()
        };
        match fact {
            OrderFact::OrderPlaced(order) => {
                if order.home != shop {
                    self.astray.push(order.id.get());
                }
            }
            OrderFact::StockSold { order, lines, .. } => {
                self.sold.entry(order.get()).or_default().extend(pieces(lines));
            }
            OrderFact::OrderCancelled { order, lines, .. }
            | OrderFact::StockReturned { order, lines, .. }
            | OrderFact::PartRejected { order, lines, .. }
            | OrderFact::PartCancelled { order, lines, .. } => {
                self.returned.entry(order.get()).or_default().extend(pieces(lines));
            }
            OrderFact::PartAccepted { .. }
            | OrderFact::PartReady { .. }
            | OrderFact::PartDone { .. }
            | OrderFact::OrderEmptied { .. } => {}
        }
    }
}

/// What of an order, as its home tells it, every shop or all others had to move.
fn expected(order: &FoldedOrder, is_here: impl Fn(i64) -> bool) -> Vec<Piece> {
    let lines = order.lines.iter().filter(|line| is_here(line.shop));
    sorted(lines.map(|line| (line.shop, line.product, line.quantity)).collect())
}

fn sorted(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_unstable();
    pieces
}

pub(crate) fn check(fold: &Fold, orders: &Orders, parts: &Parts, report: &mut Report) {
    let Fold { sold, returned, astray } = fold;
    for order in astray {
        report.differs(|| format!("OR-2 order {order} is told by a shop that is not its home"));
    }
    let of = |moved: &HashMap<i64, Vec<Piece>>, id: &i64| {
        sorted(moved.get(id).cloned().unwrap_or_default())
    };
    for (id, order) in &orders.orders {
        let elsewhere = expected(order, |shop| shop != order.home);
        let what = format!("OR-2 order {id} took at other shops");
        report.expect_same(&what, &elsewhere, &of(sold, id));
        let back = expected(order, |shop| !parts.stands(*id, shop));
        report.expect_same(&format!("OR-2 order {id} gave back"), &back, &of(returned, id));
    }
    for id in sold.keys().chain(returned.keys()) {
        if !orders.orders.contains_key(id) {
            report.differs(|| format!("OR-2 order {id} moved stock and was never made"));
        }
    }
}
