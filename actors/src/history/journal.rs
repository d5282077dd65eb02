//! The journal of one stream, read at any place.

use hotdeal_domain::{Fact, StreamId, UnixMillis};
use sea_orm::QueryResult;

use super::Recorded;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

/// Facts asked for in one read. Each row has those of one transaction.
const FACTS_A_READ: i64 = 8_192;

/// The facts that one transaction wrote of a stream.
pub(super) struct Segment {
    pub(super) first_sequence: i64,
    pub(super) sequence: i64,
    pub(super) recorded_at: UnixMillis,
    pub(super) facts: Vec<Fact>,
}

/// The journal of a stream.
pub(super) struct Journal {
    pub(super) storage: Storage,
    stream: StreamId,
    name: String,
}

impl Journal {
    pub(super) fn of(storage: Storage, stream: StreamId) -> Self {
        Self { storage, stream, name: stream.to_string() }
    }

    /// The first fact and the last; `None` where there is none.
    pub(super) async fn ends(&self) -> Result<Option<(Recorded, Recorded)>, RequestError> {
        let first = "SELECT first_sequence, recorded_at FROM journal WHERE stream = $1 \
             ORDER BY sequence LIMIT 1";
        let last = "SELECT sequence, recorded_at FROM journal WHERE stream = $1 \
             ORDER BY sequence DESC LIMIT 1";
        let first = self.storage.select(first, [self.name.clone().into()]).await?;
        let last = self.storage.select(last, [self.name.clone().into()]).await?;
        let (Some(first), Some(last)) = (first.first(), last.first()) else { return Ok(None) };
        Ok(Some((recorded(first)?, recorded(last)?)))
    }

    /// The segment with the fact of this number.
    pub(super) async fn covering(&self, sequence: i64) -> Result<Option<Segment>, RequestError> {
        let sql = "SELECT first_sequence, sequence, recorded_at, facts FROM journal \
             WHERE stream = $1 AND sequence >= $2 ORDER BY sequence LIMIT 1";
        let found = self.storage.select(sql, [self.name.clone().into(), sequence.into()]).await?;
        found.first().map(|row| self.segment(row)).transpose()
    }

    /// The segment with the fact of this number, and those before it: at most so many, the last first.
    pub(super) async fn back_from(
        &self,
        sequence: i64,
        limit: u64,
    ) -> Result<Vec<Segment>, RequestError> {
        let sql = "SELECT first_sequence, sequence, recorded_at, facts FROM journal \
             WHERE stream = $1 AND first_sequence <= $2 AND sequence <= $2 + $3 \
             ORDER BY sequence DESC LIMIT $4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let Some(last) = self.covering(sequence).await? else { return Ok(Vec::new()) };
        let beyond = last.sequence - sequence;
        let values = [self.name.clone().into(), sequence.into(), beyond.into(), limit.into()];
        let rows = self.storage.select(sql, values).await?;
        rows.iter().map(|row| self.segment(row)).collect()
    }

    /// The last fact that was recorded by `time`. The times of a stream never fall, so the search halves
    /// what is left.
    pub(super) async fn last_until(
        &self,
        time: UnixMillis,
        first: Recorded,
        last: Recorded,
    ) -> Result<Option<Recorded>, RequestError> {
        if time < first.at {
            return Ok(None);
        }
        if time >= last.at {
            return Ok(Some(last));
        }
        let sql = "SELECT sequence, recorded_at FROM journal \
             WHERE stream = $1 AND sequence >= $2 ORDER BY sequence LIMIT 1";
        // What is known to be in time, and the number of a fact that is not.
        let (mut found, mut late) = (first, last.sequence);
        // The first fact may be one of several in its segment.
        let mut from = first.sequence;
        while from < late {
            let middle = from + (late - from) / 2;
            let row = self.storage.select(sql, [self.name.clone().into(), middle.into()]).await?;
            let end = recorded(row.first().ok_or(CORRUPT)?)?;
            if end.at <= time {
                (found, from) = (end, end.sequence + 1);
            } else {
                late = middle;
            }
        }
        Ok(Some(found))
    }

    /// Hands over each fact after `from`, up to the one with the number `to`.
    pub(super) async fn each(
        &self,
        mut from: i64,
        to: i64,
        mut take: impl FnMut(Recorded, &Fact),
    ) -> Result<(), RequestError> {
        while from < to {
            let segments = self.after(from).await?;
            if segments.is_empty() {
                return Err(CORRUPT);
            }
            for segment in segments {
                for (sequence, fact) in (segment.first_sequence..).zip(&segment.facts) {
                    if from < sequence && sequence <= to {
                        take(Recorded { sequence, at: segment.recorded_at }, fact);
                    }
                }
                from = segment.sequence;
                // Others are served by this thread, too.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// The next segments after a fact: as many as have some thousands of facts, at least one.
    async fn after(&self, from: i64) -> Result<Vec<Segment>, RequestError> {
        let sql = "SELECT first_sequence, sequence, recorded_at, facts FROM journal \
             WHERE stream = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence";
        let values = [self.name.clone().into(), from.into(), (from + FACTS_A_READ).into()];
        let rows = self.storage.select(sql, values).await?;
        if rows.is_empty() {
            // A single one has more.
            return Ok(self.covering(from + 1).await?.into_iter().collect());
        }
        rows.iter().map(|row| self.segment(row)).collect()
    }

    fn segment(&self, row: &QueryResult) -> Result<Segment, RequestError> {
        let text: String = row.try_get_by_index(3)?;
        let facts = self.stream.read_facts(&mut serde_json::Deserializer::from_str(&text));
        Ok(Segment {
            first_sequence: row.try_get_by_index(0)?,
            sequence: row.try_get_by_index(1)?,
            recorded_at: UnixMillis(row.try_get_by_index(2)?),
            facts: facts.map_err(|_| CORRUPT)?,
        })
    }
}

fn recorded(row: &QueryResult) -> Result<Recorded, RequestError> {
    Ok(Recorded { sequence: row.try_get_by_index(0)?, at: UnixMillis(row.try_get_by_index(1)?) })
}
