//! The plan, from lines made up for it and from the real file.

use std::path::PathBuf;

use super::class::{Class, Sum};
use super::plan::{Adjustment, Deed, PlanError, plan};
use super::sheet::{self, Line, Money, Price};

fn lines(table: &str) -> Vec<Line> {
    table
        .lines()
        .map(str::trim)
        .filter(|row| !row.is_empty())
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            Line {
                invoice: cells[0].to_owned(),
                code: cells[1].to_owned(),
                description: cells[2].to_owned(),
                quantity: cells[3].parse().expect("a quantity"),
                price: Price::parse(cells[4]).expect("a price"),
                customer: Some(cells[5].to_owned()).filter(|customer| !customer.is_empty()),
            }
        })
        .collect()
}

#[test]
fn invoices_become_orders_and_the_rest_changes_stock() {
    let plan = plan(&lines(
        "1  | 11111 |        | 5  | 0    |
         1  | 11111 | LAMP   | 2  | 2.00 | 7
         1  | 22222 |        | 1  | 1.00 | 7
         1  | 11111 | LAMP!  | 3  | 2.50 | 7
         2  | 22222 | VASE   | 4  | 1.00 |
         2  | POST  | POST   | 1  | 9.99 |
         3  | 22222 | broken | -6 | 0    |
         C4 | 22222 | VASE   | -1 | 1.00 | 7
         C4 | 33333 |        | -2 | 3.00 | 8",
    ))
    .expect("within bounds");
    assert_eq!(plan.buyers, [None, Some("7".into()), Some("8".into())]);
    let names: Vec<_> = plan.products.iter().map(|p| (p.name.as_str(), p.price)).collect();
    assert_eq!(names, [("LAMP", 200), ("VASE", 100), ("Stock code 33333", 300)]);
    let stock: Vec<_> =
        plan.products.iter().map(|p| (p.opening_stock(), p.on_hand(), p.available())).collect();
    assert_eq!(stock, [(5, 5, 0), (11, 6, 1), (0, 2, 2)]);
    let sold: Vec<_> = plan.products.iter().map(|p| (p.sold, p.orders, p.value())).collect();
    assert_eq!(sold, [(5, 1, 1_000), (5, 2, 500), (0, 0, 0)]);
    assert_eq!(
        plan.deeds,
        [
            Deed::Order(0),
            Deed::Order(1),
            Deed::Adjust(Adjustment { product: 1, delta: -6 }),
            Deed::Adjust(Adjustment { product: 1, delta: 1 }),
            Deed::Adjust(Adjustment { product: 2, delta: 2 }),
        ]
    );
    assert_eq!(plan.orders[0].lines, [(0, 2), (1, 1), (0, 3)]);
    assert_eq!(plan.orders[0].summed().into_iter().collect::<Vec<_>>(), [(0, 5), (1, 1)]);
    assert_eq!((plan.orders[0].buyer, plan.orders[1].buyer), (1, 0));
    // Three lamps at 2.00 instead of 2.50.
    assert_eq!(plan.price_difference(), Money::of_pence(-150));
}

#[test]
fn what_a_shop_cannot_hold_is_refused_and_what_one_call_cannot_is_divided() {
    let million = |quantity: &str| lines(&format!("1 | 11111 | X | {quantity} | 0.01 |"));
    assert!(plan(&million("1000000")).is_ok());
    assert!(matches!(plan(&million("1000001")), Err(PlanError::Pieces(_, 1_000_001, _))));
    assert!(matches!(plan(&million("9223372036854775807")), Err(PlanError::Pieces(..))));
    let twice = "1 | 11111 | X | 600000 | 1 |\n1 | 11111 | X | 600000 | 1 |";
    assert!(matches!(plan(&lines(twice)), Err(PlanError::Pieces(_, 1_200_000, _))));
    let dear = lines("1 | 11111 | X | 1000000 | 900000000000.00 |");
    assert!(matches!(plan(&dear), Err(PlanError::Value(_))));
    let back = plan(&lines("C1 | 11111 | X | -2500000 | 1 |")).expect("within bounds");
    let deltas: Vec<_> = back.deeds.iter().map(|deed| format!("{deed:?}")).collect();
    assert_eq!(deltas.len(), 3, "{deltas:?}");
    let flood = lines("C1 | 11111 | X | -9223372036854775808 | 1 |");
    assert!(matches!(plan(&flood), Err(PlanError::OnHand(..))));
}

/// The real week beside the checkout; the figures were taken from the file by other means.
#[test]
fn the_real_week_is_planned_to_the_last_piece() {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/online-retail-week.csv");
    if !path.exists() {
        println!("skipped: ../shared/data/online-retail-week.csv is not beside this checkout");
        return;
    }
    let plan = plan(&sheet::read(&path).expect("readable")).expect("within bounds");
    let mut total = Sum::default();
    plan.classes.values().for_each(|&sum| total.merge(sum));
    assert_eq!(total, plan.whole);
    assert_eq!(
        (total.lines, total.units, total.value.to_string().as_str()),
        (14_594, 108_006, "252979.77")
    );
    let figures: Vec<_> = plan
        .classes
        .iter()
        .map(|(&class, sum)| (class, sum.lines, sum.units, sum.value.to_string()))
        .collect();
    assert_eq!(
        figures,
        WEEK.map(|(class, lines, units, value)| (class, lines, units, value.into()))
    );
    // 425 customers have a number; the guest makes 426.
    assert_eq!(plan.buyers.len(), 426);
    assert_eq!(plan.orders.iter().map(|order| order.lines.len()).max(), Some(674));
    let sold: i64 = plan.products.iter().map(|product| product.sold).sum();
    let value: i128 = plan.products.iter().map(|product| product.value()).sum();
    let at_shop = (plan.products.len(), plan.orders.len(), sold, value);
    assert_eq!(at_shop, (2_218, 561, 120_265, 25_089_125));
    assert_eq!(plan.price_difference().to_string(), "767.74");
}

/// Lines, units and value of each class in the real week.
const WEEK: [(Class, u64, i128, &str); 13] = [
    (Class::Sold, 9_234, 69_609, "139658.57"),
    (Class::SoldAtAnotherPrice, 5_010, 50_656, "110464.94"),
    (Class::ReturnedByCustomer, 146, -11_054, "-4451.26"),
    (Class::ReturnedUnnamed, 20, -103, "-219.72"),
    (Class::WrittenOff, 36, -1_682, "0.00"),
    (Class::Postage, 36, 69, "6964.93"),
    (Class::Manual, 16, 82, "1046.43"),
    (Class::Discount, 3, -3, "-337.79"),
    (Class::Samples, 2, -2, "-64.95"),
    (Class::BankCharges, 2, 0, "-80.38"),
    (Class::MarketplaceFee, 1, -1, "-1.00"),
    (Class::NeverPriced, 21, -121, "0.00"),
    (Class::ZeroPriced, 67, 556, "0.00"),
];
