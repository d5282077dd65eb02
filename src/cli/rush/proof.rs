//! What must hold in the database: every success has its row, and there is no other.
//!
//! Reads the server's own tables directly, and read-only, because the question is what is stored
//! and not what the server says is.

use std::collections::HashMap;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseTransaction, DbErr, Statement,
    TransactionTrait,
};

use super::checks::{Check, repeated};
use super::contest::{Goods, Outcome};

/// Rows read at a time, so that a million of them need little memory at once.
const PAGE: usize = 10_000;

/// Page by page in the order of the key; `$1` is the event, `$2` the last key seen.
const COUPONS: &str = "SELECT i.ordinal AS page, i.user_id AS person, c.code AS prize
    FROM coupon_issues i JOIN coupons c ON c.event_id = i.event_id AND c.ordinal = i.ordinal
    WHERE i.event_id = $1 AND i.ordinal > $2 ORDER BY i.ordinal LIMIT 10000";
/// Likewise for a product. The quantity is in the sum once a line, and a crowd orders one piece.
const ORDERS: &str = "SELECT o.id AS page, o.user_id AS person, l.quantity AS pieces
    FROM orders o JOIN order_lines l ON l.order_id = o.id
    WHERE l.product_id = $1 AND o.id > $2 AND o.cancelled_at IS NULL ORDER BY o.id LIMIT 10000";

/// One success as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    person: i64,
    prize: String,
    pieces: i64,
}

/// Reads what is stored of the goods.
pub(super) async fn rows(url: &str, goods: Goods) -> Result<Vec<Row>, DbErr> {
    let mut options = ConnectOptions::new(read_only(url));
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await?;
    // One snapshot for all pages.
    let snapshot = database.begin_with_config(None, Some(AccessMode::ReadOnly)).await?;
    let mut rows = Vec::new();
    // Below every ordinal and every order's number.
    let mut last = -1_i64;
    loop {
        let before = rows.len();
        last = page(&snapshot, goods, last, &mut rows).await?.unwrap_or(last);
        if rows.len() < before + PAGE {
            break;
        }
    }
    snapshot.rollback().await?;
    database.close().await?;
    Ok(rows)
}

/// The same database, opened such that nothing can be changed.
fn read_only(url: &str) -> String {
    // For PostgreSQL the transaction is read-only; SQLite needs the whole file opened so.
    if !url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let file = url.split_once('?').map_or(url, |(file, _)| file);
    format!("{file}?mode=ro")
}

async fn page(
    snapshot: &DatabaseTransaction,
    goods: Goods,
    after: i64,
    rows: &mut Vec<Row>,
) -> Result<Option<i64>, DbErr> {
    let (sql, of) = match goods {
        Goods::Coupons(event) => (COUPONS, event.get()),
        Goods::Product(product) => (ORDERS, product.get()),
    };
    let backend = snapshot.get_database_backend();
    let query = Statement::from_sql_and_values(backend, sql, [of.into(), after.into()]);
    let mut last = None;
    for row in snapshot.query_all_raw(query).await? {
        let key: i64 = row.try_get("", "page")?;
        let (prize, pieces) = match goods {
            Goods::Coupons(_) => (row.try_get("", "prize")?, 1),
            Goods::Product(_) => (key.to_string(), row.try_get("", "pieces")?),
        };
        rows.push(Row { person: row.try_get("", "person")?, prize, pieces });
        last = Some(key);
    }
    Ok(last)
}

/// Compares the rows with the answers; the crowd's people are numbered from `first_person`.
pub(super) fn compare(outcome: &Outcome, first_person: i64, rows: &[Row]) -> Vec<Check> {
    let stored: HashMap<&str, i64> =
        rows.iter().map(|row| (row.prize.as_str(), row.person)).collect();
    let number = |person: usize| i64::try_from(person).map_or(-1, |person| first_person + person);
    let missing = outcome
        .winners
        .iter()
        .filter(|winner| stored.get(winner.prize.as_str()) != Some(&number(winner.person)))
        .count();
    let pieces: i64 = rows.iter().map(|row| row.pieces).sum();
    let won = i64::try_from(outcome.winners.len()).unwrap_or(i64::MAX);
    vec![
        Check::equal("every success is in the database", missing, 0),
        Check::equal("the database holds no other", pieces, won),
        Check::equal("nobody twice in the database", repeated(rows.iter().map(|r| r.person)), 0),
        Check::equal("no code or order twice there", rows.len() - stored.len(), 0),
    ]
}

#[cfg(test)]
mod tests {
    use hotdeal_domain::EventId;

    use super::super::contest::Winner;
    use super::*;

    fn outcome(winners: &[(usize, &str)]) -> Outcome {
        let winner = |&(person, prize): &(usize, &str)| Winner { person, prize: prize.to_owned() };
        Outcome {
            goods: Goods::Coupons(EventId::try_from(1).expect("an id")),
            rounds: Vec::new(),
            winners: winners.iter().map(winner).collect(),
            too_late: 0,
            otherwise: 0,
            examples: Vec::new(),
        }
    }

    fn row(person: i64, prize: &str) -> Row {
        Row { person, prize: prize.to_owned(), pieces: 1 }
    }

    #[test]
    fn each_way_in_which_answers_and_rows_differ_is_seen() {
        let answered = outcome(&[(0, "A"), (2, "B")]);
        for (rows, broken) in [
            (vec![row(100, "A"), row(102, "B")], vec![]),
            (vec![row(100, "A")], vec![0, 1]),
            (vec![row(100, "A"), row(103, "B")], vec![0]),
            (vec![row(100, "A"), row(102, "B"), row(105, "C")], vec![1]),
            (vec![row(100, "A"), row(102, "B"), row(102, "C")], vec![1, 2]),
            (vec![row(100, "A"), row(102, "B"), row(105, "B")], vec![0, 1, 3]),
        ] {
            let checks = compare(&answered, 100, &rows);
            let found: Vec<_> = (0..checks.len()).filter(|&at| !checks[at].holds).collect();
            assert_eq!(found, broken, "{rows:?}");
        }
    }

    #[test]
    fn sqlite_is_opened_read_only_whatever_the_url_says() {
        assert_eq!(read_only("sqlite://data/x.db?mode=rwc"), "sqlite://data/x.db?mode=ro");
        assert_eq!(read_only("sqlite://data/x.db"), "sqlite://data/x.db?mode=ro");
        assert_eq!(read_only("postgres://h/x?a=b"), "postgres://h/x?a=b");
    }
}
