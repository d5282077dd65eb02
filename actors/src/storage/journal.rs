//! The journal, read for operators.

use std::collections::BTreeMap;

use hotdeal_domain::{StreamId, UnixMillis};
use hotdeal_entities::{journal, streams};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;

use super::{CORRUPT, Storage};
use crate::error::RequestError;

/// The last of each kind of row that comes with a sale. To look for the last of the journal would be
/// to read all of it; these are found by their numbers, and being a little older does no harm.
const LATEST: &str = "SELECT max(recorded_at) FROM (\
     SELECT * FROM (SELECT recorded_at FROM answers ORDER BY number DESC LIMIT 1) AS a UNION ALL \
     SELECT * FROM (SELECT ordered_at FROM orders ORDER BY id DESC LIMIT 1) AS o UNION ALL \
     SELECT * FROM (SELECT issued_at FROM coupon_issues \
     ORDER BY event_id DESC, ordinal DESC LIMIT 1) AS c UNION ALL \
     SELECT * FROM (SELECT created_at FROM credentials ORDER BY user_id DESC LIMIT 1) AS u\
     ) AS latest";

/// One segment of a journal: the facts of one batch.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalView {
    /// The sequence of its first fact.
    pub first_sequence: i64,
    /// The sequence of its last fact.
    pub sequence: i64,
    /// The epoch of the writer.
    pub epoch: i64,
    /// When it was written, in milliseconds since 1970.
    pub recorded_at: i64,
    /// The kinds of its facts, with their number.
    pub kinds: std::collections::BTreeMap<String, u32>,
}

impl Storage {
    /// When something was last recorded, as far as that is known without a search; `None` where
    /// nothing was.
    pub(crate) async fn latest_recorded(&self) -> Result<Option<UnixMillis>, RequestError> {
        let found = self.select(LATEST, []).await?;
        let at: Option<i64> = found.first().ok_or(CORRUPT)?.try_get_by_index(0)?;
        Ok(at.map(UnixMillis))
    }

    /// The last durable sequence of a stream; zero for one that has not begun.
    pub(crate) async fn last_sequence(&self, stream: StreamId) -> Result<i64, RequestError> {
        let found = streams::Entity::find_by_id(stream.to_string()).one(&self.db).await?;
        Ok(found.map_or(0, |row| row.last_sequence))
    }

    /// The last `limit` segments of a stream, newest first: what kinds of facts, not about whom.
    pub(crate) async fn latest_journal(
        &self,
        stream: StreamId,
        limit: u64,
    ) -> Result<Vec<JournalView>, RequestError> {
        let rows = journal::Entity::find()
            .filter(journal::Column::Stream.eq(stream.to_string()))
            .order_by_desc(journal::Column::Sequence)
            .limit(limit)
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(view).collect())
    }
}

fn view(row: journal::Model) -> JournalView {
    JournalView {
        first_sequence: row.first_sequence,
        sequence: row.sequence,
        epoch: row.epoch,
        recorded_at: row.recorded_at,
        kinds: kinds(&row.facts),
    }
}

/// The names of the facts in a segment, with their number.
fn kinds(facts: &str) -> BTreeMap<String, u32> {
    let facts: Vec<serde_json::Value> = serde_json::from_str(facts).unwrap_or_default();
    let names = facts.iter().filter_map(|fact| match fact {
        serde_json::Value::String(name) => Some(name.clone()),
        // What happened to an account, or to what it follows, is told one level deeper.
        serde_json::Value::Object(members) => {
            let deeper = members.get("Account").or_else(|| members.get("Follow"));
            deeper.and_then(|fact| fact.as_object()).unwrap_or(members).keys().next().cloned()
        }
        _ => None,
    });
    names.fold(BTreeMap::new(), |mut counts, name| {
        *counts.entry(name).or_default() += 1;
        counts
    })
}
