//! Idempotency keys and the answers kept under them.

use std::sync::Arc;

use hotdeal_domain::UnixMillis;
use hotdeal_domain::idempotency::{Claimed, KeyClaim};
use hotdeal_entities::idempotency;
use sea_orm::{DbBackend, EntityTrait};

use super::kept_ms;
use super::log::AnswerPlace;
use crate::clock;
use crate::error::RequestError;
use crate::hex::unhex;
use crate::ledger::KeptAnswer;
use crate::mutant::{self, Mutant};
use crate::storage::{CORRUPT, Storage};

/// A key that has an answer.
pub(crate) struct KeptKey {
    /// When the answer was given.
    pub(crate) at: UnixMillis,
    /// Who asked.
    pub(crate) principal: i64,
    /// What was asked for.
    pub(crate) operation: String,
    /// The key itself.
    pub(crate) key: String,
}

impl KeptKey {
    /// Stands before all keys whose answers were given at this time or later.
    pub(crate) fn before(at: UnixMillis) -> Self {
        Self { at, principal: 0, operation: String::new(), key: String::new() }
    }
}

/// The runs of marks, as a table: they are found by their first rows, one after the other. The last
/// row of it is null.
pub(crate) const RUNS: &str = "WITH RECURSIVE runs(run) AS MATERIALIZED (\
     SELECT min(run) FROM answer_marks UNION ALL \
     SELECT (SELECT min(m.run) FROM answer_marks m WHERE m.run > runs.run) FROM runs \
     WHERE runs.run IS NOT NULL)";
/// The number of the latest answer with a mark that is in one of these runs: each is asked for it.
const IN_RUNS: &str = "SELECT max(number) FROM answer_marks WHERE mark = $1 AND run";

impl Storage {
    /// What `claim`, of this mark, finds in the tables, where its answer has this place.
    pub(crate) async fn claimed(
        &self,
        claim: &KeyClaim,
        mark: i64,
        place: AnswerPlace,
    ) -> Result<Claimed<KeptAnswer>, RequestError> {
        let number = match place {
            AnswerPlace::Number(number) => Some(number),
            AnswerPlace::Runs(runs) => self.number_in(&runs, mark).await?,
        };
        let answer = match number {
            Some(number) => self.answer(number, claim).await?,
            None => None,
        };
        match answer {
            Some(found) => Ok(found),
            None => self.claimed_before_the_log(claim).await,
        }
    }

    /// The number of the latest answer with this mark that is in one of these runs.
    async fn number_in(&self, runs: &str, mark: i64) -> Result<Option<i64>, RequestError> {
        let among = match self.db.get_database_backend() {
            DbBackend::Postgres => "= ANY(CAST(string_to_array($2, ',') AS BIGINT[]))",
            _ => "IN (SELECT value FROM json_each('[' || $2 || ']'))",
        };
        let sql = format!("{IN_RUNS} {among}");
        let found = self.select(&sql, [mark.into(), runs.into()]).await?;
        Ok(found.first().map_or(Ok(None), |row| row.try_get_by_index(0))?)
    }

    /// What `claim` finds in the log under this number; `None` where that is too old or gone.
    async fn answer(
        &self,
        number: i64,
        claim: &KeyClaim,
    ) -> Result<Option<Claimed<KeptAnswer>>, RequestError> {
        let sql = "SELECT fingerprint_high, fingerprint_low, order_id, answer FROM answers \
                   WHERE number = $1 AND principal = $2 AND recorded_at > $3";
        let (principal, since) = (claim.scope.principal.get(), clock::earliest().0 - kept_ms());
        let found = self.select(sql, [number.into(), principal.into(), since.into()]).await?;
        let Some(row) = found.first() else { return Ok(None) };
        let words: [i64; 2] = [row.try_get_by_index(0)?, row.try_get_by_index(1)?];
        if words != claim.fingerprint_words() && !mutant::is_on(Mutant::KeysMatchAnything) {
            return Ok(Some(Claimed::Conflict));
        }
        let text: Option<String> = row.try_get_by_index(3)?;
        let answer = match text {
            Some(text) => KeptAnswer::Text(text.into()),
            None => KeptAnswer::Reference(row.try_get_by_index(2)?),
        };
        Ok(Some(Claimed::Replay(answer)))
    }

    /// The answers that are in no run: mark and number, in the order of the log.
    pub(crate) async fn answers_in_no_run(&self) -> Result<Vec<(i64, i64)>, RequestError> {
        let sql = "SELECT mark, number FROM answers \
                   WHERE number > COALESCE((SELECT max(run) FROM answer_marks), 0) ORDER BY number";
        let rows = self.select(sql, []).await?;
        let marks = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        marks.collect()
    }

    /// The runs of marks, in order.
    pub(crate) async fn runs(&self) -> Result<Vec<i64>, RequestError> {
        let sql = format!("{RUNS} SELECT run FROM runs WHERE run IS NOT NULL ORDER BY run");
        let rows = self.select(&sql, []).await?;
        rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
    }

    /// Number, mark and time of the answers after this number, at most `limit` of them.
    pub(crate) async fn marks(
        &self,
        after: i64,
        limit: u64,
    ) -> Result<Vec<(i64, i64, i64)>, RequestError> {
        let sql = "SELECT number, mark, recorded_at FROM answers WHERE number > $1 \
                   ORDER BY number LIMIT $2";
        let rows = self.select(sql, [after.into(), limit.into()]).await?;
        let marks = rows.iter().map(|row| {
            let column = |index| row.try_get_by_index(index);
            Ok((column(0)?, column(1)?, column(2)?))
        });
        marks.collect()
    }

    /// What `claim` finds in the table in which answers were kept before they had a log.
    async fn claimed_before_the_log(
        &self,
        claim: &KeyClaim,
    ) -> Result<Claimed<KeptAnswer>, RequestError> {
        let scope = &claim.scope;
        let key =
            (scope.principal.get(), scope.operation.to_owned(), scope.key.as_ref().to_owned());
        let Some(row) = idempotency::Entity::find_by_id(key).one(&self.db).await? else {
            return Ok(Claimed::Fresh);
        };
        if row.recorded_at <= clock::earliest().0 - kept_ms() {
            return Ok(Claimed::Fresh);
        }
        let mut fingerprint = unhex(&row.fingerprint).ok_or(CORRUPT)?;
        if mutant::is_on(Mutant::KeysMatchAnything) {
            fingerprint = claim.fingerprint.to_vec();
        }
        let answer: Arc<str> = row.answer.into();
        Ok(claim.against(Some((&fingerprint, KeptAnswer::Text(answer)))))
    }

    /// Keys of that table, by the age of their answer and then by name, after this one and at most `limit`.
    pub(crate) async fn kept_keys(
        &self,
        after: &KeptKey,
        limit: u64,
    ) -> Result<Vec<KeptKey>, RequestError> {
        let sql = "SELECT recorded_at, principal, operation, key FROM idempotency \
                   WHERE (recorded_at, principal, operation, key) > ($1, $2, $3, $4) \
                   ORDER BY recorded_at, principal, operation, key LIMIT $5";
        let KeptKey { at, principal, operation, key } = after;
        let values = [
            at.0.into(),
            (*principal).into(),
            operation.as_str().into(),
            key.as_str().into(),
            limit.into(),
        ];
        let rows = self.select(sql, values).await?;
        let kept = rows.iter().map(|row| {
            Ok(KeptKey {
                at: UnixMillis(row.try_get_by_index(0)?),
                principal: row.try_get_by_index(1)?,
                operation: row.try_get_by_index(2)?,
                key: row.try_get_by_index(3)?,
            })
        });
        kept.collect()
    }
}
