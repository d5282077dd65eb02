//! The journal, read from its first row to its last, against the streams it is of.

use std::collections::HashMap;

use hotdeal_domain::StreamId;
use hotdeal_entities::streams;
use sea_orm::{QueryResult, QuerySelect as _};

use super::Fold;
use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// Rows of one read: each holds as many facts as a transaction had of a stream.
const ROWS_A_READ: i64 = 1_000;

/// A stream as its table has it.
struct KnownStream {
    epoch: i64,
    last_sequence: i64,
}

/// One row of the journal.
struct Row {
    stream: String,
    sequence: i64,
    first_sequence: i64,
    epoch: i64,
    facts: String,
}

fn row(row: &QueryResult) -> Result<Row, RequestError> {
    Ok(Row {
        stream: row.try_get_by_index(0)?,
        sequence: row.try_get_by_index(1)?,
        first_sequence: row.try_get_by_index(2)?,
        epoch: row.try_get_by_index(3)?,
        facts: row.try_get_by_index(4)?,
    })
}

/// The stream that is being read.
#[derive(Default)]
struct Reading {
    name: String,
    id: Option<StreamId>,
    known: Option<KnownStream>,
    last: i64,
    epoch: i64,
}

pub(super) async fn fold(storage: &Storage, report: &mut Report) -> Result<Fold, RequestError> {
    let mut known = known(storage).await?;
    report.streams = u64::try_from(known.len()).unwrap_or(u64::MAX);
    let mut fold = Fold::default();
    let mut reading = Reading::default();
    let sql = "SELECT stream, sequence, first_sequence, epoch, facts FROM journal \
         WHERE (stream, sequence) > ($1, $2) ORDER BY stream, sequence LIMIT $3";
    loop {
        let after = [reading.name.clone().into(), reading.last.into(), ROWS_A_READ.into()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            break;
        }
        for found in &rows {
            let row = row(found)?;
            if row.stream != reading.name {
                reading.end(report);
                reading = Reading::begin(&row.stream, known.remove(&row.stream), report);
            }
            reading.take(&row, &mut fold, report);
        }
    }
    reading.end(report);
    let log = known.remove(&StreamId::Keys.to_string());
    fold.answers = log.map_or(0, |log| log.last_sequence);
    for (name, stream) in known {
        report.expect_equal(&format!("LG-1 last sequence of {name}"), 0, stream.last_sequence);
    }
    Ok(fold)
}

async fn known(storage: &Storage) -> Result<HashMap<String, KnownStream>, RequestError> {
    let read = async |last: String| {
        let page = pages::after::<streams::Entity>(streams::Column::Stream, last);
        let columns =
            [streams::Column::Stream, streams::Column::Epoch, streams::Column::LastSequence];
        let page = page.select_only().columns(columns);
        Ok(page.into_tuple::<(String, i64, i64)>().all(&storage.db).await?)
    };
    let mut known = HashMap::new();
    let keep = async |rows: Vec<(String, i64, i64)>, _, _| {
        for (stream, epoch, last_sequence) in rows {
            known.insert(stream, KnownStream { epoch, last_sequence });
        }
        Ok(())
    };
    pages::each(String::new(), read, |(stream, ..)| stream.clone(), keep).await?;
    Ok(known)
}

impl Reading {
    fn begin(name: &str, known: Option<KnownStream>, report: &mut Report) -> Self {
        if known.is_none() {
            report.differs(|| format!("LG-1 {name} stands in the journal and is no stream"));
        }
        let id = name.parse().ok();
        if id.is_none() {
            report.differs(|| format!("{name} is the name of no stream"));
        }
        Self { name: name.to_owned(), id, known, last: 0, epoch: 0 }
    }

    fn take(&mut self, row: &Row, fold: &mut Fold, report: &mut Report) {
        let (name, last) = (&self.name, self.last);
        let what = format!("LG-1 sequence after {last} of {name}");
        report.expect_equal(&what, row.first_sequence, last + 1);
        if row.epoch < self.epoch {
            let (from, to) = (self.epoch, row.epoch);
            report.differs(|| format!("LG-1 epoch of {name} falls from {from} to {to}"));
        }
        (self.last, self.epoch) = (row.sequence, row.epoch);
        let Some(id) = self.id else { return };
        let mut text = serde_json::Deserializer::from_str(&row.facts);
        let facts = match id.read_facts(&mut text).and_then(|facts| text.end().map(|()| facts)) {
            Ok(facts) => facts,
            Err(error) => {
                return report.differs(|| {
                    format!("{} {}: cannot be read: {error}", row.stream, row.sequence)
                });
            }
        };
        let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
        let expected = row.sequence - row.first_sequence + 1;
        let what = format!("facts in {} up to {}", row.stream, row.sequence);
        report.expect_equal(&what, count, expected);
        for fact in &facts {
            report.facts += 1;
            fold.apply(fact);
        }
    }

    fn end(&self, report: &mut Report) {
        let Some(known) = &self.known else { return };
        let what = format!("LG-1 last sequence of {}", self.name);
        report.expect_equal(&what, self.last, known.last_sequence);
        if known.epoch < self.epoch {
            let (name, journal, table) = (&self.name, self.epoch, known.epoch);
            report.differs(|| {
                format!(
                    "LG-1 epoch of {name}: the journal has come to {journal}, the table to {table}"
                )
            });
        }
    }
}
