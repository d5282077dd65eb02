//! Statements that write rows, said once for every database, and the rows of one transaction.
//!
//! A wing says which statements it has, in the order in which a transaction runs them
//! ([`statements!`]), and hands over rows. The ledger knows no table but its own.

#[cfg(test)]
mod tests;

use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::{FixedState, RandomState};
use sea_orm::{ColumnTrait, ColumnType, EntityName as _};

/// One value of one row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Cell {
    /// A number.
    Int(i64),
    /// A text that others share.
    Text(Arc<str>),
    /// A text of the program.
    Static(&'static str),
    /// Nothing.
    Null,
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&'static str> for Cell {
    fn from(text: &'static str) -> Self {
        Self::Static(text)
    }
}

impl From<Arc<str>> for Cell {
    fn from(text: Arc<str>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Numbers.
    Int,
    /// Texts.
    Text,
}

/// What becomes of two values of a column, where two rows of a transaction have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// The first stays, also where the table has one.
    First,
    /// The last stays.
    Last,
    /// The larger stays; it takes the place of what the table has.
    Max,
    /// They are added up, and the sum is added to what the table has.
    Sum,
}

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// They are new.
    Insert,
    /// Each becomes as many new ones as its last column has numbers, in a text with commas: a
    /// hundred thousand rows that differ in one number are a few parameters.
    Spread,
    /// They change others, as `v(column1, column2, ..)`.
    Update,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) kind: Kind,
    merge: Merge,
}

/// A statement without its rows.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(super) form: Form,
    /// The table it writes to.
    pub(super) table: &'static str,
    pub(super) head: String,
    pub(super) tail: String,
    pub(super) columns: Vec<Column>,
    /// So many columns, from the first on, find a row. Rows of one transaction with the same values in
    /// them become one.
    key: usize,
    /// What it means when it changes fewer rows than it is given; `None` when that may be.
    pub(super) shortfall: Option<Shortfall>,
}

/// Why a statement changed fewer rows than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shortfall {
    /// Somebody else owns a stream now.
    Stale,
}

fn table_of<C: ColumnTrait>() -> &'static str {
    C::EntityName::default().table_name()
}

/// A column as its entity tells it. What is neither a number nor a text has no place in a row.
fn column<C: ColumnTrait>(column: &C, merge: Merge) -> Column {
    let kind = match column.def().get_column_type() {
        ColumnType::Integer | ColumnType::BigInteger => Kind::Int,
        ColumnType::String(_) | ColumnType::Text => Kind::Text,
        other => panic!("column {} is a {other:?}", column.as_str()),
    };
    Column { kind, merge }
}

fn names<C: ColumnTrait>(columns: &[C]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
    names.join(", ")
}

impl Statement {
    fn new(form: Form, table: &'static str, head: String, columns: Vec<Column>) -> Self {
        Self { form, table, head, tail: String::new(), columns, key: 0, shortfall: None }
    }

    /// New rows with these columns.
    pub(crate) fn insert<C: ColumnTrait>(columns: &[C]) -> Self {
        let table = table_of::<C>();
        let head = format!("INSERT INTO {table} ({})", names(columns));
        let columns = columns.iter().map(|one| column(one, Merge::Last)).collect();
        Self::new(Form::Insert, table, head, columns)
    }

    /// New rows that differ in the last of these columns alone: it is given as a text of numbers with
    /// commas between them, and each number becomes a row.
    pub(crate) fn spread<C: ColumnTrait>(columns: &[C]) -> Self {
        let mut statement = Self { form: Form::Spread, ..Self::insert(columns) };
        if let Some(list) = statement.columns.last_mut() {
            list.kind = Kind::Text;
        }
        statement
    }

    /// Of new rows, one that is there already gets the other columns of the new one. Also within a
    /// transaction the last one stays. `key` are the first columns of the new rows.
    pub(crate) fn or_replace<C: ColumnTrait>(mut self, key: &[C], others: &[C]) -> Self {
        let begins = format!("INSERT INTO {} ({}", self.table, names(key));
        assert!(self.head.starts_with(&begins), "{} is not {begins}", self.head);
        let set: Vec<String> =
            others.iter().map(|column| format!("{0} = excluded.{0}", column.as_str())).collect();
        self.tail = format!("ON CONFLICT ({}) DO UPDATE SET {}", names(key), set.join(", "));
        self.keyed(key.len())
    }

    /// Of new rows, one that is there already stays as it is.
    pub(crate) fn or_leave<C: ColumnTrait>(mut self, key: &[C]) -> Self {
        self.tail = format!("ON CONFLICT ({}) DO NOTHING", names(key));
        self
    }

    /// Changes of the row that `key` finds: what is given for the other columns is merged with what is
    /// there.
    pub(crate) fn update<C: ColumnTrait>(key: &[C], changes: &[(Merge, C)]) -> Self {
        let table = table_of::<C>();
        let found = (1..)
            .zip(key)
            .map(|(number, column)| format!("{table}.{} = v.column{number}", column.as_str()));
        let set = (key.len() + 1..).zip(changes).map(|(number, (merge, column))| {
            let (name, new) = (column.as_str(), format!("v.column{number}"));
            match merge {
                Merge::Last | Merge::Max => format!("{name} = {new}"),
                Merge::Sum => format!("{name} = {table}.{name} + {new}"),
                Merge::First => format!("{name} = COALESCE({table}.{name}, {new})"),
            }
        });
        let head = format!("UPDATE {table} SET {}", set.collect::<Vec<_>>().join(", "));
        let tail = format!("WHERE {}", found.collect::<Vec<_>>().join(" AND "));
        let keys = key.iter().map(|one| column(one, Merge::First));
        let changes = changes.iter().map(|(merge, one)| column(one, *merge));
        let statement = Self::new(Form::Update, table, head, keys.chain(changes).collect());
        Self { tail, ..statement }.keyed(key.len())
    }

    /// Any other change: a statement with `FROM v(column1, column2, ..)` between its head and its tail.
    /// `table` is the one it writes to, which `head` names.
    pub(crate) fn change(table: &'static str, head: &str, tail: &str, columns: &[Kind]) -> Self {
        let named = head.split(' ').nth(if head.starts_with("UPDATE") { 1 } else { 2 });
        assert_eq!(named, Some(table), "{head}");
        let columns = columns.iter().map(|kind| Column { kind: *kind, merge: Merge::Last });
        let statement = Self::new(Form::Update, table, head.to_owned(), columns.collect());
        Self { tail: tail.to_owned(), ..statement }
    }

    /// Rows of one transaction whose first columns, so many, are the same become one.
    pub(crate) fn keyed(self, columns: usize) -> Self {
        Self { key: columns, ..self }
    }

    /// It has to change as many rows as it is given.
    pub(super) fn never_short(self, shortfall: Shortfall) -> Self {
        Self { shortfall: Some(shortfall), ..self }
    }

    /// The columns of a [`Form::Spread`] that its new rows have in common, and the one they do not.
    pub(super) fn spread_columns(&self) -> (String, String) {
        let last = self.columns.len();
        let same: Vec<String> = (1..last).map(|column| format!("v.column{column}")).collect();
        (same.join(", "), format!("v.column{last}"))
    }

    /// What it is known by: there is one of each.
    pub(super) fn address(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// Says the statements of a wing, in the order in which a transaction runs them, and lists them as
/// `statements()`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $statement:expr;)*) => {
        $(
            $(#[$doc])*
            static $name: std::sync::LazyLock<$crate::ledger::Statement> =
                std::sync::LazyLock::new(|| $statement);
        )*

        /// The statements, in the order in which a transaction runs them.
        pub(crate) fn statements() -> Vec<&'static $crate::ledger::Statement> {
            vec![$(&*$name),*]
        }
    };
}
pub(crate) use statements;

/// A statement with its rows, row after row.
#[derive(Debug)]
pub(crate) struct Bulk {
    pub(super) statement: &'static Statement,
    pub(super) cells: Vec<Cell>,
    /// Where a row with a key is, by the digest of that key, or by one of the next numbers where another
    /// key has the same. `None` where the row was taken out, so that the next number is looked at too.
    by_key: std::collections::HashMap<u64, Option<usize>, RandomState>,
    /// Rows that were taken out. They go when the transaction has all its rows.
    gone: Vec<usize>,
}

impl Bulk {
    pub(super) fn new(statement: &'static Statement) -> Self {
        Self { statement, cells: Vec::new(), by_key: Default::default(), gone: Vec::new() }
    }

    /// Adds a row, or merges it with the one that has its key.
    pub(super) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.statement.columns.len(), "{}", self.statement.head);
        if self.statement.key == 0 {
            self.cells.extend(row);
            return;
        }
        match self.find(&row[..self.statement.key]) {
            Ok((_, place)) => self.merge(place, row),
            Err(free) => {
                self.by_key.insert(free, Some(self.rows()));
                self.cells.extend(row);
            }
        }
    }

    /// The row with this key, and under which number it is noted; or the number that is free for it.
    fn find(&self, key: &[Cell]) -> Result<(u64, usize), u64> {
        let mut number = FixedState::default().hash_one(key);
        let mut free = None;
        while let Some(noted) = self.by_key.get(&number) {
            match noted {
                Some(row) if self.row(*row)[..key.len()] == *key => return Ok((number, *row)),
                Some(_) => {}
                None => free = free.or(Some(number)),
            }
            number = number.wrapping_add(1);
        }
        Err(free.unwrap_or(number))
    }

    fn row(&self, row: usize) -> &[Cell] {
        let width = self.statement.columns.len();
        &self.cells[row * width..(row + 1) * width]
    }

    fn merge<const N: usize>(&mut self, place: usize, row: [Cell; N]) {
        let earlier = &mut self.cells[place * N..(place + 1) * N];
        for ((earlier, new), column) in earlier.iter_mut().zip(row).zip(&self.statement.columns) {
            match (column.merge, &mut *earlier, new) {
                (Merge::Sum, Cell::Int(sum), Cell::Int(new)) => *sum += new,
                (Merge::Max, Cell::Int(largest), Cell::Int(new)) => *largest = new.max(*largest),
                (Merge::First, earlier, new) if *earlier == Cell::Null => *earlier = new,
                (Merge::First, ..) => {}
                (_, earlier, new) => *earlier = new,
            }
        }
    }

    /// Takes out the row with this key; answers whether there was one.
    fn remove(&mut self, key: &[Cell]) -> bool {
        debug_assert_eq!(key.len(), self.statement.key, "{}", self.statement.head);
        let Ok((number, row)) = self.find(key) else { return false };
        self.by_key.insert(number, None);
        self.gone.push(row);
        true
    }

    /// Takes out the rows that `is_one` finds.
    fn remove_all(&mut self, is_one: impl Fn(&[Cell]) -> bool) {
        let found = (0..self.rows()).filter(|row| is_one(self.row(*row)));
        for row in found.collect::<Vec<_>>() {
            let key = self.row(row)[..self.statement.key].to_vec();
            self.remove(&key);
        }
    }

    /// Without the rows that were taken out.
    fn compact(mut self) -> Self {
        if self.gone.is_empty() {
            return self;
        }
        let gone: std::collections::HashSet<usize> = self.gone.drain(..).collect();
        let rows = (0..).zip(self.cells.chunks(self.statement.columns.len()));
        let kept = rows.filter(|(row, _)| !gone.contains(row)).flat_map(|(_, cells)| cells);
        self.cells = kept.cloned().collect();
        self.by_key.clear();
        self
    }

    pub(super) fn rows(&self) -> usize {
        self.cells.len() / self.statement.columns.len()
    }
}

/// The statements of all wings, in the order in which a transaction runs them.
#[derive(Debug)]
pub(crate) struct StatementOrder {
    places: std::collections::HashMap<usize, usize, RandomState>,
}

impl StatementOrder {
    /// In the order of the list; the ledger's own come last.
    pub(crate) fn new(statements: impl IntoIterator<Item = &'static Statement>) -> Arc<Self> {
        let own = [&*crate::ledger::tables::MARKS];
        let all = statements.into_iter().chain(own);
        let places = (0..).zip(all).map(|(place, one)| (one.address(), place)).collect();
        Arc::new(Self { places })
    }
}

/// The rows of one transaction, by the statements that write them.
pub(crate) struct Rows {
    order: Arc<StatementOrder>,
    bulks: Vec<Option<Bulk>>,
}

impl Rows {
    pub(super) fn new(order: Arc<StatementOrder>) -> Self {
        let bulks = order.places.iter().map(|_| None).collect();
        Self { order, bulks }
    }

    /// One more row. Where the statement has a key, and a row with the same one is there, they are
    /// merged.
    pub(crate) fn push<const N: usize>(&mut self, statement: &'static Statement, row: [Cell; N]) {
        self.bulk(statement).push(row);
    }

    /// Takes out the row with this key; answers whether there was one.
    pub(crate) fn remove(&mut self, statement: &'static Statement, key: &[Cell]) -> bool {
        self.bulk(statement).remove(key)
    }

    /// Takes out the rows that `is_one` finds. It looks at each row of the statement.
    pub(crate) fn remove_all(
        &mut self,
        statement: &'static Statement,
        is_one: impl Fn(&[Cell]) -> bool,
    ) {
        self.bulk(statement).remove_all(is_one);
    }

    fn bulk(&mut self, statement: &'static Statement) -> &mut Bulk {
        let place = self.order.places.get(&statement.address());
        let place = *place.expect("every wing lists its statements, and the mall every wing");
        self.bulks[place].get_or_insert_with(|| Bulk::new(statement))
    }

    pub(super) fn into_bulks(self) -> impl Iterator<Item = Bulk> {
        self.bulks.into_iter().flatten().map(Bulk::compact)
    }
}
