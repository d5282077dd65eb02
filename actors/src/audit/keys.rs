//! Answers kept under idempotency keys: the orders they tell are those that were made, and their log
//! has no gap and is found by its marks.

use hotdeal_domain::order::{Order, OrderState};
use sea_orm::QueryResult;

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::ledger::keys::RUNS;
use crate::order::audit::{Fold, FoldedOrder};
use crate::storage::Storage;

/// Stands in the answer of each call that makes or cancels an order, and in no other.
const OF_AN_ORDER: &str = "\"ordered_at\":";

/// An answer of the log whose mark stands in no run although all around it do.
const UNMARKED: &str = "SELECT a.number FROM answers a \
     WHERE a.number <= (SELECT max(run) FROM answer_marks) AND NOT EXISTS (\
     SELECT 1 FROM runs r CROSS JOIN answer_marks m WHERE r.run >= a.number \
     AND m.run = r.run AND m.mark = a.mark AND m.number = a.number) ORDER BY a.number";

/// Those answers.
pub(crate) async fn unmarked(storage: &Storage) -> Result<Vec<i64>, RequestError> {
    let rows = storage.select(&format!("{RUNS} {UNMARKED}"), []).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Compares the log, of which so many answers were ever written, and the table of before it.
pub(super) async fn compare(
    storage: &Storage,
    fold: &Fold,
    end: i64,
    report: &mut Report,
) -> Result<(), RequestError> {
    let last = compare_log(storage, fold, report).await?;
    if let Some(last) = last {
        report.expect_equal("LG-1 number of the last key answer", end, last);
    }
    for number in unmarked(storage).await? {
        report.differs(|| format!("the mark of key answer {number} is in no run"));
    }
    compare_old(storage, fold, report).await
}

/// Answers the number of the last.
async fn compare_log(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<Option<i64>, RequestError> {
    let sql = "SELECT number, principal, order_id, answer, recorded_at FROM answers \
         WHERE number > $1 ORDER BY number LIMIT $2";
    let mut last = None;
    loop {
        let rows = storage.select(sql, [last.unwrap_or(0).into(), pages::rows_a_read()]).await?;
        if rows.is_empty() {
            return Ok(last);
        }
        for row in &rows {
            let number: i64 = row.try_get_by_index(0)?;
            if let Some(before) = last.filter(|before| before + 1 != number) {
                report.differs(|| format!("LG-1 key answer {} is missing", before + 1));
            }
            last = Some(number);
            compare_row(row, fold, report)?;
        }
    }
}

fn compare_row(row: &QueryResult, fold: &Fold, report: &mut Report) -> Result<(), RequestError> {
    let principal = row.try_get_by_index(1)?;
    if let Some(id) = row.try_get_by_index::<Option<i64>>(2)? {
        let at: i64 = row.try_get_by_index(4)?;
        if let Some(made) = order_of(principal, id, fold, report) {
            let what = what(principal, id);
            report.expect_equal(&what, (made.user, made.ordered_at), (principal, at));
        }
    }
    let text = row.try_get_by_index::<Option<String>>(3)?;
    if let Some(answer) = text.filter(|answer| answer.contains(OF_AN_ORDER)) {
        compare_answer(principal, &answer, fold, report);
    }
    Ok(())
}

/// The table in which answers were kept before they had a log.
async fn compare_old(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
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

fn what(principal: i64, order: i64) -> String {
    format!("LG-2 answer under a key of {principal}, order {order}")
}

fn order_of<'a>(
    principal: i64,
    id: i64,
    fold: &'a Fold,
    report: &mut Report,
) -> Option<&'a FoldedOrder> {
    let made = fold.orders.get(&id);
    if made.is_none() {
        report.differs(|| {
            format!("a key of {principal} answers with order {id}, which there is not")
        });
    }
    made
}

fn compare_answer(principal: i64, answer: &str, fold: &Fold, report: &mut Report) {
    let Ok(order) = serde_json::from_str::<Order>(answer) else {
        return report.differs(|| format!("an answer under a key of {principal} cannot be read"));
    };
    let id = order.id.get();
    let Some(made) = order_of(principal, id, fold, report) else { return };
    let what = what(principal, id);
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
