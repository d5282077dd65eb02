//! What somebody might change, and what the audit must say of it.

mod parts;
mod people;

use super::World;

pub(super) struct Tampering {
    pub(super) name: &'static str,
    pub(super) sql: Vec<String>,
    /// What stands in one of the sentences.
    pub(super) told: Vec<String>,
}

fn one(name: &'static str, sql: String, told: &[&str]) -> Tampering {
    all(name, vec![sql], told)
}

fn all(name: &'static str, sql: Vec<String>, told: &[&str]) -> Tampering {
    Tampering { name, sql, told: told.iter().map(|part| (*part).to_owned()).collect() }
}

/// Replaces text in the facts of a stream, in the row in which `beside` stands.
fn in_journal(stream: &str, beside: &str, from: &str, to: &str) -> String {
    format!(
        "UPDATE journal SET facts = replace(facts, '{from}', '{to}') \
         WHERE stream = '{stream}' AND facts LIKE '%{beside}%' AND facts LIKE '%{from}%'"
    )
}

pub(super) fn tamperings(world: &World) -> Vec<Tampering> {
    let mut all = in_both(world);
    all.extend(orders(world));
    all.extend(answers(world));
    all.extend(prices(world));
    all.extend(coupons(world));
    all.extend(streams(world));
    all.extend(others(world));
    all.extend(parts::parts(world));
    all.extend(people::people(world));
    all.extend(people::admins());
    all
}

/// Changed in the journal and in the tables alike, so that they agree.
fn in_both(world: &World) -> Vec<Tampering> {
    let World { home, other, lamp, bulb, wide, cancelled, .. } = world;
    let (home, other) = (format!("shop:{home}"), format!("shop:{other}"));
    let sold = |product: &i64, change: i64| {
        format!("UPDATE stocks SET sold = sold + {change} WHERE product_id = {product}")
    };
    let lines = |product: &i64, quantity: i64| format!("\"lines\":[[{product},{quantity}]]");
    let of = |kind: &str, order: &i64| format!("\"{kind}\":{{\"order\":{order},");
    vec![
        all(
            "a wide order took no stock at its second shop",
            vec![
                in_journal(&other, &of("StockSold", wide), &lines(bulb, 1), "\"lines\":[]"),
                sold(bulb, -1),
            ],
            &["OR-2", &format!("order {wide} ")],
        ),
        all(
            "a wide order took more stock at its second shop than is in it",
            vec![
                in_journal(&other, &of("StockSold", wide), &lines(bulb, 1), &lines(bulb, 3)),
                sold(bulb, 2),
            ],
            &["OR-2", &format!("order {wide} ")],
        ),
        all(
            "stock was sold for an order that there is not",
            vec![in_journal(
                &other,
                &of("StockSold", wide),
                &of("StockSold", wide),
                &of("StockSold", &9_999_999),
            )],
            &["OR-2", "order 9999999 "],
        ),
        all(
            "more is counted as sold than stands in orders",
            vec![
                in_journal(&other, &of("StockSold", wide), &lines(bulb, 1), &lines(bulb, 2)),
                sold(bulb, 1),
            ],
            &["ST-3", &format!("product {bulb}")],
        ),
        all(
            "a cancelled order gave nothing back at home",
            vec![
                in_journal(
                    &home,
                    &of("OrderCancelled", cancelled),
                    &lines(lamp, 1),
                    "\"lines\":[]",
                ),
                sold(lamp, 1),
            ],
            &["OR-2", &format!("order {cancelled} ")],
        ),
        all(
            "a cancelled order gave nothing back at its second shop",
            vec![
                in_journal(
                    &other,
                    &of("StockReturned", cancelled),
                    &lines(bulb, 1),
                    "\"lines\":[]",
                ),
                sold(bulb, 1),
            ],
            &["ST-3", &format!("product {bulb}")],
        ),
    ]
}

fn orders(world: &World) -> Vec<Tampering> {
    let World { home, other, plain, wide, cancelled, bulb, .. } = world;
    let order = |what: &str, id: &i64| format!("UPDATE orders SET {what} WHERE id = {id}");
    let line = |what: &str, id: &i64, product: &i64| {
        format!("UPDATE order_lines SET {what} WHERE order_id = {id} AND product_id = {product}")
    };
    vec![
        one(
            "a home shop",
            order(&format!("home_shop_id = {other}"), plain),
            &["home shop", &format!("order {plain}")],
        ),
        one(
            "the currency of an order",
            order("currency = 'JPY'", plain),
            &["currency", &format!("order {plain}")],
        ),
        one(
            "the time of an order",
            order("ordered_at = ordered_at - 86400000", plain),
            &["time", &format!("order {plain}")],
        ),
        one(
            "the time of a cancellation",
            order("cancelled_at = cancelled_at + 1", cancelled),
            &["cancellation", &format!("order {cancelled}")],
        ),
        one(
            "the buyer of an order",
            order("user_id = user_id + 1", plain),
            &["user", &format!("order {plain}")],
        ),
        one(
            "the shop of a line",
            line(&format!("shop_id = {home}"), wide, bulb),
            &["lines", &format!("order {wide}")],
        ),
        one(
            "the name of a line",
            line("name = 'Gold bar'", wide, bulb),
            &["lines", &format!("order {wide}")],
        ),
    ]
}

/// Of answers under keys.
fn answers(world: &World) -> Vec<Tampering> {
    let World { plain, wide, cancelled, .. } = world;
    let text = format!("answer LIKE '%\"id\":{cancelled},%'");
    vec![
        one(
            "a key answer that names an absent order",
            format!("UPDATE answers SET order_id = 888888 WHERE order_id = {wide}"),
            &["key", "888888"],
        ),
        one(
            "a key answer that names another order",
            format!("UPDATE answers SET order_id = {plain} WHERE order_id = {wide}"),
            &["key", &format!("order {plain}")],
        ),
        one(
            "a key answer that is somebody else's",
            format!("UPDATE answers SET principal = principal + 1 WHERE order_id = {wide}"),
            &["key", &format!("order {wide}")],
        ),
        one(
            "a key answer that tells another price",
            format!(
                "UPDATE answers SET answer = replace(answer, '\"total\":3000', '\"total\":3') \
                 WHERE {text}"
            ),
            &["key", &format!("order {cancelled}")],
        ),
        one(
            "a key answer that is gone",
            format!("DELETE FROM answers WHERE {text}"),
            &["answer 2"],
        ),
        one(
            "the last key answer, gone",
            "DELETE FROM answers WHERE number = (SELECT max(number) FROM answers)".to_owned(),
            &["the last key answer"],
        ),
        one(
            "a run in which a key answer is missing",
            "INSERT INTO answer_marks VALUES (3, 5, 1)".to_owned(),
            &["mark", "answer 1"],
        ),
    ]
}

/// An order at a price, in the journal and in all tables alike.
fn repriced(name: &'static str, world: &World, order: i64, from: i64, to: i64) -> Tampering {
    let World { home, lamp, plain, .. } = world;
    let pieces = if order == *plain { 2 } else { 1 };
    let (stream, beside) = (format!("shop:{home}"), format!("\"id\":{order},"));
    let price = |of: i64| format!("\"unit_price\":{of}");
    let total = |of: i64| format!("\"total\":{},", of * pieces);
    let off = (from - to) * pieces;
    all(
        name,
        vec![
            in_journal(&stream, &beside, &price(from), &price(to)),
            in_journal(&stream, &beside, &total(from), &total(to)),
            format!("UPDATE orders SET total = {} WHERE id = {order}", to * pieces),
            format!("UPDATE order_lines SET unit_price = {to} WHERE order_id = {order}"),
            format!("UPDATE stocks SET value_rest = value_rest - {off} WHERE product_id = {lamp}"),
        ],
        &["OR-3", &format!("order {order} ")],
    )
}

fn prices(world: &World) -> Vec<Tampering> {
    let World { home, lamp, plain, dealt, .. } = world;
    vec![
        repriced("an order at half its price", world, *plain, 1_000, 500),
        repriced("an order at a price the product once had", world, *plain, 1_000, 400),
        repriced("an order at a deal's price without the deal", world, *plain, 1_000, 900),
        repriced("an order by a deal at half the deal's price", world, *dealt, 900, 450),
        repriced("an order by a deal at the full price", world, *dealt, 900, 1_000),
        all(
            "an order from before the deal began",
            vec![
                format!(
                    "UPDATE journal SET facts = \
                     replace(facts, '\"ordered_at\":1', '\"ordered_at\":') \
                     WHERE stream = 'shop:{home}' AND facts LIKE '%\"id\":{dealt},%'"
                ),
                format!(
                    "UPDATE orders SET ordered_at = \
                     CAST(substr(CAST(ordered_at AS TEXT), 2) AS BIGINT) WHERE id = {dealt}"
                ),
            ],
            &["OR-3", &format!("order {dealt} ")],
        ),
        one(
            "the price of a product",
            format!("UPDATE products SET price = 1 WHERE id = {lamp}"),
            &[&format!("product {lamp}")],
        ),
    ]
}

fn coupons(world: &World) -> Vec<Tampering> {
    let event = world.event;
    let batch = |what: &str| format!("UPDATE coupon_batches SET {what} WHERE event_id = {event}");
    let coupon =
        |what: &str| format!("UPDATE coupons SET {what} WHERE event_id = {event} AND ordinal = 3");
    let told = format!("event {event}");
    let policies = ["policies", &told];
    let code = ["code", &told];
    vec![
        one("the code of a coupon", coupon("code = '00003AAAAAAAAAAAAAAAA'"), &code),
        one("the policy of a coupon", coupon("policy = 1 - policy"), &["policy", &told]),
        one(
            "the policies of a batch",
            batch("terms = replace(terms, '\"value\":3000', '\"value\":9000')"),
            &policies,
        ),
        one(
            "the dates of a batch",
            batch("terms = replace(terms, '\"end\":1', '\"end\":2')"),
            &["terms", &told],
        ),
        one("the seed of a draw", batch("seed = '5'"), &["seed", &told]),
        one("the key of the codes", batch("code_key = replace(code_key, '0', '1')"), &code),
        one("the shop of a batch", batch("shop_id = shop_id + 1"), &["shop", &told]),
        one("the currency of a batch", batch("currency = 'JPY'"), &["currency", &told]),
        one("the end of a batch", batch("ends_at = ends_at + 1"), &["end", &told]),
        one("the time of a batch", batch("created_at = created_at + 1"), &["time", &told]),
        one("the number of a batch", batch("id = id + 1"), &["number", &told]),
        one(
            "the time of an issue",
            format!("UPDATE coupon_issues SET issued_at = issued_at + 1 WHERE event_id = {event}"),
            &[&told],
        ),
        one(
            "a coupon that is gone",
            format!("DELETE FROM coupons WHERE event_id = {event} AND ordinal = 29"),
            &["coupons written", &told],
        ),
        all(
            "a coupon issued after its end, in the journal and in the tables",
            vec![
                format!(
                    "UPDATE journal SET facts = replace(facts, '\"at\":1', '\"at\":9') \
                     WHERE stream = 'event:{event}' AND facts LIKE '%CouponIssued%'"
                ),
                format!(
                    "UPDATE coupon_issues SET issued_at = issued_at + 8000000000000 \
                     WHERE event_id = {event}"
                ),
            ],
            &["CP-4", &told],
        ),
    ]
}

fn streams(world: &World) -> Vec<Tampering> {
    let stream = format!("shop:{}", world.home);
    vec![
        one(
            "journal rows of a stream that there is not",
            "INSERT INTO journal (stream, sequence, first_sequence, epoch, recorded_at, facts) \
             VALUES ('shop:777777', 1, 1, 1, 1, '[\"CouponsReady\"]')"
                .to_owned(),
            &["shop:777777", "no stream"],
        ),
        one(
            "a stream that is gone",
            format!("DELETE FROM streams WHERE stream = '{stream}'"),
            &[&stream, "no stream"],
        ),
        one(
            "an epoch that falls within the journal",
            format!("UPDATE journal SET epoch = 0 WHERE stream = '{stream}' AND sequence = 3"),
            &[&stream, "epoch"],
        ),
        one(
            "an epoch that has fallen behind the journal",
            format!("UPDATE streams SET epoch = 0 WHERE stream = '{stream}'"),
            &[&stream, "epoch"],
        ),
        one(
            "a block of numbers set back",
            "UPDATE id_blocks SET next = next - 50000".to_owned(),
            &["numbers"],
        ),
        one("no block of numbers", "DELETE FROM id_blocks".to_owned(), &["numbers"]),
    ]
}

fn others(world: &World) -> Vec<Tampering> {
    let World { home, lamp, person, other, .. } = world;
    let shop = |what: &str| format!("UPDATE shops SET {what} WHERE id = {home}");
    let product = |what: &str| format!("UPDATE products SET {what} WHERE id = {lamp}");
    vec![
        one(
            "the owner of a shop",
            shop(&format!("owner_id = {person}")),
            &["owner", &format!("shop {home}")],
        ),
        one("the name of a shop", shop("name = 'Mine'"), &["name", &format!("shop {home}")]),
        one(
            "the currency of a shop",
            shop("currency = 'JPY'"),
            &["currency", &format!("shop {home}")],
        ),
        one("a shop that is gone", format!("DELETE FROM shops WHERE id = {home}"), &["shops"]),
        one(
            "the shop of a product",
            product(&format!("shop_id = {other}")),
            &[&format!("product {lamp}")],
        ),
        one("what a product is", product("description = 'Gold'"), &[&format!("product {lamp}")]),
        one(
            "when a stock is low",
            format!("UPDATE stocks SET low_at = low_at + 1 WHERE product_id = {lamp}"),
            &["low", &format!("product {lamp}")],
        ),
        one(
            "the shop of a stock",
            format!("UPDATE stocks SET shop_id = {other} WHERE product_id = {lamp}"),
            &["shop", &format!("product {lamp}")],
        ),
    ]
}
