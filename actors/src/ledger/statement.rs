//! Statements that write rows, said once for every database, and the rows of one transaction.
//!
//! A wing says which statements it has, in the order in which a transaction runs them
//! ([`statements!`]), and hands over rows. The ledger knows no table but its own.

mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use rows::Bulk;
pub(crate) use rows::{Rows, StatementOrder};
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
    /// No other statement of a transaction writes a row that this one changes.
    pub(super) is_apart: bool,
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
        let (tail, key, shortfall, is_apart) = (String::new(), 0, None, false);
        Self { form, table, head, tail, columns, key, shortfall, is_apart }
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

    /// The rows it changes were there before the transaction, and no other statement of that writes them:
    /// it may run beside those that write to the same table.
    pub(crate) fn apart(self) -> Self {
        Self { is_apart: true, ..self }
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
