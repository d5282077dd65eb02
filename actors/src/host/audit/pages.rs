//! A table read page by page, in the order of a column of which each row has a value of its own.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use crate::error::RequestError;

/// Rows of one read.
pub(crate) const ROWS_A_READ: u64 = 10_000;

/// The same as a parameter.
pub(crate) fn rows_a_read() -> Value {
    i64::try_from(ROWS_A_READ).unwrap_or(i64::MAX).into()
}

/// The page of a table after `last`, by `column`.
pub(crate) fn after<E: EntityTrait>(column: E::Column, last: impl Into<Value>) -> Select<E> {
    E::find().filter(column.gt(last)).order_by_asc(column).limit(ROWS_A_READ)
}

/// Reads page after page and hands each on, with the keys before it and at its end.
///
/// # Errors
/// Those of `read` and `page`.
pub(crate) async fn each<R, K: Clone>(
    first: K,
    read: impl AsyncFn(K) -> Result<Vec<R>, RequestError>,
    key: impl Fn(&R) -> K,
    mut page: impl AsyncFnMut(Vec<R>, K, K) -> Result<(), RequestError>,
) -> Result<(), RequestError> {
    let mut last = first;
    loop {
        let rows = read(last.clone()).await?;
        let Some(end) = rows.last().map(&key) else { return Ok(()) };
        page(rows, last, end.clone()).await?;
        last = end;
    }
}
