//! Lists of orders: one's own, and those of a shop.

use serde_json::{Value, json};

use super::parts::{Mall, told};
use super::{SHOPPER, order};
use crate::support::{App, Client, OrderAnswer, product_body};

/// All pages of a list, so many at a time; each page but the last is full where `full`.
async fn all(client: &Client, path: &str, limit: usize) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let from = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let path = format!("{path}{join}limit={limit}{from}");
        let page: Value = client.get(&path).send().await.with_status(200).good();
        let found = page["items"].as_array().expect("items");
        assert!(found.len() <= limit, "{path}");
        items.extend(found.iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
}

fn ids(orders: &[Value]) -> Vec<i64> {
    orders.iter().map(|order| order["orderId"].as_i64().expect("a number")).collect()
}

#[tokio::test]
async fn own_orders_come_newest_first_page_by_page_and_nobody_elses() {
    let mall = Mall::open().await;
    let mut made = Vec::new();
    for place in 0..7 {
        let order = if place % 3 == 0 { mall.wide().await } else { mall.lamps(1).await };
        made.insert(0, order.order_id);
        let bulb = mall.shops[1].2;
        order_of_another(&mall.app, bulb, place).await;
    }
    let shopper = mall.app.shopper(SHOPPER);
    for limit in [1, 2, 3, 7, 100] {
        assert_eq!(ids(&all(&shopper, "/api/orders", limit).await), made, "{limit} a page");
    }
    let listed = &all(&shopper, "/api/orders", 100).await[0];
    let path = format!("/api/orders/{}", made[0]);
    assert_eq!(&shopper.get(&path).send().await.good::<Value>(), listed, "the same as alone");
    assert_eq!(told(listed), "ORDER_SUCCESS 2300: NEW NEW");
    let nothing: Value = mall.app.shopper(SHOPPER + 999).get("/api/orders").send().await.good();
    assert_eq!(nothing, json!({"items": []}));
    for (query, member) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=0", "cursor"),
        ("cursor=x", "cursor"),
    ] {
        let refused = shopper.get(&format!("/api/orders?{query}")).send().await;
        assert_eq!(refused.refused(400, "INVALID_VALUE").member.as_deref(), Some(member));
    }
}

async fn order_of_another(app: &App, product: i64, who: i64) {
    order(app, SHOPPER + 1 + who, &[(product, 1)]).await;
}

/// Orders of the left shop in every state, the newest first, with their states.
async fn every_state(mall: &Mall) -> Vec<(i64, &'static str)> {
    let steps: [(&str, &[&str]); 6] = [
        ("NEW", &[]),
        ("ACCEPTED", &["accept"]),
        ("READY", &["accept", "ready"]),
        ("DONE", &["accept", "ready", "done"]),
        ("REJECTED", &["reject"]),
        ("CANCELLED", &[]),
    ];
    let more = format!("/api/stocks/product/{}/increase?quantity=20", mall.shops[0].2);
    mall.app.admin().post(&more).send().await.with_status(200);
    let mut made = Vec::new();
    for round in 0..2 {
        for (state, steps) in steps {
            let order = if round == 0 { mall.lamps(1).await } else { mall.wide().await };
            for step in steps {
                mall.step(0, order.order_id, step).await.with_status(200);
            }
            if state == "CANCELLED" {
                let path = format!("/api/orders/{}", order.order_id);
                mall.app.shopper(SHOPPER).put(&path).send().await.with_status(200);
            }
            made.insert(0, (order.order_id, state));
        }
    }
    made
}

#[tokio::test]
async fn a_shops_orders_are_found_by_progress_in_the_order_they_came() {
    let mall = Mall::open().await;
    let made = every_state(&mall).await;
    let (shop, seller, _) = &mall.shops[0];
    let path = format!("/api/shops/{shop}/orders");
    let of = |states: &[&str]| -> Vec<i64> {
        let found = made.iter().filter(|(_, state)| states.is_empty() || states.contains(state));
        found.map(|(id, _)| *id).collect()
    };
    for states in [
        &[][..],
        &["NEW"],
        &["DONE"],
        &["NEW", "ACCEPTED"],
        &["READY", "REJECTED", "CANCELLED"],
        &["NEW", "NEW"],
    ] {
        let query = match states {
            [] => path.clone(),
            states => format!("{path}?progress={}", states.join(",")),
        };
        for limit in [1, 5, 500] {
            let found = all(seller, &query, limit).await;
            assert_eq!(ids(&found), of(states), "{states:?}, {limit} a page");
        }
    }
    let page: Value = seller.get(&path).send().await.good();
    let counts = json!({
        "NEW": 2, "ACCEPTED": 2, "READY": 2, "DONE": 2, "REJECTED": 2, "CANCELLED": 2,
    });
    assert_eq!(page["counts"], counts);
    let newest = &page["items"][0];
    assert_eq!(newest["items"].as_array().map(Vec::len), Some(1), "its own lines alone: {newest}");
    assert_eq!(newest["totalOrderPrice"], 2_000);
    // Who is not its seller.
    let other = &mall.shops[1].1;
    other.get(&path).send().await.refused(403, "FORBIDDEN");
    let as_admin = all(&mall.app.admin(), &path, 500).await;
    assert_eq!(ids(&as_admin), of(&[]));
    for (query, member) in [
        ("progress=OPEN", "progress"),
        ("progress=", "progress"),
        ("progress=NEW,,DONE", "progress"),
        ("from=yesterday", "from"),
        ("to=x", "to"),
        ("productId=0", "productId"),
        ("cursor=7", "cursor"),
        ("cursor=7-0", "cursor"),
        ("format=xml", "format"),
        ("limit=501", "limit"),
    ] {
        let refused = seller.get(&format!("{path}?{query}")).send().await;
        let problem = refused.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some(member), "{query}");
    }
    mall.app.audited();
}

#[tokio::test]
async fn a_shops_orders_are_found_by_time_and_by_product() {
    let mall = Mall::open().await;
    let (shop, seller, lamp) = &mall.shops[0];
    let chair = mall.app.product(Some(*shop), 100, 100).await;
    let mut made = Vec::new();
    for place in 0..9 {
        let lines = match place % 3 {
            0 => vec![(*lamp, 1)],
            1 => vec![(chair, 1)],
            _ => vec![(chair, 2), (mall.shops[1].2, 1)],
        };
        let order: OrderAnswer = order(&mall.app, SHOPPER, &lines).await.with_status(200).good();
        if place == 4 {
            mall.step(0, order.order_id, "accept").await.with_status(200);
        }
        made.insert(0, (order.order_id, order.order_date, lines[0].0));
    }
    let path = format!("/api/shops/{shop}/orders");
    let expected = |is_one: &dyn Fn(&(i64, String, i64)) -> bool| -> Vec<i64> {
        made.iter().filter(|one| is_one(one)).map(|one| one.0).collect()
    };
    for product in [*lamp, chair] {
        for limit in [1, 2, 50] {
            let found = all(seller, &format!("{path}?productId={product}"), limit).await;
            assert_eq!(ids(&found), expected(&|one| one.2 == product), "{limit} a page");
        }
    }
    assert!(all(seller, &format!("{path}?productId=800000000"), 5).await.is_empty());
    // The times of the answers, as they are.
    let at = |place: usize| made[place].1.replace('+', "%2B");
    let (newer, older) = (at(2), at(6));
    let times = |from: usize, to: usize| -> Vec<i64> {
        let (first, last) = (made[from].1.as_str(), made[to].1.as_str());
        expected(&|one| one.1.as_str() >= first && one.1.as_str() < last)
    };
    let between = all(seller, &format!("{path}?from={older}&to={newer}"), 2).await;
    assert_eq!(ids(&between), times(6, 2));
    let with_all =
        format!("{path}?from={older}&to={newer}&productId={chair}&progress=ACCEPTED,NEW");
    let chairs: Vec<i64> = expected(&|one| one.2 == chair);
    let both: Vec<i64> = times(6, 2).into_iter().filter(|id| chairs.contains(id)).collect();
    assert_eq!(ids(&all(seller, &with_all, 1).await), both);
}

#[tokio::test]
async fn a_shops_orders_are_had_as_a_table_that_runs_no_formula() {
    let mall = Mall::open().await;
    let (shop, seller, _) = &mall.shops[0];
    let product = product_body("=HYPERLINK(\"http://evil.test\"),\"x\"", 500);
    let made: Value = seller.post_json("/api/products", &product).send().await.good();
    let evil = made["productId"].as_i64().expect("a number");
    let more = format!("/api/stocks/product/{evil}/increase?quantity=9");
    seller.post(&more).send().await.with_status(200);
    let plain = mall.lamps(2).await;
    let odd: OrderAnswer = order(&mall.app, SHOPPER, &[(evil, 1)]).await.with_status(200).good();
    let path = format!("/api/shops/{shop}/orders");
    let reject = format!("{path}/{}/reject", odd.order_id);
    let why = json!({"reason": "OTHER", "text": "-1+1"});
    seller.post_json(&reject, &why).send().await.with_status(200);
    let by_name = seller.get(&format!("{path}?format=csv&limit=1")).send().await.with_status(200);
    assert_eq!(by_name.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        by_name.header("content-disposition").is_some_and(|told| told.starts_with("attachment"))
    );
    let next = by_name.header("link").expect("there is another order");
    assert!(next.contains("format=csv") && next.contains("cursor="), "{next}");
    let accepted = seller.get(&path).header("accept", "text/csv").send().await.with_status(200);
    assert!(accepted.header("vary").is_some_and(|vary| vary.contains("accept")), "{accepted}");
    let text = String::from_utf8(accepted.body.clone()).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut lines = text.split("\r\n");
    assert!(lines.next().is_some_and(|header| header.starts_with("orderId,orderDate,userId,")));
    let first = lines.next().expect("the newest order");
    assert!(first.starts_with(&format!("{},", odd.order_id)), "{first}");
    assert!(first.contains("REJECTED") && first.contains(",'-1+1,"), "{first}");
    assert!(first.contains(r#","'=HYPERLINK(""http://evil.test""),""x""","#), "{first}");
    let second = lines.next().expect("the other order");
    let row = format!("{},", plain.order_id);
    assert!(second.starts_with(&row) && second.contains(",Desk lamp,2,1000,2000,KRW,"), "{second}");
    assert_eq!((lines.next(), lines.next()), (Some(""), None));
    // A browser, which accepts anything, gets JSON.
    let anything = seller.get(&path).header("accept", "*/*").send().await.with_status(200);
    assert_eq!(anything.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_page_ends_before_its_orders_have_more_lines_than_the_largest_order() {
    let app = App::start().await;
    let (shop, _, seller) = app.shop("Wide", "KRW").await;
    let mut products = Vec::new();
    let rows: Vec<String> =
        (0..5_001).map(|row| format!(r#"{{"name":"P{row}","price":1,"stock":9}}"#)).collect();
    let import = format!("/api/products/import?shopId={shop}");
    let imported = seller.post(&import).raw("application/x-ndjson", rows.join("\n")).send().await;
    imported.with_status(200);
    let sql = format!("SELECT id, shop_id FROM products WHERE shop_id = {shop} ORDER BY id");
    products.extend(app.database.rows::<(i64, i64)>(&sql).await.into_iter().map(|row| row.0));
    let lines: Vec<(i64, i64)> = products.iter().map(|product| (*product, 1)).collect();
    let mut made = Vec::new();
    for _ in 0..3 {
        let order: OrderAnswer = order(&app, SHOPPER, &lines).await.with_status(200).good();
        made.insert(0, order.order_id);
    }
    let page: Value = app.shopper(SHOPPER).get("/api/orders").send().await.good();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "two have 10,002 lines");
    assert_eq!(ids(&all(&app.shopper(SHOPPER), "/api/orders", 20).await), made);
    let path = format!("/api/shops/{shop}/orders");
    assert_eq!(ids(&all(&seller, &path, 50).await), made);
    assert_eq!(ids(&all(&seller, &format!("{path}?productId={}", products[0]), 50).await), made);
}
