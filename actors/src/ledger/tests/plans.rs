//! How PostgreSQL finds what the ledger deletes.

use sea_orm::ConnectionTrait as _;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor as _, Row as _};

use super::*;
use crate::account::rows::{OLD_PROFILES, OLD_SESSIONS, OLD_TOKENS};
use crate::ledger::keys::{MarksMerge, OLD_ANSWERS, OLD_KEYS, OLD_MARKS, moved};
use crate::ledger::postgres::{BY_INDEX, session};

/// A database of its own, where tests have a server of PostgreSQL.
async fn database() -> Option<String> {
    let server = std::env::var("HOTDEAL_TEST_DATABASE").ok()?;
    let server = server.strip_suffix('/').unwrap_or(&server);
    if !server.starts_with("postgres") {
        return None;
    }
    let name = format!("ledger_{}", uuid::Uuid::new_v4().simple());
    let url = format!("{server}/postgres");
    let mut first = sqlx::PgConnection::connect(&url).await.expect("a server");
    let sql = format!("CREATE DATABASE {name}");
    first.execute(AssertSqlSafe(sql)).await.expect("a database");
    let url = format!("{server}/{name}");
    let db = sea_orm::Database::connect(&url).await.expect("a database");
    Migrator::up(&db, None).await.expect("a schema");
    Some(url)
}

const FILL: &str = "
    INSERT INTO idempotency SELECT i, 'ask', 'key', '', '', i FROM generate_series(1, 20000) i;
    INSERT INTO answers SELECT i, 1, i, 0, 0, 1, NULL, i FROM generate_series(1, 20000) i;
    INSERT INTO answer_marks SELECT 1 + i / 8192, i, i FROM generate_series(1, 20000) i;
    INSERT INTO sessions SELECT i, i, 1, i, i, NULL, NULL FROM generate_series(1, 20000) i;
    INSERT INTO revoked_tokens SELECT i, i, i FROM generate_series(1, 20000) i;
    INSERT INTO kept_profiles SELECT i, 'name', i, i FROM generate_series(1, 20000) i;
    ANALYZE";

#[actix::test]
async fn what_has_outlived_its_time_is_found_by_an_index_however_many_rows_there_are() {
    let Some(url) = database().await else { return };
    let mut connection = session::open(&url).await.expect("a session");
    for rows in ["none", "many"] {
        if rows == "many" {
            sqlx::raw_sql(FILL).execute(&mut connection).await.expect("filled");
        }
        for what in [&OLD_KEYS, &OLD_ANSWERS, &OLD_MARKS, &OLD_SESSIONS, &OLD_TOKENS, &OLD_PROFILES]
        {
            let delete = what.by_place();
            let mut transaction = connection.begin().await.expect("begun");
            transaction.execute(BY_INDEX).await.expect("set");
            let prepare = format!("PREPARE portion (BIGINT) AS {delete}");
            sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *transaction).await.expect(rows);
            let explain = sqlx::raw_sql("EXPLAIN EXECUTE portion (19000)");
            let plan = explain.fetch_all(&mut *transaction).await.expect("a plan");
            let plan: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
            let plan = plan.join("\n");
            for reads_all in ["Seq Scan", "Hash Semi Join", "Merge", "Sort"] {
                assert!(!plan.contains(reads_all), "{what:?}, {rows} rows:\n{plan}");
            }
            sqlx::raw_sql("DEALLOCATE portion").execute(&mut *transaction).await.expect("freed");
        }
    }
}

#[actix::test]
async fn marks_move_on_postgresql_and_only_for_who_owns_the_log() {
    let Some(url) = database().await else { return };
    let db = sea_orm::Database::connect(&url).await.expect("a database");
    db.execute_unprepared(FILL).await.expect("filled");
    let mut database = dialect_of(&StoreUrl::Postgres(url));
    database.begin().await.expect("begun");
    let epoch = database.raise_epoch(&StreamId::Keys.to_string()).await.expect("raised").epoch;
    let merge = |epoch| MarksMerge { epoch, from: vec![1, 2], into: 3, through: 10_000 };
    moved(merge(epoch), &mut *database).await.expect("moved");
    let stale = moved(merge(epoch - 1), &mut *database).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    database.commit().await.expect("written");
    let left = "SELECT count(*) FROM answer_marks WHERE run < 3";
    let left = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, left);
    let left = db.query_one_raw(left).await.expect("read").expect("a row");
    assert_eq!(left.try_get_by_index::<i64>(0).expect("a number"), 16_383 - 10_000);
}
