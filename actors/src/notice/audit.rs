//! What people follow, what they were told, and what is still to be told.

mod forgotten;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use forgotten::Forgotten;
use hotdeal_domain::account::AccountFact;
use hotdeal_domain::deal::DealFact;
use hotdeal_domain::notice::{FollowFact, NewsKind, NoticeFact, ReadMarks, Subscriptions, Told};
use hotdeal_domain::{EventId, UnixMillis, UserId};
use hotdeal_entities::deal_news;
use sea_orm::{FromQueryResult as _, QueryResult};

use crate::error::RequestError;
use crate::host::audit::Report;
use crate::host::audit::pages::rows_a_read;
use crate::storage::Storage;

/// A person as the journal tells it.
#[derive(Default)]
struct Follower {
    subscriptions: Subscriptions,
    /// Every notice up to this sequence was read,
    read_through: i64,
    /// and these.
    read: HashSet<(i64, i64)>,
}

/// News of a deal as the journal tells it.
struct FoldedNews {
    kind: NewsKind,
    since: UnixMillis,
}

/// A deal as the journal tells it.
struct FoldedDeal {
    ends_at: UnixMillis,
    /// What happened to it is its news, one after the other.
    news: Vec<FoldedNews>,
}

impl FoldedDeal {
    /// From when on nobody is told of it: its end, or when its cancellation had been told, which is
    /// the last of all.
    fn over_at(&self, deal: i64, told: &BTreeMap<(i64, i64), Progress>) -> i64 {
        let last = (1..).zip(&self.news).last();
        let cancelled = last.filter(|(_, news)| news.kind == NewsKind::Cancelled);
        let told = cancelled.and_then(|(number, _)| told.get(&(deal, number))?.done_at);
        told.map_or(self.ends_at.0, |at| at.min(self.ends_at.0))
    }
}

/// What the journal says of notices.
#[derive(Default)]
pub(crate) struct Fold {
    followers: HashMap<i64, Follower>,
    deals: BTreeMap<i64, FoldedDeal>,
    /// What was told, in the order of the stream.
    told: Vec<(EventId, Told, UnixMillis)>,
}

impl Fold {
    pub(crate) fn follow(&mut self, user: UserId, fact: &FollowFact) {
        let follower = self.followers.entry(user.get()).or_default();
        follower.subscriptions.apply(fact);
        match fact {
            FollowFact::NoticesRead { marks: ReadMarks::Through(sequence), .. } => {
                follower.read_through = follower.read_through.max(*sequence);
            }
            FollowFact::NoticesRead { marks: ReadMarks::Each(ids), .. } => {
                let ids = ids.iter().map(|(sequence, product)| (*sequence, product.get()));
                follower.read.extend(ids);
            }
            FollowFact::Subscribed { .. } | FollowFact::Unsubscribed { .. } => {}
        }
    }

    /// Whoever withdraws follows nothing any more.
    pub(crate) fn account(&mut self, user: UserId, fact: &AccountFact) {
        if let AccountFact::Withdrawn { .. } = fact {
            self.followers.entry(user.get()).or_default().subscriptions.end_all();
        }
    }

    /// What is to be told.
    pub(crate) fn deal(&mut self, event: EventId, fact: &DealFact) {
        match fact {
            DealFact::DealOpened { deal, .. } => {
                let news = FoldedNews { kind: NewsKind::Opened, since: deal.opened_at };
                let ends_at = deal.terms.window.end;
                self.deals.insert(event.get(), FoldedDeal { ends_at, news: vec![news] });
            }
            DealFact::DealTurned { state, at, .. } => {
                let news = FoldedNews { kind: NewsKind::of_turn(*state), since: *at };
                if let Some(deal) = self.deals.get_mut(&event.get()) {
                    deal.news.push(news);
                }
            }
        }
    }

    /// What was told.
    pub(crate) fn apply(&mut self, fact: &NoticeFact) {
        let NoticeFact::DealTold { deal, told, at } = fact;
        self.told.push((*deal, *told, *at));
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    compare_subscriptions(storage, fold, report).await?;
    let mut forgotten = Forgotten::read(storage, fold.told.len(), report).await?;
    compare_news(storage, fold, &mut forgotten, report).await?;
    compare_notices(storage, fold, &forgotten, report).await
}

async fn compare_subscriptions(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let mut followed: HashMap<i64, BTreeSet<i64>> = HashMap::new();
    for (user, follower) in &fold.followers {
        let products = follower.subscriptions.products().map(|product| product.get());
        followed.insert(*user, products.collect());
    }
    let told: u64 = followed.values().map(|products| count(products.len())).sum();
    let sql = "SELECT product_id, user_id FROM subscriptions \
         WHERE (product_id, user_id) > ($1, $2) ORDER BY product_id, user_id LIMIT $3";
    let mut last = (0_i64, 0_i64);
    loop {
        let rows = storage.select(sql, [last.0.into(), last.1.into(), rows_a_read()]).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            report.subscriptions += 1;
            last = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let (product, user) = last;
            if !followed.get(&user).is_some_and(|products| products.contains(&product)) {
                report.differs(|| {
                    format!("that {user} follows product {product} is in the table alone")
                });
            }
        }
    }
    report.expect_equal("LG-2 number of subscriptions", told, report.subscriptions);
    Ok(())
}

/// How far news has been told.
#[derive(Default, PartialEq, Eq, Debug)]
struct Progress {
    after: i64,
    first: Option<i64>,
    last: Option<i64>,
    people: i64,
    notices: i64,
    done_at: Option<i64>,
}

/// All that was told of each news, which must go on where it was left: so nobody is told twice.
fn progress(fold: &Fold, report: &mut Report) -> BTreeMap<(i64, i64), Progress> {
    let mut all: BTreeMap<(i64, i64), Progress> = BTreeMap::new();
    for (sequence, (deal, told, at)) in (1..).zip(&fold.told) {
        let progress = all.entry((deal.get(), told.news)).or_default();
        let goes_on = progress.done_at.is_none()
            && progress.after == told.after
            && (told.through > told.after || told.last && told.notices == 0);
        if !goes_on {
            report.differs(|| {
                format!(
                    "NT-1 notices {sequence} tell deal {deal} to people after {}, who were told",
                    told.after
                )
            });
        }
        progress.after = told.through;
        progress.first.get_or_insert(sequence);
        progress.last = Some(sequence);
        progress.people += i64::from(told.people);
        progress.notices += i64::from(told.notices);
        progress.done_at = told.last.then_some(at.0);
    }
    all
}

async fn rows_of_news(
    storage: &Storage,
) -> Result<BTreeMap<(i64, i64), deal_news::Model>, RequestError> {
    let sql = "SELECT * FROM deal_news WHERE (deal_id, news) > ($1, $2) \
         ORDER BY deal_id, news LIMIT $3";
    let mut all = BTreeMap::new();
    let mut last = (0, -1);
    loop {
        let after = [last.0.into(), last.1.into(), rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            return Ok(all);
        }
        for row in &rows {
            let row = deal_news::Model::from_query_result(row, "")?;
            last = (row.deal_id, row.news);
            all.insert(last, row);
        }
    }
}

async fn compare_news(
    storage: &Storage,
    fold: &Fold,
    forgotten: &mut Forgotten,
    report: &mut Report,
) -> Result<(), RequestError> {
    let mut told = progress(fold, report);
    let mut rows = rows_of_news(storage).await?;
    for (deal, of_deal) in &fold.deals {
        // Opened before there were notices, and not told.
        let is_old = rows.remove(&(*deal, 0)).is_some();
        let over_at = of_deal.over_at(*deal, &told);
        for (number, folded) in (1..).zip(&of_deal.news) {
            let told = told.remove(&(*deal, number)).unwrap_or_default();
            forgotten.look_at((*deal, number), over_at, folded, &told);
            let what = |member: &str| format!("LG-2 {member} of news {number} of deal {deal}");
            let Some(row) = rows.remove(&(*deal, number)) else {
                if !is_old && !forgotten.is_gone((*deal, number)) {
                    report.differs(|| format!("{}: it is not in the table", what("row")));
                }
                continue;
            };
            let found = (row.kind.as_str(), row.since);
            report.expect_equal(&what("kind"), (folded.kind.name(), folded.since.0), found);
            let found = Progress {
                after: row.after_user,
                first: row.first_told,
                last: row.last_told,
                people: row.people,
                notices: row.notices,
                done_at: row.done_at,
            };
            report.expect_equal(&what("progress"), told, found);
        }
    }
    for (deal, number) in told.into_keys().chain(rows.into_keys()) {
        report.differs(|| format!("there is no news {number} of deal {deal} in the journal"));
    }
    Ok(())
}

/// One notice as the table has it.
struct Notice {
    user: i64,
    sequence: i64,
    product: i64,
    deal: i64,
    kind: String,
    at: i64,
    is_read: bool,
}

fn notice(row: &QueryResult) -> Result<Notice, RequestError> {
    Ok(Notice {
        user: row.try_get_by_index(0)?,
        sequence: row.try_get_by_index(1)?,
        product: row.try_get_by_index(2)?,
        deal: row.try_get_by_index(3)?,
        kind: row.try_get_by_index(4)?,
        at: row.try_get_by_index(5)?,
        is_read: row.try_get_by_index::<Option<i64>>(6)?.is_some(),
    })
}

async fn compare_notices(
    storage: &Storage,
    fold: &Fold,
    forgotten: &Forgotten,
    report: &mut Report,
) -> Result<(), RequestError> {
    let sql = "SELECT user_id, sequence, product_id, deal_id, kind, created_at, read_at \
         FROM notifications WHERE (user_id, sequence, product_id) > ($1, $2, $3) \
         ORDER BY user_id, sequence, product_id LIMIT $4";
    // People and notices of each sequence.
    let mut found: Vec<(u32, u32)> = vec![(0, 0); fold.told.len()];
    let mut last = (0_i64, 0_i64, 0_i64);
    loop {
        let after = [last.0.into(), last.1.into(), last.2.into(), rows_a_read()];
        let rows = storage.select(sql, after).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            let notice = notice(row)?;
            report.notices += 1;
            let place = usize::try_from(notice.sequence - 1).ok();
            match place.and_then(|place| Some((fold.told.get(place)?, found.get_mut(place)?))) {
                None => report.differs(|| {
                    format!("notice {} of {} is in the table alone", notice.sequence, notice.user)
                }),
                Some((told, found)) => {
                    found.0 += u32::from((notice.user, notice.sequence) != (last.0, last.1));
                    found.1 += 1;
                    compare_notice(&notice, told, fold, report);
                }
            }
            last = (notice.user, notice.sequence, notice.product);
        }
    }
    for (sequence, ((deal, told, _), found)) in (1..).zip(fold.told.iter().zip(found)) {
        forgotten.compare(sequence, (*deal, told), found, report);
    }
    Ok(())
}

fn compare_notice(
    notice: &Notice,
    (deal, told, at): &(EventId, Told, UnixMillis),
    fold: &Fold,
    report: &mut Report,
) {
    let Notice { user, sequence, product, .. } = notice;
    let what = |member: &str| format!("LG-2 {member} of notice {sequence}-{product} of {user}");
    let found = (notice.deal, notice.kind.as_str(), notice.at);
    report.expect_equal(&what("deal, kind and time"), (deal.get(), told.kind.name(), at.0), found);
    if !(told.after + 1..=told.through).contains(user) {
        report.differs(|| format!("{}: it is not about them", what("person")));
    }
    let is_read = fold.followers.get(user).is_some_and(|follower| {
        *sequence <= follower.read_through || follower.read.contains(&(*sequence, *product))
    });
    report.expect_equal(&what("read mark"), is_read, notice.is_read);
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
