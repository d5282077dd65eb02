//! Parts of orders.

use super::{Tampering, all, in_journal, one};
use crate::audit::World;

pub(super) fn parts(world: &World) -> Vec<Tampering> {
    let World { home, other, plain, parted, .. } = world;
    let order = format!("order {parted}");
    let of_shop = |what: &str, shop: &i64| {
        format!("UPDATE order_parts SET {what} WHERE order_id = {parted} AND shop_id = {shop}")
    };
    let new = |what: &str| format!("UPDATE new_parts SET {what} WHERE order_id = {plain}");
    let mut found = vec![
        one("the state of a part", of_shop("state = 'READY'", home), &["OR-4 state", &order]),
        one(
            "the time a shop expects",
            of_shop("expected_at = expected_at + 1", home),
            &["OR-4 expected time", &order],
        ),
        one(
            "the reason of a rejection",
            of_shop("reason = 'CLOSED'", other),
            &["OR-4 reason", &order],
        ),
        one(
            "what a shop said beside it",
            of_shop("reason_text = 'No'", other),
            &["OR-4 reason", &order],
        ),
        one(
            "when a part was changed",
            of_shop("changed_at = changed_at + 1", other),
            &["OR-4 last change", &order],
        ),
        one(
            "when the order of a part was made",
            of_shop("ordered_at = ordered_at + 1", other),
            &["OR-4 order's time", &order],
        ),
        one(
            "a part that is gone",
            format!("DELETE FROM order_parts WHERE order_id = {parted} AND shop_id = {other}"),
            &["OR-4 number of parts that are not new"],
        ),
        one(
            "a new part that is gone",
            format!("DELETE FROM new_parts WHERE order_id = {plain}"),
            &["OR-4 number of new parts"],
        ),
        one(
            "when the order of a new part was made",
            new("ordered_at = ordered_at + 1"),
            &["OR-4", &format!("order {plain}"), "new in the table alone"],
        ),
        one(
            "the shop of a new part",
            new(&format!("shop_id = {other}")),
            &["OR-4", &format!("order {plain}"), "new in the table alone"],
        ),
        one(
            "until when an order is to be answered",
            format!("UPDATE orders SET answer_by = answer_by + 1 WHERE id = {plain}"),
            &["LG-2 time to answer", &format!("order {plain}")],
        ),
        one(
            "an end that is gone",
            format!("DELETE FROM ends WHERE subject = {plain}"),
            &["LG-2 number of ends to come"],
        ),
        one(
            "an end at another time",
            format!("UPDATE ends SET at = at + 1 WHERE subject = {plain}"),
            &["LG-2 the end of", &plain.to_string(), "in the table alone"],
        ),
        one(
            "an end of what was answered",
            format!("UPDATE ends SET subject = {parted} WHERE subject = {plain}"),
            &["LG-2 the end of", &parted.to_string(), "in the table alone"],
        ),
        one(
            "a part that is new again",
            format!(
                "INSERT INTO new_parts SELECT shop_id, ordered_at, order_id FROM order_parts \
                 WHERE order_id = {parted} AND shop_id = {home}"
            ),
            &["OR-4", &order, "new in the table alone"],
        ),
        one(
            "how many parts a shop has in a state",
            format!("UPDATE part_counts SET ready = ready + 1 WHERE shop_id = {home}"),
            &["OR-4 parts of shop", &home.to_string()],
        ),
    ];
    found.extend(in_both(world));
    found
}

/// Changed in the journal, and in the tables with it.
fn in_both(world: &World) -> Vec<Tampering> {
    let World { home, other, bulb, parted, .. } = world;
    let (home, other) = (format!("shop:{home}"), format!("shop:{other}"));
    let order = format!("order {parted}");
    let of = |kind: &str| format!("\"{kind}\":{{\"order\":{parted},");
    vec![
        one(
            "a part that was done before it was taken on",
            in_journal(&home, &of("PartAccepted"), &of("PartAccepted"), &of("PartDone")),
            &["OR-4", "went from NEW to DONE", &order],
        ),
        one(
            "an order that was emptied although a part stands",
            in_journal(&home, &of("PartAccepted"), &of("PartAccepted"), &of("OrderEmptied")),
            &["OR-5", &order],
        ),
        all(
            "a part that was rejected and gave nothing back",
            vec![
                in_journal(
                    &other,
                    &of("PartRejected"),
                    &format!("\"text\":\"Sorry\"}},\"lines\":[[{bulb},1]]"),
                    "\"text\":\"Sorry\"},\"lines\":[]",
                ),
                format!("UPDATE stocks SET sold = sold + 1 WHERE product_id = {bulb}"),
            ],
            &["OR-2", &order],
        ),
    ]
}
