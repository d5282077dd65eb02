//! What people were told of deals, read from the tables.

pub(crate) mod news;
pub(crate) mod subscriptions;

pub(crate) use news::{Followed, News, OldNews, Page};

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use hotdeal_domain::deal::Deal;
use hotdeal_domain::notice::{NewsKind, NoticeFact};
use hotdeal_domain::stream::NoticeStream;
use hotdeal_domain::{ProductId, Stream as _, UnixMillis, UserId};
use hotdeal_entities::{journal, notices_forgotten, notifications};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::api::{Addressed, NoticeBatch, NoticeId, NoticeLine, NoticeSearch, NoticeView};
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, amount, currency, id};

type Column = notifications::Column;

/// Notices named in one query: SQLite bounds how deep a condition is.
const NAMED_A_QUERY: usize = 200;

impl Storage {
    /// A person's notices, the newest first.
    pub(crate) async fn notices(
        &self,
        search: &NoticeSearch,
    ) -> Result<Vec<NoticeView>, RequestError> {
        let mut query = notifications::Entity::find().filter(Column::UserId.eq(search.user.get()));
        if let Some(NoticeId { sequence, product }) = search.before {
            let same = Condition::all()
                .add(Column::Sequence.eq(sequence))
                .add(Column::ProductId.lt(product.get()));
            query = query
                .filter(Column::Sequence.lte(sequence))
                .filter(Condition::any().add(Column::Sequence.lt(sequence)).add(same));
        }
        if search.unread {
            query = query.filter(Column::ReadAt.is_null());
        }
        let rows = query
            .order_by_desc(Column::Sequence)
            .order_by_desc(Column::ProductId)
            .limit(search.limit)
            .all(&self.db)
            .await?;
        let deals = self.deals_of(&rows).await?;
        let views = rows.into_iter().map(|row| {
            let deal = deals.get(&row.deal_id).ok_or(CORRUPT)?.clone();
            let (id, kind, at) = (notice_id(&row)?, kind(&row)?, UnixMillis(row.created_at));
            let read_at = row.read_at.map(UnixMillis);
            Ok(NoticeView { id, kind, deal, line: line(row)?, at, read_at })
        });
        views.collect()
    }

    /// How many of a person's notices were not read.
    pub(crate) async fn unread(&self, user: UserId) -> Result<u64, RequestError> {
        let unread = notifications::Entity::find()
            .filter(Column::UserId.eq(user.get()))
            .filter(Column::ReadAt.is_null());
        Ok(unread.count(&self.db).await?)
    }

    /// Which of these notices a person has, and whether each was read.
    pub(crate) async fn has_notices(
        &self,
        user: UserId,
        ids: &[NoticeId],
    ) -> Result<HashMap<NoticeId, bool>, RequestError> {
        let mut has = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(NAMED_A_QUERY) {
            let mut named = Condition::any();
            for NoticeId { sequence, product } in chunk {
                let one = Column::ProductId.eq(product.get());
                named = named.add(Condition::all().add(Column::Sequence.eq(*sequence)).add(one));
            }
            let rows = notifications::Entity::find()
                .filter(Column::UserId.eq(user.get()))
                .filter(named)
                .all(&self.db)
                .await?;
            for row in rows {
                has.insert(notice_id(&row)?, row.read_at.is_some());
            }
        }
        Ok(has)
    }

    /// How many of a person's notices up to `sequence` were not read, and the last sequence of
    /// those.
    pub(crate) async fn unread_up_to(
        &self,
        user: UserId,
        sequence: i64,
    ) -> Result<Option<(u32, i64)>, RequestError> {
        let found: Option<(i64, Option<i64>)> = notifications::Entity::find()
            .select_only()
            .column_as(Column::Sequence.count(), "unread")
            .column_as(Column::Sequence.max(), "last")
            .filter(Column::UserId.eq(user.get()))
            .filter(Column::Sequence.lte(sequence))
            .filter(Column::ReadAt.is_null())
            .into_tuple()
            .one(&self.db)
            .await?;
        let Some((unread, Some(last))) = found else { return Ok(None) };
        Ok(Some((u32::try_from(unread).unwrap_or(u32::MAX), last)))
    }

    /// What one person was told after a sequence of notices, whole batches in order, at most
    /// `limit` of them.
    pub(crate) async fn missed(
        &self,
        user: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<NoticeBatch>, RequestError> {
        let of_user = notifications::Entity::find()
            .filter(Column::UserId.eq(user.get()))
            .filter(Column::Sequence.gt(after));
        let sequences: Vec<i64> = of_user
            .clone()
            .select_only()
            .column(Column::Sequence)
            .distinct()
            .order_by_asc(Column::Sequence)
            .limit(u64::from(limit))
            .into_tuple()
            .all(&self.db)
            .await?;
        let Some(last) = sequences.last() else { return Ok(Vec::new()) };
        let rows = of_user
            .filter(Column::Sequence.lte(*last))
            .order_by_asc(Column::Sequence)
            .order_by_asc(Column::ProductId)
            .all(&self.db)
            .await?;
        let deals = self.deals_of(&rows).await?;
        let mut batches = Vec::with_capacity(sequences.len());
        for rows in rows.chunk_by(|one, next| one.sequence == next.sequence) {
            batches.push(batch(rows, &deals)?);
        }
        Ok(batches)
    }

    /// The last sequence of notices of which something was forgotten; zero for none.
    pub(crate) async fn forgotten_through(&self, part: u16) -> Result<i64, RequestError> {
        let found = notices_forgotten::Entity::find_by_id(i64::from(part)).one(&self.db).await?;
        Ok(found.map_or(0, |row| row.through))
    }

    /// What people were told after a sequence of notices and up to another, in order.
    pub(crate) async fn batches(
        &self,
        part: u16,
        after: i64,
        through: i64,
    ) -> Result<Vec<NoticeBatch>, RequestError> {
        let stream = NoticeStream::id(part);
        let segments = journal::Entity::find()
            .filter(journal::Column::Stream.eq(stream.to_string()))
            .filter(journal::Column::Sequence.gt(after))
            .filter(journal::Column::FirstSequence.lte(through))
            .order_by_asc(journal::Column::Sequence)
            .all(&self.db)
            .await?;
        let mut batches = Vec::new();
        for segment in segments {
            let facts: Vec<NoticeFact> =
                serde_json::from_str(&segment.facts).map_err(|_| CORRUPT)?;
            for (sequence, fact) in (segment.first_sequence..).zip(facts) {
                let NoticeFact::DealTold { deal, told, at } = fact;
                if !(after + 1..=through).contains(&sequence) {
                    continue;
                }
                // By the numbers of the people, in the order of the table.
                let rows = notifications::Entity::find()
                    .filter(Column::UserId.gt(told.after))
                    .filter(Column::UserId.lte(told.through))
                    .filter(Column::Sequence.eq(sequence))
                    .order_by_asc(Column::UserId)
                    .order_by_asc(Column::ProductId)
                    .all(&self.db)
                    .await?;
                let to = lists(&rows)?;
                let deal = Arc::new(self.deal(deal).await?.ok_or(CORRUPT)?.deal);
                batches.push(NoticeBatch { sequence, at, kind: told.kind, deal, to });
            }
        }
        Ok(batches)
    }

    /// The deals of notices: what they promise never changes, so it is not kept with each.
    async fn deals_of(
        &self,
        rows: &[notifications::Model],
    ) -> Result<HashMap<i64, Arc<Deal>>, RequestError> {
        let mut deals = HashMap::new();
        for row in rows {
            if let Entry::Vacant(entry) = deals.entry(row.deal_id) {
                let view = self.deal(id(row.deal_id)?).await?.ok_or(CORRUPT)?;
                entry.insert(Arc::new(view.deal));
            }
        }
        Ok(deals)
    }
}

/// The batch that these rows of one person and one sequence are.
fn batch(
    rows: &[notifications::Model],
    deals: &HashMap<i64, Arc<Deal>>,
) -> Result<NoticeBatch, RequestError> {
    let first = rows.first().ok_or(CORRUPT)?;
    Ok(NoticeBatch {
        sequence: first.sequence,
        at: UnixMillis(first.created_at),
        kind: kind(first)?,
        deal: deals.get(&first.deal_id).ok_or(CORRUPT)?.clone(),
        to: lists(rows)?,
    })
}

/// Each person of the rows with what they were told. The rows come by person.
fn lists(rows: &[notifications::Model]) -> Result<Vec<Addressed>, RequestError> {
    let people = rows.chunk_by(|one, next| one.user_id == next.user_id).map(|rows| {
        let user = id(rows.first().ok_or(CORRUPT)?.user_id)?;
        let lines: Vec<NoticeLine> = rows.iter().cloned().map(line).collect::<Result<_, _>>()?;
        Ok((user, lines.into()))
    });
    people.collect()
}

fn notice_id(row: &notifications::Model) -> Result<NoticeId, RequestError> {
    Ok(NoticeId { sequence: row.sequence, product: id(row.product_id)? })
}

fn kind(row: &notifications::Model) -> Result<NewsKind, RequestError> {
    NewsKind::from_name(&row.kind).ok_or(CORRUPT)
}

fn line(row: notifications::Model) -> Result<NoticeLine, RequestError> {
    let product: ProductId = id(row.product_id)?;
    Ok(NoticeLine {
        product,
        name: row.product_name.into(),
        list_price: amount(row.list_price)?,
        price: amount(row.price)?,
        currency: currency(&row.currency)?,
    })
}
