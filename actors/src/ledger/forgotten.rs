//! Notices of deals that are kept no longer.

use hotdeal_domain::{EventId, UnixMillis};

use super::store::Store;
use super::store_error::StoreError;

/// After so many rows a portion ends: with the telling they belong to, of which most have a
/// thousand. Each row is on a page of its own where a crowd was told, so these are some ten
/// milliseconds in which nothing else is written.
const PORTION: i64 = 500;
/// A statement counts as so many rows at least: a database may be far away.
const STATEMENT: i64 = 20;

/// News of a deal that is kept no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OldNews {
    pub(crate) deal: EventId,
    /// The sequence, in the stream of the deal, of the fact that made it.
    pub(crate) number: i64,
    /// The sequences of notices that told it: the first of those that are left, and the last.
    pub(crate) told: Option<(i64, i64)>,
}

/// What is to be forgotten: a portion of it, from the first news on.
#[derive(Debug)]
pub(crate) struct Forget {
    /// The part of the notices.
    pub(crate) part: u16,
    pub(crate) news: Vec<OldNews>,
    /// All of it was told before this,
    pub(crate) told_before: UnixMillis,
    /// and is about deals that are over by now.
    pub(crate) at: UnixMillis,
}

const NOTICES: &str = "DELETE FROM notifications WHERE sequence = $1 AND deal_id = $2";
const NEWS: &str = "DELETE FROM deal_news WHERE deal_id = $1 AND news = $2";
/// It goes on and never back.
const FORGOTTEN: &str = "INSERT INTO notices_forgotten (part, through, told_before, forgotten_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (part) DO UPDATE SET \
     through = CASE WHEN excluded.through > notices_forgotten.through \
     THEN excluded.through ELSE notices_forgotten.through END, \
     told_before = CASE WHEN excluded.told_before > notices_forgotten.told_before \
     THEN excluded.told_before ELSE notices_forgotten.told_before END, \
     forgotten_at = CASE WHEN excluded.forgotten_at > notices_forgotten.forgotten_at \
     THEN excluded.forgotten_at ELSE notices_forgotten.forgotten_at END";

impl Store {
    /// Forgets a portion of the news: its notices first, so that none is left without it.
    pub(super) async fn forget(&mut self, forget: &Forget) -> Result<(), StoreError> {
        let Forget { part, news, told_before, at } = forget;
        let (mut room, mut through) = (PORTION, 0);
        'portion: for news in news {
            let deal = news.deal.get();
            if let Some((from, last)) = news.told {
                through = through.max(last);
                for sequence in from..=last {
                    room -= self.change(NOTICES, &[sequence, deal]).await?.max(STATEMENT);
                    if room <= 0 {
                        break 'portion;
                    }
                }
            }
            room -= self.change(NEWS, &[deal, news.number]).await?.max(STATEMENT);
            if room <= 0 {
                break;
            }
        }
        self.change(FORGOTTEN, &[i64::from(*part), through, told_before.0, at.0]).await?;
        Ok(())
    }
}
