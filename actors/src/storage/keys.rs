//! Idempotency keys and the answers kept under them.

use std::sync::Arc;

use hotdeal_domain::UnixMillis;
use hotdeal_domain::idempotency::{Claimed, KEPT_MS, KeyClaim};
use hotdeal_entities::idempotency;
use sea_orm::EntityTrait;

use super::{CORRUPT, Storage};
use crate::clock;
use crate::error::AskError;
use crate::ledger::unhex;
use crate::mutant::{self, Mutant};

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

impl Storage {
    /// What `claim` finds in the tables.
    pub(crate) async fn claimed(&self, claim: &KeyClaim) -> Result<Claimed, AskError> {
        let scope = &claim.scope;
        let key =
            (scope.principal.get(), scope.operation.to_owned(), scope.key.as_ref().to_owned());
        let Some(row) = idempotency::Entity::find_by_id(key).one(&self.db).await? else {
            return Ok(Claimed::Fresh);
        };
        if row.recorded_at <= clock::now().0 - KEPT_MS {
            return Ok(Claimed::Fresh);
        }
        let mut fingerprint = unhex(&row.fingerprint).ok_or(CORRUPT)?;
        if mutant::is_on(Mutant::KeysMatchAnything) {
            fingerprint = claim.fingerprint.to_vec();
        }
        let answer: Arc<str> = row.answer.into();
        Ok(claim.against(Some((&fingerprint, &answer))))
    }

    /// Keys that have an answer, by its age and then by name, after this one and at most `limit`.
    pub(crate) async fn kept_keys(
        &self,
        after: &KeptKey,
        limit: u64,
    ) -> Result<Vec<KeptKey>, AskError> {
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
