//! What is still to be told of deals, and to whom.

use hotdeal_domain::deal::DealState;
use hotdeal_domain::notice::NewsKind;
use hotdeal_domain::{Amount, Currency, EventId, ProductId, UnixMillis, UserId};
use hotdeal_entities::deal_news;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Value,
};

use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage, amount, currency, id};

/// News of a deal, as far as it has been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) deal: EventId,
    /// The sequence, in the stream of the deal, of the fact that made it.
    pub(crate) number: i64,
    pub(crate) kind: NewsKind,
    pub(crate) since: UnixMillis,
    /// The number of the last person told.
    pub(crate) after: i64,
    pub(crate) people: i64,
    pub(crate) notices: i64,
}

/// A product of a deal, with people who follow it.
pub(crate) struct Followed {
    pub(crate) product: ProductId,
    pub(crate) name: String,
    pub(crate) price: Amount,
    pub(crate) currency: Currency,
    /// It was taken off sale: nobody is told of it.
    pub(crate) withdrawn: bool,
    pub(crate) people: Vec<UserId>,
}

/// People who follow products of a deal, the next ones by number.
pub(crate) struct Page {
    pub(crate) followed: Vec<Followed>,
    /// As many as were asked for: there may be more, also of the last person.
    pub(crate) is_full: bool,
}

/// News of a deal that is kept no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OldNews {
    pub(crate) deal: EventId,
    /// The sequence, in the stream of the deal, of the fact that made it.
    pub(crate) number: i64,
    /// The sequences of notices that told it: the first of those that are left, and the last.
    pub(crate) told: Option<(i64, i64)>,
}

impl Storage {
    /// All that is still to be told: the oldest first, and that of one deal in its own order.
    /// At most `limit` of it.
    pub(crate) async fn news(&self, limit: u64) -> Result<Vec<News>, RequestError> {
        let rows = deal_news::Entity::find()
            .filter(deal_news::Column::DoneAt.is_null())
            .order_by_asc(deal_news::Column::Since)
            .order_by_asc(deal_news::Column::DealId)
            .order_by_asc(deal_news::Column::News)
            .limit(limit)
            .all(&self.db)
            .await?;
        rows.into_iter().map(news).collect()
    }

    /// The oldest of one deal that is still to be told: the times of its rows come from a clock
    /// that may have been set back.
    pub(crate) async fn next_news_of(&self, deal: EventId) -> Result<Option<News>, RequestError> {
        let row = deal_news::Entity::find()
            .filter(deal_news::Column::DealId.eq(deal.get()))
            .filter(deal_news::Column::DoneAt.is_null())
            .order_by_asc(deal_news::Column::News)
            .one(&self.db)
            .await?;
        row.map(news).transpose()
    }

    /// News that was told before a time, of deals that have ended by now or whose cancellation has
    /// been told: the oldest first, at most `limit` of it. As long as a deal runs, those who were told
    /// of it are told of its turns.
    pub(crate) async fn old_news(
        &self,
        told_before: UnixMillis,
        now: UnixMillis,
        limit: u64,
    ) -> Result<Vec<OldNews>, RequestError> {
        let sql = "SELECT n.deal_id, n.news, n.last_told, (SELECT x.sequence FROM notifications x \
             WHERE x.sequence BETWEEN n.first_told AND n.last_told AND x.deal_id = n.deal_id \
             ORDER BY x.sequence LIMIT 1) FROM deal_news n \
             JOIN deals d ON d.id = n.deal_id WHERE n.done_at < $1 AND (d.ends_at <= $2 \
             OR d.state = $4 AND NOT EXISTS (SELECT 1 FROM deal_news c \
             WHERE c.deal_id = n.deal_id AND (c.done_at IS NULL OR c.done_at > $2))) \
             ORDER BY n.done_at, n.deal_id, n.news LIMIT $3";
        let cancelled = DealState::Cancelled.name();
        let values = [told_before.0.into(), now.0.into(), limit.into(), cancelled.into()];
        let rows = self.select(sql, values).await?;
        let old = rows.iter().map(|row| {
            let last: Option<i64> = row.try_get_by_index(2)?;
            let left: Option<i64> = row.try_get_by_index(3)?;
            Ok(OldNews {
                deal: id(row.try_get_by_index(0)?)?,
                number: row.try_get_by_index(1)?,
                told: last.map(|last| (left.unwrap_or(last + 1), last)),
            })
        });
        old.collect()
    }

    /// The first and the last sequence of notices that told that a deal was opened.
    pub(crate) async fn opening_told(
        &self,
        deal: EventId,
    ) -> Result<Option<(i64, i64)>, RequestError> {
        let row = deal_news::Entity::find()
            .filter(deal_news::Column::DealId.eq(deal.get()))
            .filter(deal_news::Column::Kind.eq(NewsKind::Opened.name()))
            .one(&self.db)
            .await?;
        Ok(row.and_then(|row| Some((row.first_told?, row.last_told?))))
    }

    /// The next `limit` pairs of a person and a product of the deal they follow, by person and
    /// product, after the person `after`. `told`: only pairs that were told that the deal was
    /// opened, by these sequences of notices.
    pub(crate) async fn followers(
        &self,
        deal: EventId,
        after: i64,
        told: Option<(i64, i64)>,
        limit: usize,
    ) -> Result<Page, RequestError> {
        let mut values: Vec<Value> =
            vec![deal.get().into(), after.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let mut only_told = "";
        if let Some((first, last)) = told {
            only_told = "AND EXISTS (SELECT 1 FROM notifications n WHERE n.user_id = s.user_id \
                 AND n.sequence BETWEEN $4 AND $5 AND n.product_id = s.product_id \
                 AND n.deal_id = i.deal_id) ";
            values.extend([first.into(), last.into()]);
        }
        let people = match self.db.get_database_backend() {
            DbBackend::Postgres => "string_agg(CAST(user_id AS TEXT), ',')",
            _ => "group_concat(user_id)",
        };
        // One row a product: ten thousand people come as one text. SQLite takes the tables of a
        // CROSS JOIN in this order, so the costs go with the deal and not with the mall.
        let sql = format!(
            "SELECT p.id, p.name, p.price, h.currency, p.deleted_at, f.people FROM \
             (SELECT product_id, {people} AS people FROM \
             (SELECT s.product_id, s.user_id FROM deal_items i CROSS JOIN subscriptions s \
             WHERE i.deal_id = $1 AND s.product_id = i.product_id AND s.user_id > $2 {only_told}\
             ORDER BY s.user_id, s.product_id LIMIT $3) AS pairs GROUP BY product_id) AS f \
             JOIN products p ON p.id = f.product_id JOIN shops h ON h.id = p.shop_id \
             ORDER BY p.id"
        );
        let rows = self.select(&sql, values).await?;
        let followed: Vec<Followed> = rows.iter().map(followed).collect::<Result<_, _>>()?;
        let pairs: usize = followed.iter().map(|product| product.people.len()).sum();
        Ok(Page { followed, is_full: pairs >= limit })
    }
}

fn news(row: deal_news::Model) -> Result<News, RequestError> {
    Ok(News {
        deal: id(row.deal_id)?,
        number: row.news,
        kind: NewsKind::from_name(&row.kind).ok_or(CORRUPT)?,
        since: UnixMillis(row.since),
        after: row.after_user,
        people: row.people,
        notices: row.notices,
    })
}

fn followed(row: &QueryResult) -> Result<Followed, RequestError> {
    let (code, people): (String, String) = (row.try_get_by_index(3)?, row.try_get_by_index(5)?);
    let number = |digits: &str| digits.parse::<i64>().map_err(|_| CORRUPT).and_then(id);
    Ok(Followed {
        product: id(row.try_get_by_index(0)?)?,
        name: row.try_get_by_index(1)?,
        price: amount(row.try_get_by_index(2)?)?,
        currency: currency(&code)?,
        withdrawn: row.try_get_by_index::<Option<i64>>(4)?.is_some(),
        people: people.split(',').map(number).collect::<Result<_, _>>()?,
    })
}
