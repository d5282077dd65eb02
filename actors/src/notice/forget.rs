//! Notices of deals that are kept no longer, in portions of a transaction each. News goes after the last of
//! its notices. What goes is found by the time at which its news was told, and by its sequences, so a portion
//! costs the same however many are kept.

use futures_util::FutureExt as _;
use hotdeal_domain::UnixMillis;

use super::read::OldNews;
use crate::ledger::{Changes, Ledger, StoreError, StoreFuture, WriteError};

/// After so many rows a portion ends: with the batch they belong to, of which most have a
/// thousand. Each row is on a page of its own where a crowd was told, so these are some ten
/// milliseconds in which nothing else is written.
const PORTION: i64 = 500;
/// A statement counts as so many rows at least: a database may be far away.
const STATEMENT: i64 = 20;

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

impl Forget {
    /// Forgets it.
    ///
    /// # Errors
    /// [`WriteError`] when the database did not take it.
    pub(crate) async fn run(self, ledger: &Ledger) -> Result<(), WriteError> {
        ledger.apart(move |database| forget(self, database)).await.map(drop)
    }

    /// Its notices first, so that none is left without its news.
    async fn portion(&self, database: &mut dyn Changes) -> Result<u64, StoreError> {
        let Self { part, news, told_before, at } = self;
        let (mut room, mut through) = (PORTION, 0);
        'portion: for news in news {
            let deal = news.deal.get();
            if let Some((from, last)) = news.told {
                through = through.max(last);
                for sequence in from..=last {
                    room -= database.change(NOTICES, &[sequence, deal]).await?.max(STATEMENT);
                    if room <= 0 {
                        break 'portion;
                    }
                }
            }
            room -= database.change(NEWS, &[deal, news.number]).await?.max(STATEMENT);
            if room <= 0 {
                break;
            }
        }
        database.change(FORGOTTEN, &[i64::from(*part), through, told_before.0, at.0]).await?;
        Ok(u64::try_from(PORTION - room).unwrap_or(0))
    }
}

fn forget(what: Forget, database: &mut dyn Changes) -> StoreFuture<'_, u64> {
    async move { what.portion(database).await }.boxed_local()
}
