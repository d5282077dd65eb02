//! The rows of one transaction, by the statements that write them.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::sync::Arc;

use foldhash::fast::{FixedState, RandomState};

use super::{Cell, Merge, Statement};

/// A statement with its rows, row after row.
#[derive(Debug)]
pub(crate) struct Bulk {
    pub(in crate::ledger) statement: &'static Statement,
    pub(in crate::ledger) cells: Vec<Cell>,
    /// Where a row with a key is, by the digest of that key, or by one of the next numbers where another
    /// key has the same. `None` where the row was taken out, so that the next number is looked at too.
    by_key: HashMap<u64, Option<usize>, RandomState>,
    /// Rows that were taken out. They go when the transaction has all its rows.
    gone: Vec<usize>,
}

impl Bulk {
    pub(in crate::ledger) fn new(statement: &'static Statement) -> Self {
        Self { statement, cells: Vec::new(), by_key: Default::default(), gone: Vec::new() }
    }

    /// Adds a row, or merges it with the one that has its key.
    pub(in crate::ledger) fn push<const N: usize>(&mut self, row: [Cell; N]) {
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
        let gone: HashSet<usize> = self.gone.drain(..).collect();
        let rows = (0..).zip(self.cells.chunks(self.statement.columns.len()));
        let kept = rows.filter(|(row, _)| !gone.contains(row)).flat_map(|(_, cells)| cells);
        self.cells = kept.cloned().collect();
        self.by_key.clear();
        self
    }

    pub(in crate::ledger) fn rows(&self) -> usize {
        self.cells.len() / self.statement.columns.len()
    }
}

/// The statements of all wings, in the order in which a transaction runs them.
#[derive(Debug)]
pub(crate) struct StatementOrder {
    places: HashMap<usize, usize, RandomState>,
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
    pub(in crate::ledger) fn new(order: Arc<StatementOrder>) -> Self {
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

    pub(in crate::ledger) fn into_bulks(self) -> impl Iterator<Item = Bulk> {
        self.bulks.into_iter().flatten().map(Bulk::compact)
    }
}
