//! Answers kept under idempotency keys: the orders they tell are those that were made.

use hotdeal_domain::{Order, OrderState};

use super::orders::Fold;
use super::{Report, pages};
use crate::error::AskError;
use crate::storage::Storage;

/// Stands in the answer of each call that makes or cancels an order, and in no other.
const OF_AN_ORDER: &str = "\"ordered_at\":";

pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), AskError> {
    let sql = "SELECT principal, operation, key, answer FROM idempotency \
         WHERE (principal, operation, key) > ($1, $2, $3) \
         ORDER BY principal, operation, key LIMIT $4";
    let mut last = (0_i64, String::new(), String::new());
    loop {
        let (principal, operation, key) = last.clone();
        let after = [principal.into(), operation.into(), key.into(), pages::rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let answer: String = row.try_get_by_index(3)?;
            if answer.contains(OF_AN_ORDER) {
                compare_answer(last.0, &answer, fold, report);
            }
        }
    }
}

fn compare_answer(principal: i64, answer: &str, fold: &Fold, report: &mut Report) {
    let Ok(order) = serde_json::from_str::<Order>(answer) else {
        return report.differs(|| format!("an answer under a key of {principal} cannot be read"));
    };
    let id = order.id.get();
    let Some(made) = fold.orders.get(&id) else {
        return report.differs(|| {
            format!("a key of {principal} answers with order {id}, which there is not")
        });
    };
    let what = format!("LG-2 answer under a key of {principal}, order {id}");
    let told = (order.user.get(), order.home.get(), order.total.minor(), order.ordered_at.0);
    report.expect_equal(&what, (made.user, made.home, made.total, made.ordered_at), told);
    let pieces = order
        .lines
        .iter()
        .map(|line| (line.product.get(), i64::from(line.quantity.get()), line.unit_price.minor()));
    let lines = made.lines.iter().map(|line| (line.product, line.quantity, line.price));
    report.expect_equal(&what, lines.collect::<Vec<_>>(), pieces.collect::<Vec<_>>());
    if order.state == OrderState::Cancelled && made.state != OrderState::Cancelled {
        report.differs(|| format!("{what}: it was never cancelled"));
    }
}
