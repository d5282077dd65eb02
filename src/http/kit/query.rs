//! Parameters of the query. Each is written down once, beside the handler that reads it, so that
//! the check and the description of the API agree.

use hotdeal_domain::{ID_MAX, UnixMillis};

use super::call::Call;
#[cfg(doc)]
use super::code::Code;
use super::problem::Problem;
use super::times;

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
}

/// What a parameter can be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text of this many characters at most.
    Text { max: usize },
    /// A whole number within bounds; `default` if it is absent.
    Whole { low: i64, high: i64, default: Option<i64> },
    /// A whole number from `-most` to `most`, but not zero.
    Change { most: i64 },
    /// One of the words of a list.
    Word(fn() -> Vec<&'static str>),
    /// Some of the words of a list, with commas between them.
    Words(fn() -> Vec<&'static str>),
    /// A time.
    Time,
    /// `true` or `false`; `false` where it is absent.
    Flag,
}

/// A parameter: a text, unless one of the methods below makes it something else.
pub(crate) const fn q(name: &'static str, required: bool, about: &'static str) -> Parameter {
    Parameter { name, required, about, kind: Kind::Text { max: usize::MAX } }
}

impl Parameter {
    /// A text of at most this many characters.
    pub(crate) const fn text(mut self, max: usize) -> Self {
        self.kind = Kind::Text { max };
        self
    }

    /// A whole number from `low` to `high`.
    pub(crate) const fn whole(mut self, low: i64, high: i64) -> Self {
        self.kind = Kind::Whole { low, high, default: None };
        self
    }

    /// The same, with a default.
    pub(crate) const fn or(mut self, value: i64) -> Self {
        if let Kind::Whole { low, high, .. } = self.kind {
            self.kind = Kind::Whole { low, high, default: Some(value) };
        }
        self
    }

    /// The same without a default.
    pub(crate) const fn without_default(mut self) -> Self {
        if let Kind::Whole { low, high, .. } = self.kind {
            self.kind = Kind::Whole { low, high, default: None };
        }
        self
    }

    /// A whole number from `-most` to `most`, but not zero.
    pub(crate) const fn change(mut self, most: i64) -> Self {
        self.kind = Kind::Change { most };
        self
    }

    /// An identifier.
    pub(crate) const fn id(self) -> Self {
        self.whole(1, ID_MAX)
    }

    /// One of these words.
    pub(crate) const fn word(mut self, words: fn() -> Vec<&'static str>) -> Self {
        self.kind = Kind::Word(words);
        self
    }

    /// Some of these words, with commas between them.
    pub(crate) const fn words(mut self, words: fn() -> Vec<&'static str>) -> Self {
        self.kind = Kind::Words(words);
        self
    }

    /// A time.
    pub(crate) const fn time(mut self) -> Self {
        self.kind = Kind::Time;
        self
    }

    /// `true` or `false`.
    pub(crate) const fn flag(mut self) -> Self {
        self.kind = Kind::Flag;
        self
    }
}

impl Call {
    /// A whole number of the query, within its bounds.
    ///
    /// # Errors
    /// [`Code::MissingValue`] or [`Code::InvalidValue`] naming it.
    pub(crate) fn number(&self, asked: &Parameter) -> Result<i64, Problem> {
        match asked.kind {
            Kind::Whole { low, high, default } => {
                self.query_number(asked.name, low..=high, default)
            }
            Kind::Change { most } => match self.query_number(asked.name, -most..=most, None)? {
                0 => Err(Problem::value(asked.name, "0일 수 없습니다", "not zero")),
                change => Ok(change),
            },
            Kind::Text { .. } | Kind::Word(_) | Kind::Words(_) | Kind::Time | Kind::Flag => {
                unreachable!("`{}` is no number", asked.name)
            }
        }
    }

    /// How many of something are wanted: a number that is never negative.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub(crate) fn count(&self, asked: &Parameter) -> Result<u64, Problem> {
        self.number(asked).map(i64::unsigned_abs)
    }

    /// An identifier of the query, if it is there.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub(crate) fn query_id<Id: TryFrom<i64>>(
        &self,
        asked: &Parameter,
    ) -> Result<Option<Id>, Problem> {
        if self.query(asked.name)?.is_none() {
            return Ok(None);
        }
        let id = Id::try_from(self.number(asked)?).ok();
        id.map(Some).ok_or_else(|| Problem::out_of_range(asked.name, 1, ID_MAX))
    }

    /// A text of the query within its length, if it is there.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming it.
    pub(crate) fn text(&self, asked: &Parameter) -> Result<Option<String>, Problem> {
        let Kind::Text { max } = asked.kind else { unreachable!("`{}` is no text", asked.name) };
        let text = self.query(asked.name)?;
        text.map(|text| super::member::text(asked.name, &text, 0, max)).transpose()
    }

    /// Some words of a list, each once; none where they are absent.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming it.
    pub(crate) fn words(&self, asked: &Parameter) -> Result<Vec<&'static str>, Problem> {
        let Kind::Words(known) = asked.kind else { unreachable!("`{}` is no list", asked.name) };
        let Some(text) = self.query(asked.name)? else { return Ok(Vec::new()) };
        let (known, mut words) = (known(), Vec::new());
        let text = super::member::text(asked.name, &text, 0, known.join(",").len())?;
        for word in text.split(',') {
            let found = known.iter().find(|one| **one == word).copied();
            let word = found.ok_or_else(|| Problem::not_among(asked.name, &known))?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(words)
    }

    /// A time of the query, if it is there; one without an offset is read in the server's zone.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming it.
    pub(crate) fn time(&self, asked: &Parameter) -> Result<Option<UnixMillis>, Problem> {
        let text = self.query(asked.name)?;
        text.map(|text| times::time(self.state.zone, asked.name, &text)).transpose()
    }

    /// Whether something is asked for.
    ///
    /// # Errors
    /// [`Code::InvalidValue`] naming it.
    pub(crate) fn flag(&self, asked: &Parameter) -> Result<bool, Problem> {
        match self.query(asked.name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                Err(Problem::value(asked.name, "true 또는 false여야 합니다", "true or false"))
            }
        }
    }
}
