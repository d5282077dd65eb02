//! Identifiers in blocks from the database (hi/lo): an actor can name an order before it is
//! written, and no two nodes give the same number.

use parking_lot::Mutex;
use tokio::sync::Mutex as TurnMutex;

use crate::error::RequestError;
use crate::ledger::Ledger;

/// Numbers reserved at a time: a second's worth at a busy hour, and what a restart may skip.
const BLOCK: i64 = 50_000;

/// Gives numbers nobody else gets.
pub(crate) struct Ids {
    ledger: Ledger,
    block: Mutex<Block>,
    /// One caller fetches the next block while the others wait for it.
    fetching: TurnMutex<()>,
}

#[derive(Default)]
struct Block {
    next: i64,
    end: i64,
}

impl Ids {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, block: Mutex::default(), fetching: TurnMutex::new(()) }
    }

    /// The next number.
    ///
    /// # Errors
    /// When a block is needed and the database does not give one.
    pub(crate) async fn next<T: TryFrom<i64>>(&self) -> Result<T, RequestError> {
        let number = match self.take() {
            Some(number) => number,
            None => self.fetch().await?,
        };
        T::try_from(number).map_err(|_| RequestError::Unavailable("identifiers are used up"))
    }

    fn take(&self) -> Option<i64> {
        let mut block = self.block.lock();
        (block.next < block.end).then(|| {
            block.next += 1;
            block.next - 1
        })
    }

    async fn fetch(&self) -> Result<i64, RequestError> {
        let _turn = self.fetching.lock().await;
        if let Some(number) = self.take() {
            return Ok(number); // Somebody else's fetch has served us.
        }
        let first = self.ledger.reserve(BLOCK).await?;
        *self.block.lock() = Block { next: first + 1, end: first + BLOCK };
        Ok(first)
    }
}
