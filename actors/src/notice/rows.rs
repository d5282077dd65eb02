//! The rows of what people follow and what they are told.

use std::collections::BTreeMap;
use std::sync::Arc;

use hotdeal_domain::deal::DealFact;
use hotdeal_domain::notice::{FollowFact, NewsKind, NoticeFact, ReadMarks};
use hotdeal_domain::stream::NoticeStream;
use hotdeal_domain::{EventId, ProductId, UnixMillis, UserId};
use hotdeal_entities::{deal_news, notifications, subscriptions};

use super::api::{NoticeBatch, NoticeLine};
use crate::ledger::{Cell, Decided, FactRows, Kind, Merge, Rows, Statement, statements};

statements! {
    /// Of accounts that were withdrawn: before anything that they follow after they came back.
    ALL_ENDED_SUBSCRIPTIONS = Statement::change(
        "subscriptions",
        "DELETE FROM subscriptions WHERE subscriptions.user_id IN (SELECT v.column1",
        ")",
        &[Kind::Int],
    );
    ENDED_SUBSCRIPTIONS = Statement::change(
        "subscriptions",
        "DELETE FROM subscriptions WHERE (subscriptions.product_id, subscriptions.user_id) IN \
         (SELECT v.column1, v.column2",
        ")",
        &[Kind::Int, Kind::Int],
    );
    SUBSCRIPTIONS = {
        use subscriptions::Column as C;
        Statement::insert(&[C::ProductId, C::UserId, C::CreatedAt])
            .or_replace(&[C::ProductId, C::UserId], &[C::CreatedAt])
    };
    /// A product and a list of people: most of a thousand rows is said once.
    NOTIFICATIONS = {
        use notifications::Column as C;
        Statement::spread(&[
            C::Sequence,
            C::ProductId,
            C::DealId,
            C::Kind,
            C::ProductName,
            C::ListPrice,
            C::Price,
            C::Currency,
            C::CreatedAt,
            C::UserId,
        ])
    };
    READ_NOTIFICATIONS = Statement::change(
        "notifications",
        "UPDATE notifications SET read_at = v.column4",
        "WHERE notifications.user_id = v.column1 AND notifications.sequence = v.column2 \
         AND notifications.product_id = v.column3 AND notifications.read_at IS NULL",
        &[Kind::Int, Kind::Int, Kind::Int, Kind::Int],
    );
    /// All up to one.
    READ_THROUGH = Statement::change(
        "notifications",
        "UPDATE notifications SET read_at = v.column3",
        "WHERE notifications.user_id = v.column1 AND notifications.sequence <= v.column2 \
         AND notifications.read_at IS NULL",
        &[Kind::Int, Kind::Int, Kind::Int],
    );
    NEW_NEWS = {
        use deal_news::Column as C;
        Statement::insert(&[
            C::DealId, C::News, C::Kind, C::Since, C::AfterUser, C::People, C::Notices,
        ])
    };
    /// How far a transaction has brought the news of a deal.
    TOLD_NEWS = {
        use Merge::{First, Last, Sum};
        use deal_news::Column as C;
        Statement::update(&[C::DealId, C::News], &[
            (Last, C::AfterUser),
            (First, C::FirstTold),
            (Last, C::LastTold),
            (Sum, C::People),
            (Sum, C::Notices),
            (Last, C::DoneAt),
        ])
    };
}

impl FactRows for NoticeStream {
    /// Who is told what.
    type Private = Arc<NoticeBatch>;

    fn count(NoticeFact::DealTold { told, .. }: &NoticeFact) -> usize {
        1 + usize::try_from(told.notices).unwrap_or(usize::MAX - 1)
    }

    fn write(decided: Decided<'_, Self>, rows: &mut Rows) {
        let sequence = decided.sequence;
        let NoticeFact::DealTold { deal, told, at } = decided.fact;
        rows.push(
            &TOLD_NEWS,
            [
                deal.get().into(),
                told.news.into(),
                told.through.into(),
                sequence.into(),
                sequence.into(),
                i64::from(told.people).into(),
                i64::from(told.notices).into(),
                told.last.then_some(at.0).into(),
            ],
        );
        match decided.private {
            Some(batch) => {
                debug_assert_eq!(batch.sequence, sequence, "the notifier owns its stream");
                notify(batch, sequence, rows);
            }
            None => debug_assert!(false, "people are told of a deal with its notices"),
        }
    }
}

/// What is to be told of a deal comes with the fact that makes it, so that neither is lost alone.
pub(crate) fn tell_of(fact: &DealFact, sequence: i64, rows: &mut Rows) {
    let (deal, kind, at) = match fact {
        DealFact::DealOpened { deal, .. } => (deal.id, NewsKind::Opened, deal.opened_at),
        DealFact::DealTurned { deal, state, at } => (*deal, NewsKind::of_turn(*state), *at),
    };
    add_news(deal, sequence, kind, at, rows);
}

fn add_news(deal: EventId, news: i64, kind: NewsKind, at: UnixMillis, rows: &mut Rows) {
    rows.push(
        &NEW_NEWS,
        [
            deal.get().into(),
            news.into(),
            kind.name().into(),
            at.0.into(),
            0.into(),
            0.into(),
            0.into(),
        ],
    );
}

/// Rows that a fact will write.
pub(crate) fn count(fact: &FollowFact) -> usize {
    match fact {
        FollowFact::Subscribed { products, .. } => products.len(),
        FollowFact::NoticesRead { marks: ReadMarks::Each(ids), .. } => ids.len(),
        FollowFact::NoticesRead { marks: ReadMarks::Through(_), .. }
        | FollowFact::Unsubscribed { .. } => 1,
    }
}

/// The rows of what happened to what a person follows, or has been told.
pub(crate) fn write(user: UserId, fact: &FollowFact, rows: &mut Rows) {
    let id = || Cell::Int(user.get());
    match fact {
        FollowFact::Subscribed { products, at } => {
            for product in products {
                rows.push(&SUBSCRIPTIONS, [product.get().into(), id(), at.0.into()]);
            }
        }
        FollowFact::Unsubscribed { product, .. } => {
            let pair = [product.get().into(), id()];
            rows.remove(&SUBSCRIPTIONS, &pair);
            rows.push(&ENDED_SUBSCRIPTIONS, pair);
        }
        FollowFact::NoticesRead { marks: ReadMarks::Each(ids), at } => {
            for (sequence, product) in ids {
                let row = [id(), (*sequence).into(), product.get().into(), at.0.into()];
                rows.push(&READ_NOTIFICATIONS, row);
            }
        }
        FollowFact::NoticesRead { marks: ReadMarks::Through(sequence), at } => {
            rows.push(&READ_THROUGH, [id(), (*sequence).into(), at.0.into()]);
        }
    }
}

/// Who withdraws follows nothing any more.
pub(crate) fn end_all(user: UserId, rows: &mut Rows) {
    let id = Cell::Int(user.get());
    rows.remove_all(&SUBSCRIPTIONS, |row| row[1] == id);
    rows.push(&ALL_ENDED_SUBSCRIPTIONS, [id]);
}

fn notify(batch: &NoticeBatch, sequence: i64, rows: &mut Rows) {
    for (line, people) in by_product(batch) {
        rows.push(
            &NOTIFICATIONS,
            [
                sequence.into(),
                line.product.get().into(),
                batch.deal.id.get().into(),
                batch.kind.name().into(),
                line.name.clone().into(),
                line.list_price.minor().into(),
                line.price.minor().into(),
                line.currency.code().into(),
                batch.at.0.into(),
                people.into(),
            ],
        );
    }
}

/// Each product with the numbers of the people who are told of it, with commas between them.
fn by_product(batch: &NoticeBatch) -> impl Iterator<Item = (&NoticeLine, String)> {
    use std::fmt::Write;
    let mut products: BTreeMap<ProductId, (&NoticeLine, String)> = BTreeMap::new();
    for (user, lines) in &batch.to {
        for line in lines.iter() {
            let (_, people) = products.entry(line.product).or_insert((line, String::new()));
            let comma = if people.is_empty() { "" } else { "," };
            write!(people, "{comma}{user}").expect("a text takes every character");
        }
    }
    products.into_values()
}
