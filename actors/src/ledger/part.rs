//! A fact on its way into its stream, with the rows it writes and those who hear of it.

use std::any::Any;
use std::sync::Arc;

use hotdeal_domain::Stream;

use super::Activation;
use super::statement::Rows;

/// The rows that the facts of a stream write. Said once for each kind of stream, by whoever owns it.
pub(crate) trait FactRows: Stream {
    /// What rows need and the journal must not tell: personal data and secrets, and what it has told
    /// before.
    type Private: Send + Sync + 'static;

    /// Rows a fact will write, its share of the journal aside: for the choice of the batch.
    fn count(fact: &Self::Fact) -> usize;

    /// Hands over the rows of a fact, which has this sequence in its stream.
    fn write(fact: Decided<'_, Self>, rows: &mut Rows);
}

/// A fact whose rows are to be written.
pub(crate) struct Decided<'a, S: FactRows + ?Sized> {
    /// What finds its stream.
    pub(crate) key: S::Key,
    /// Its number in the stream.
    pub(crate) sequence: i64,
    /// What happened.
    pub(crate) fact: &'a S::Fact,
    /// What came along with it.
    pub(crate) private: Option<&'a S::Private>,
}

/// What is known of a fact that was handed to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is durable.
    Durable,
    /// It is perhaps durable, or will be.
    Perhaps,
}

/// Who hears of the facts of an activation once something is known of them. Called on the ledger's
/// thread, before the answers leave: it does no more than note them.
pub(super) struct Listener<S: Stream>(pub(super) Hearing<S>);

type Hearing<S> = Box<dyn Fn(&<S as Stream>::Fact, Known) + Send + Sync>;

/// A fact on its way into its stream; [`Owned::part`](super::Owned::part) makes it.
pub(crate) struct Part {
    /// The activation that decided it.
    pub(super) activation: Arc<Activation>,
    content: Box<dyn Content>,
}

impl Part {
    pub(super) fn new<S: FactRows>(
        activation: Arc<Activation>,
        key: S::Key,
        fact: S::Fact,
        private: Option<S::Private>,
    ) -> Self {
        let content = Box::new(Typed::<S> { key, fact, private: private.map(Box::new) });
        Self { activation, content }
    }

    /// Rows it will write.
    pub(super) fn rows(&self) -> usize {
        self.content.count()
    }

    /// Appends the fact as JSON.
    pub(super) fn spell(&self, text: &mut Vec<u8>) {
        self.content.spell(text);
    }

    /// Hands over its rows.
    pub(super) fn write(&self, sequence: i64, rows: &mut Rows) {
        self.content.write(sequence, rows);
    }

    /// Something is known of it: lets whoever listens hear.
    pub(super) fn tell(&self, known: Known) {
        if let Some(listener) = self.activation.listener.get() {
            self.content.tell(&**listener, known);
        }
    }
}

/// A fact whatever its stream is.
trait Content: Send {
    fn count(&self) -> usize;
    fn spell(&self, text: &mut Vec<u8>);
    fn write(&self, sequence: i64, rows: &mut Rows);
    fn tell(&self, listener: &(dyn Any + Send + Sync), known: Known);
}

struct Typed<S: FactRows> {
    key: S::Key,
    fact: S::Fact,
    /// Few facts have any.
    private: Option<Box<S::Private>>,
}

impl<S: FactRows> Content for Typed<S> {
    fn count(&self) -> usize {
        S::count(&self.fact)
    }

    fn spell(&self, text: &mut Vec<u8>) {
        serde_json::to_writer(text, &self.fact)
            .expect("facts are plain data, and a vector takes every byte");
    }

    fn write(&self, sequence: i64, rows: &mut Rows) {
        let Self { key, fact, private } = self;
        S::write(Decided { key: *key, sequence, fact, private: private.as_deref() }, rows);
    }

    fn tell(&self, listener: &(dyn Any + Send + Sync), known: Known) {
        if let Some(Listener(hears)) = listener.downcast_ref::<Listener<S>>() {
            hears(&self.fact, known);
        }
    }
}
