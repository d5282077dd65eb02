//! Ends, read from the table.

use hotdeal_domain::{StreamId, UnixMillis};
use sea_orm::QueryResult;

use super::End;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

const FIRST: &str =
    "SELECT stream, at, subject FROM ends WHERE stream = $1 ORDER BY at, subject LIMIT $2";
const DUE: &str = "SELECT stream, at, subject FROM ends \
     WHERE at <= $1 AND (at, stream, subject) > ($2, $3, $4) ORDER BY at, stream, subject LIMIT $5";

impl Storage {
    /// The first ends of a stream, so many at most.
    pub(super) async fn first_ends(
        &self,
        stream: StreamId,
        most: usize,
    ) -> Result<Vec<End>, RequestError> {
        self.ends(FIRST, [stream.to_string().into(), count(most)]).await
    }

    /// The next ends of any stream that have come by then, behind this one: the first first.
    pub(super) async fn due_ends(
        &self,
        by: UnixMillis,
        behind: Option<&End>,
        most: usize,
    ) -> Result<Vec<End>, RequestError> {
        let (at, stream, subject) = behind.map_or((i64::MIN, String::new(), 0), |end| {
            (end.at.0, end.stream.to_string(), end.subject)
        });
        let behind = [at.into(), stream.into(), subject.into()];
        let [at, stream, subject] = behind;
        self.ends(DUE, [by.0.into(), at, stream, subject, count(most)]).await
    }

    async fn ends<const N: usize>(
        &self,
        sql: &str,
        values: [sea_orm::Value; N],
    ) -> Result<Vec<End>, RequestError> {
        self.select(sql, values).await?.iter().map(end).collect()
    }
}

fn count(most: usize) -> sea_orm::Value {
    i64::try_from(most).unwrap_or(i64::MAX).into()
}

fn end(row: &QueryResult) -> Result<End, RequestError> {
    let stream: String = row.try_get_by_index(0)?;
    Ok(End {
        stream: stream.parse().map_err(|_| CORRUPT)?,
        at: UnixMillis(row.try_get_by_index(1)?),
        subject: row.try_get_by_index(2)?,
    })
}

#[cfg(test)]
mod tests {
    use hotdeal_migration::{Migrator, MigratorTrait as _};

    use super::*;
    use crate::storage::StoreUrl;

    #[actix::test]
    async fn the_next_ends_of_a_stream_and_of_all_are_a_range_of_an_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("ends.db").display());
        let db = sea_orm::Database::connect(&url).await.expect("a database");
        Migrator::up(&db, None).await.expect("a schema");
        let storage = Storage::open(&StoreUrl::Sqlite(url)).await.expect("a database");
        for (sql, values) in [(FIRST, 2), (DUE, 5)] {
            let values = vec![sea_orm::Value::from(1_i64); values];
            let explained = storage.select(&format!("EXPLAIN QUERY PLAN {sql}"), values).await;
            let plan = explained.expect("a plan");
            let plan: Vec<String> =
                plan.iter().map(|row| row.try_get_by_index(3).expect("text")).collect();
            // Nothing is sorted, and no table is read as a whole.
            assert!(plan.len() == 1 && plan[0].starts_with("SEARCH"), "{plan:?}");
        }
    }
}
