//! What the ledger asks of a database: a transaction of bulk statements on a connection of its
//! own. The statements are the same everywhere; how their rows are bound is each database's
//! fastest form, in `sqlite` and `postgres`.

use hotdeal_domain::StreamId;

use super::outlived::Outlived;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
pub(super) use super::statement::{
    Bulk, Cell, Kind, Shortfall, Template, Verb, spread_columns, template,
};
use super::steps::Stand;
pub(super) use super::store_error::StoreError;
use super::url::StoreUrl;
use super::{account_tables, notice_tables};

use Kind::{Int, Text};
use Verb::{Insert, Spread, Update};

pub(super) static FOUNDING: Template =
    template(Insert, "INSERT INTO streams (stream, epoch, last_sequence)", "", &[Text, Int, Int]);
pub(super) static JOURNAL: Template = template(
    Insert,
    "INSERT INTO journal (stream, sequence, first_sequence, epoch, recorded_at, facts)",
    "",
    &[Text, Int, Int, Int, Int, Text],
);
/// Changes as many rows as it is given, or somebody else owns a stream now.
pub(super) static FENCE: Template = Template {
    verb: Update,
    head: "UPDATE streams SET last_sequence = v.column4",
    tail: "WHERE streams.stream = v.column1 AND streams.epoch = v.column2 \
           AND streams.last_sequence = v.column3",
    columns: &[Text, Int, Int, Int],
    shortfall: Some(Shortfall::Stale),
};
/// Answers under keys, at the end of their log. The fence of [`StreamId::Keys`] is their judge.
pub(super) static KEYS: Template = template(
    Insert,
    "INSERT INTO answers (number, principal, mark, fingerprint_high, fingerprint_low, order_id, \
     answer, recorded_at)",
    "",
    &[Int, Int, Int, Int, Int, Int, Text, Int],
);
/// Where they are.
pub(super) static MARKS: Template =
    template(Insert, "INSERT INTO answer_marks (run, mark, number)", "", &[Int, Int, Int]);
/// A counter that many facts touch is written once a transaction, as their sum.
pub(super) static STOCK_DELTAS: Template = template(
    Update,
    "UPDATE stocks SET on_hand = stocks.on_hand + v.column2, sold = stocks.sold + v.column3, \
     updated_at = v.column4, orders = stocks.orders + v.column5, \
     value_billions = stocks.value_billions + v.column6, \
     value_rest = stocks.value_rest + v.column7",
    "WHERE stocks.product_id = v.column1",
    &[Int, Int, Int, Int, Int, Int, Int],
);
/// The same for what went at the price of a deal.
pub(super) static DEAL_SALES: Template = template(
    Update,
    "UPDATE deals SET sold = deals.sold + v.column2, sold_lines = deals.sold_lines + v.column3",
    "WHERE deals.id = v.column1",
    &[Int, Int, Int],
);
/// And by product.
pub(super) static DEAL_ITEM_SALES: Template = template(
    Update,
    "UPDATE deal_items SET sold = deal_items.sold + v.column4",
    "WHERE deal_items.deal_id = v.column1 AND deal_items.shop_id = v.column2 \
     AND deal_items.product_id = v.column3",
    &[Int, Int, Int, Int],
);

/// The template of a step: the tables of facts, those of accounts and their sessions, then those
/// of notices.
pub(super) fn step(step: usize) -> &'static Template {
    if let Some(of_notices) = step.checked_sub(notice_tables::FIRST) {
        return &notice_tables::TABLES[of_notices];
    }
    match step.checked_sub(account_tables::FIRST) {
        Some(of_accounts) => &account_tables::TABLES[of_accounts],
        None => &TABLES[step],
    }
}

pub(super) const CREDENTIALS: usize = 0;
pub(super) const PROFILES: usize = 1;
pub(super) const SHOPS: usize = 2;
pub(super) const PRODUCTS: usize = 3;
pub(super) const STOCKS: usize = 4;
pub(super) const ORDERS: usize = 5;
pub(super) const ORDER_LINES: usize = 6;
pub(super) const CANCELLATIONS: usize = 7;
pub(super) const COUPON_BATCHES: usize = 8;
pub(super) const COUPONS: usize = 9;
pub(super) const BATCH_PREPARED: usize = 10;
pub(super) const BATCH_STATUS: usize = 11;
pub(super) const COUPON_ISSUES: usize = 12;
pub(super) const DEALS: usize = 13;
pub(super) const DEAL_ITEMS: usize = 14;
pub(super) const DEAL_STATES: usize = 15;

/// The tables of facts, in the order in which a transaction writes them.
pub(super) static TABLES: [Template; 16] = [
    template(
        Insert,
        "INSERT INTO credentials (user_id, email, password_phc, role, created_at)",
        "",
        &[Int, Text, Text, Text, Int],
    ),
    template(Insert, "INSERT INTO profiles (user_id, name, created_at)", "", &[Int, Text, Int]),
    template(
        Insert,
        "INSERT INTO shops (id, owner_id, name, currency, opened_at)",
        "",
        &[Int, Int, Text, Text, Int],
    ),
    template(
        Insert,
        "INSERT INTO products (id, shop_id, name, description, price, image_url, category, \
         created_at)",
        "",
        &[Int, Int, Text, Text, Int, Text, Text, Int],
    ),
    template(
        Insert,
        "INSERT INTO stocks (product_id, shop_id, on_hand, held, sold)",
        "",
        &[Int, Int, Int, Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO orders (id, user_id, home_shop_id, status, total, currency, ordered_at)",
        "",
        &[Int, Int, Int, Text, Int, Text, Int],
    ),
    template(
        Insert,
        "INSERT INTO order_lines (order_id, line, product_id, shop_id, name, quantity, \
         unit_price, deal_id)",
        "",
        &[Int, Int, Int, Int, Text, Int, Int, Int],
    ),
    template(
        Update,
        "UPDATE orders SET status = 'ORDER_CANCELLED', cancelled_at = v.column2",
        "WHERE orders.id = v.column1",
        &[Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO coupon_batches (id, event_id, shop_id, created_by, fingerprint, terms, \
         currency, seed, code_key, status, total, prepared, created_at)",
        "",
        &[Int, Int, Int, Int, Text, Text, Text, Text, Text, Text, Int, Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO coupons (event_id, ordinal, code, policy)",
        "",
        &[Int, Int, Text, Int],
    ),
    template(
        Update,
        "UPDATE coupon_batches SET prepared = coupon_batches.prepared + v.column2",
        "WHERE coupon_batches.event_id = v.column1",
        &[Int, Int],
    ),
    template(
        Update,
        "UPDATE coupon_batches SET status = v.column2",
        "WHERE coupon_batches.event_id = v.column1",
        &[Int, Text],
    ),
    template(
        Insert,
        "INSERT INTO coupon_issues (event_id, ordinal, user_id, issued_at)",
        "",
        &[Int, Int, Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO deals (id, discount_type, discount, currency, starts_at, ends_at, quota, \
         person_limit, state, products, opened_by, opened_at)",
        "",
        &[Int, Text, Int, Text, Int, Int, Int, Int, Text, Int, Int, Int],
    ),
    template(
        Spread,
        "INSERT INTO deal_items (deal_id, shop_id, product_id)",
        "",
        &[Int, Int, Text],
    ),
    template(
        Update,
        "UPDATE deals SET state = v.column2",
        "WHERE deals.id = v.column1",
        &[Int, Text],
    ),
];

/// The ledger's own connection.
pub(super) enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    pub(super) fn new(url: &StoreUrl) -> Self {
        match url {
            StoreUrl::Sqlite(url) => Self::Sqlite(Sqlite::new(url.clone())),
            StoreUrl::Postgres(url) => Self::Postgres(Postgres::new(url.clone())),
        }
    }

    /// Writes all statements as one transaction, in as few calls as the database allows.
    ///
    /// # Errors
    /// [`StoreError::Lost`] when perhaps all of it is written; otherwise nothing is.
    pub(super) async fn write(&mut self, bulks: &[&Bulk]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.write(bulks),
            Self::Postgres(store) => store.write(bulks).await,
        }
    }

    /// Begins a transaction, connecting first where there is no connection.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.begin(),
            Self::Postgres(store) => store.begin().await,
        }
    }

    /// Makes the transaction durable. [`StoreError::Lost`] when the answer did not come.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.commit(),
            Self::Postgres(store) => store.commit().await,
        }
    }

    /// Gives the transaction up; the connection is dropped where even that fails.
    pub(super) async fn rollback(&mut self) {
        match self {
            Self::Sqlite(store) => store.rollback(),
            Self::Postgres(store) => store.rollback().await,
        }
    }

    /// Folds the log of a database that leaves that to the one who writes, where it is time to.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    pub(super) fn fold_when_due(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.fold_when_due(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Makes the log of such a database short.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when the disk did not take it.
    pub(super) fn cut_log(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.cut_log(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Raises the epoch of a stream, making its row if there is none; answers the epoch and how far
    /// the stream has come.
    pub(super) async fn raise_epoch(
        &mut self,
        stream: StreamId,
    ) -> Result<(i64, Stand), StoreError> {
        let name = stream.to_string();
        let (epoch, last_sequence, recorded_at) = match self {
            Self::Sqlite(store) => store.raise_epoch(&name)?,
            Self::Postgres(store) => store.raise_epoch(&name).await?,
        };
        Ok((epoch, Stand { last_sequence, recorded_at }))
    }

    /// The epoch of a stream as the database has it now; `None` when it has no row.
    pub(super) async fn epoch(&mut self, stream: StreamId) -> Result<Option<i64>, StoreError> {
        let name = stream.to_string();
        match self {
            Self::Sqlite(store) => store.epoch(&name),
            Self::Postgres(store) => store.epoch(&name).await,
        }
    }

    /// Reserves `count` identifiers; answers the first.
    pub(super) async fn reserve(&mut self, count: i64) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(store) => store.reserve(count),
            Self::Postgres(store) => store.reserve(count).await,
        }
    }

    /// Deletes a portion of what need not be kept after this time; answers how many rows.
    pub(super) async fn purge(&mut self, what: Outlived, before: i64) -> Result<u64, StoreError> {
        self.find_by_index().await?;
        let delete = what.delete();
        let sql = match self {
            Self::Sqlite(_) => delete.on_sqlite,
            Self::Postgres(_) => delete.on_postgres,
        };
        Ok(self.change(sql, &[before]).await?.unsigned_abs())
    }

    /// Has rows that a statement chooses itself found by an index, until the transaction ends.
    pub(super) async fn find_by_index(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(store) => store.find_by_index().await,
        }
    }

    /// Runs one statement that is given numbers; answers how many rows it changed.
    pub(super) async fn change(
        &mut self,
        sql: &'static str,
        numbers: &[i64],
    ) -> Result<i64, StoreError> {
        let rows = match self {
            Self::Sqlite(store) => store.change(sql, numbers)?,
            Self::Postgres(store) => store.change(sql, numbers).await?,
        };
        Ok(i64::try_from(rows).unwrap_or(i64::MAX))
    }
}

/// Shared by both databases, which differ only in how a parameter is written.
pub(super) const RAISE_EPOCH: &str = "INSERT INTO streams (stream, epoch, last_sequence) \
     VALUES ($1, 1, 0) ON CONFLICT (stream) DO UPDATE SET epoch = streams.epoch + 1 \
     RETURNING epoch, last_sequence, COALESCE((SELECT j.recorded_at FROM journal j \
     WHERE j.stream = streams.stream AND j.sequence = streams.last_sequence), 0)";
pub(super) const EPOCH: &str = "SELECT epoch FROM streams WHERE stream = $1";
pub(super) const RESERVE: &str = "INSERT INTO id_blocks (name, next) VALUES ('ids', 1 + $1) \
     ON CONFLICT (name) DO UPDATE SET next = id_blocks.next + $1 RETURNING next - $1";
