//! How rows of a transaction become one.

use std::sync::LazyLock;

use hotdeal_entities::stocks::Column as Stocks;

use crate::ledger::statement::*;

static MOVED: LazyLock<Statement> = LazyLock::new(|| {
    let sums = [(Merge::Sum, Stocks::Sold), (Merge::Max, Stocks::UpdatedAt)];
    Statement::update(&[Stocks::ProductId], &sums)
});

#[test]
fn rows_with_the_same_key_become_one_as_the_statement_says() {
    let mut rows = Rows::new(StatementOrder::new([&*MOVED]));
    for (product, sold, at) in [(7, 1, 30), (9, 5, 10), (7, 2, 20)] {
        rows.push(&MOVED, [product.into(), sold.into(), at.into()]);
    }
    let bulk = rows.into_bulks().next().expect("rows");
    assert_eq!(bulk.cells, [7, 3, 30, 9, 5, 10].map(Cell::Int));
}

#[test]
fn a_row_that_was_taken_out_does_not_come_back_with_the_next_of_its_key() {
    let mut rows = Rows::new(StatementOrder::new([&*MOVED]));
    for product in [7, 9, 8] {
        rows.push(&MOVED, [product.into(), 1.into(), 1.into()]);
    }
    assert!(rows.remove(&MOVED, &[7.into()]));
    assert!(!rows.remove(&MOVED, &[7.into()]));
    rows.push(&MOVED, [8.into(), 1.into(), 2.into()]);
    rows.push(&MOVED, [7.into(), 1.into(), 1.into()]);
    let bulk = rows.into_bulks().next().expect("rows");
    assert_eq!(bulk.cells, [9, 1, 1, 8, 2, 2, 7, 1, 1].map(Cell::Int));
}

#[test]
fn what_a_statement_says_comes_from_its_entity() {
    assert_eq!(
        MOVED.head,
        "UPDATE stocks SET sold = stocks.sold + v.column2, updated_at = v.column3"
    );
    assert_eq!(MOVED.tail, "WHERE stocks.product_id = v.column1");
}

#[test]
fn all_rows_of_one_kind_are_taken_out_at_once() {
    let mut rows = Rows::new(StatementOrder::new([&*MOVED]));
    for product in [7, 9, 8] {
        rows.push(&MOVED, [product.into(), 1.into(), 1.into()]);
    }
    rows.remove_all(&MOVED, |row| row[0] != Cell::Int(9));
    rows.push(&MOVED, [8.into(), 3.into(), 1.into()]);
    rows.remove_all(&MOVED, |row| row[0] == Cell::Int(9));
    let bulk = rows.into_bulks().next().expect("rows");
    assert_eq!((bulk.rows(), bulk.cells), (1, [8, 3, 1].map(Cell::Int).to_vec()));
}

#[test]
#[should_panic(expected = "UPDATE stocks SET sold = 0")]
fn a_statement_that_names_another_table_is_not_made() {
    Statement::change("orders", "UPDATE stocks SET sold = 0", "", &[]);
}
