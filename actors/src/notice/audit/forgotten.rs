//! What may have been forgotten of what people were told, and what must be there.

use std::collections::HashSet;

use hotdeal_domain::deal::DAY_MS;
use hotdeal_domain::notice::Told;
use hotdeal_domain::{EventId, UnixMillis};
use hotdeal_entities::notices_forgotten::{Entity, Model};
use sea_orm::EntityTrait as _;

use super::{FoldedNews, Progress};
use crate::error::RequestError;
use crate::host::audit::Report;
use crate::notice::PART;
use crate::storage::Storage;

/// How far notices were forgotten.
#[derive(Default)]
pub(crate) struct Forgotten {
    row: Option<Model>,
    /// News that may be gone, and what of it is gone: by deal and number.
    old: HashSet<(i64, i64)>,
    gone: HashSet<(i64, i64)>,
}

impl Forgotten {
    pub(crate) async fn read(
        storage: &Storage,
        told: usize,
        report: &mut Report,
    ) -> Result<Self, RequestError> {
        let row = Entity::find_by_id(i64::from(PART)).one(&storage.db).await?;
        if let Some(Model { through, told_before, forgotten_at, .. }) = row {
            if usize::try_from(through).is_ok_and(|through| through > told) {
                report.differs(|| format!("NT-2 notices are forgotten up to {through} of {told}"));
            }
            if told_before > forgotten_at - DAY_MS {
                let told_before = UnixMillis(told_before);
                report.differs(|| format!("NT-2 notices of {told_before:?} are forgotten at once"));
            }
        }
        Ok(Self { row, ..Self::default() })
    }

    /// Notes whether news may be gone: it was told long ago, and its deal is over since.
    pub(crate) fn look_at(
        &mut self,
        key: (i64, i64),
        over_at: i64,
        news: &FoldedNews,
        told: &Progress,
    ) {
        let Some(row) = self.row else { return };
        // Of a deal that is older than notices nobody was told that it was opened.
        let older = (key.1 == 1 && told.first.is_none()).then_some(news.since.0);
        let done_at = told.done_at.or(older);
        let is_old = done_at.is_some_and(|at| at < row.told_before)
            && over_at <= row.forgotten_at
            && told.last.is_none_or(|last| last <= row.through);
        if is_old {
            self.old.insert(key);
        }
    }

    /// News that is not in the table; answers whether it may be so.
    pub(crate) fn is_gone(&mut self, key: (i64, i64)) -> bool {
        self.old.contains(&key) && self.gone.insert(key)
    }

    /// Compares how many people and notices of a sequence the table has with what was told.
    pub(crate) fn compare(
        &self,
        sequence: i64,
        (deal, told): (EventId, &Told),
        found: (u32, u32),
        report: &mut Report,
    ) {
        let key = (deal.get(), told.news);
        let what = format!("LG-2 people and notices of sequence {sequence}");
        if self.gone.contains(&key) {
            return report.expect_equal(&what, (0, 0), found);
        }
        // The last portion may have ended behind it.
        let is_old = self.old.contains(&key);
        if !(is_old && found == (0, 0)) {
            report.expect_equal(&what, (told.people, told.notices), found);
        }
    }
}
