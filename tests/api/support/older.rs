//! A database as it will be in some days: every time in it lies further back.

use super::{App, Database, Settings, Store, Tables};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Times of a server at work lie between these: no number of a row does, nor a price.
const TIMES: std::ops::Range<i64> = 1_600_000_000_000..3_000_000_000_000;

impl Settings {
    /// The wall clock is believed as soon as the server starts.
    pub(crate) fn sure_of_the_date(self) -> Self {
        self.with("HOTDEAL_CLOCK_STANDS_MS", "0")
    }
}

impl App {
    /// Kills the server, lets its database grow older by so many days, and starts it again once
    /// somebody has come: until then it would not be sure that the days have passed.
    pub(crate) async fn grow_older(&mut self, days: i64) {
        self.kill();
        self.database.grow_older(days).await;
        self.start_again();
        let now_ms = chrono::Utc::now().timestamp_millis();
        self.signed_up(&format!("somebody-{now_ms}")).await;
        self.kill();
        self.start_again();
    }
}

impl Database {
    /// Puts every time in the tables and in the journal back by this many days. The server is
    /// stopped meanwhile, or it would go on with what it knew.
    async fn grow_older(&self, days: i64) {
        let tables = self.open().await;
        for (table, column) in numbers(&tables, self.store).await {
            let (from, to, back) = (TIMES.start, TIMES.end, days * DAY_MS);
            let sql = format!(
                "UPDATE {table} SET {column} = {column} - {back} \
                 WHERE {column} >= {from} AND {column} < {to}"
            );
            tables.spoil(&sql).await;
        }
        let sql = "SELECT stream, sequence, facts FROM journal";
        for (stream, sequence, facts) in tables.rows::<(String, i64, String)>(sql).await {
            let older = put_back(&facts, days * DAY_MS).replace('\'', "''");
            let sql = format!(
                "UPDATE journal SET facts = '{older}' \
                 WHERE stream = '{stream}' AND sequence = {sequence}"
            );
            tables.spoil(&sql).await;
        }
        tables.close().await;
    }
}

/// The columns that hold numbers, with their tables.
async fn numbers(tables: &Tables, store: Store) -> Vec<(String, String)> {
    let sql = match store {
        Store::Sqlite => {
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND c.type = 'BIGINT'"
        }
        Store::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'bigint'"
        }
    };
    tables.rows(sql).await
}

/// The text with each time in it put back.
fn put_back(text: &str, by: i64) -> String {
    let mut older = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        older.push_str(before);
        match digits.parse::<i64>() {
            Ok(time) if TIMES.contains(&time) => older.push_str(&(time - by).to_string()),
            _ => older.push_str(digits),
        }
        rest = after;
    }
    older + rest
}
