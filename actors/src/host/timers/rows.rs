//! The rows of ends, which come and go with the facts of the wings.

use hotdeal_entities::ends::Column as C;

use super::End;
use crate::ledger::{Cell, Kind, Rows, Statement, statements};

statements! {
    BEGUN = Statement::insert(&[C::Stream, C::At, C::Subject]);
    /// Whoever knows of an end has read it from the tables.
    CEASED = Statement::change(
        "ends",
        "DELETE FROM ends WHERE (ends.stream, ends.at, ends.subject) IN \
         (SELECT v.column1, v.column2, v.column3",
        ")",
        &[Kind::Text, Kind::Int, Kind::Int],
    )
    .apart();
}

/// This is to happen.
pub(crate) fn begin(end: &End, rows: &mut Rows) {
    rows.push(&BEGUN, cells(end));
}

/// This has happened, or is to happen no more.
pub(crate) fn cease(end: &End, rows: &mut Rows) {
    rows.push(&CEASED, cells(end));
}

fn cells(end: &End) -> [Cell; 3] {
    [end.stream.to_string().into(), end.at.0.into(), end.subject.into()]
}
