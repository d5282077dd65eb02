//! A shop's orders as CSV (RFC 4180), one row a line, for spreadsheets.
//!
//! It begins with a byte order mark, without which some spreadsheets take UTF-8 for another encoding. A cell
//! of text that a spreadsheet would run as a formula gets an apostrophe in front, which it shows as text.

use hotdeal_domain::Amount;
use hotdeal_domain::order::{OrderLine, TrackedOrder};

use crate::clock::Zone;

/// Its media type.
pub(super) const MEDIA: &str = "text/csv; charset=utf-8";
/// The same without the encoding, as clients accept it.
pub(super) const MEDIA_NAME: &[&str] = &["text/csv"];

const BYTE_ORDER_MARK: &str = "\u{feff}";
const COLUMNS: [&str; 15] = [
    "orderId",
    "orderDate",
    "userId",
    "status",
    "progress",
    "expectedAt",
    "reason",
    "reasonText",
    "productId",
    "productName",
    "quantity",
    "productPrice",
    "itemTotalPrice",
    "currency",
    "eventId",
];

/// The orders, each with the one part that the shop has in it.
pub(super) fn written(orders: &[TrackedOrder], zone: Zone) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    writer.write_record(COLUMNS).expect("a vector takes every byte");
    for order in orders {
        for line in &order.order.lines {
            writer.write_record(row(order, line, zone)).expect("each row has all columns");
        }
    }
    let bytes = writer.into_inner().expect("a vector takes every byte");
    BYTE_ORDER_MARK.to_owned() + &String::from_utf8(bytes).expect("all cells are text")
}

fn row(tracked: &TrackedOrder, line: &OrderLine, zone: Zone) -> [String; COLUMNS.len()] {
    let order = &tracked.order;
    let part = tracked.part(line.shop);
    let rejection = part.and_then(|part| part.rejection.as_ref());
    let text = |text: Option<&str>| as_text(text.unwrap_or_default());
    let money = |amount: Amount| amount.decimal(order.currency);
    let expected = part.and_then(|part| part.expected_at);
    [
        order.id.to_string(),
        zone.stamp(order.ordered_at).to_string(),
        order.user.to_string(),
        order.state.name().to_owned(),
        part.map_or("", |part| part.state.name()).to_owned(),
        expected.map(|at| zone.stamp(at).to_string()).unwrap_or_default(),
        rejection.map_or("", |rejection| rejection.reason.name()).to_owned(),
        text(rejection.and_then(|rejection| rejection.text.as_deref())),
        line.product.to_string(),
        text(Some(&line.name)),
        line.quantity.get().to_string(),
        money(line.unit_price),
        money(line.total().unwrap_or(order.total)),
        order.currency.code().to_owned(),
        line.deal.map(|deal| deal.to_string()).unwrap_or_default(),
    ]
}

/// Text that a spreadsheet shows and does not run.
fn as_text(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let is_formula = is_formula || text.starts_with(['\t', '\r', '\n']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (text, shown) in [
            ("Desk lamp", "Desk lamp"),
            ("=1+1", "'=1+1"),
            ("+82 10", "'+82 10"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(as_text(text), shown, "{text:?}");
        }
    }
}
