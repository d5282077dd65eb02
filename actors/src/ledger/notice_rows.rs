//! The rows of what people follow and what they are told.

use std::collections::BTreeMap;

use hotdeal_domain::notice::{FollowFact, NewsKind, ReadMarks, Told};
use hotdeal_domain::{EventId, ProductId, UnixMillis, UserId};

use super::notice_tables as tables;
use super::rider::Rider;
use super::rows::RowSet;
use super::store::Cell;
use crate::api::{NoticeLine, Telling};

/// How the transaction leaves what it changes more than once.
#[derive(Default)]
pub(super) struct Notices {
    /// Since when a person follows a product; `None` when no longer.
    subscriptions: BTreeMap<(ProductId, UserId), Option<UnixMillis>>,
    news: BTreeMap<(EventId, i64), NewsAdvance>,
}

/// How far a transaction has brought the news of a deal.
struct NewsAdvance {
    first: i64,
    last: i64,
    after: i64,
    people: i64,
    notices: i64,
    done_at: Option<UnixMillis>,
}

impl RowSet {
    /// What is to be told comes with the fact that makes it, so that neither is lost alone.
    pub(super) fn deal_news(&mut self, deal: EventId, news: i64, kind: NewsKind, at: UnixMillis) {
        self.table(tables::DEAL_NEWS).push([
            Cell::Int(deal.get()),
            Cell::Int(news),
            Cell::Static(kind.name()),
            Cell::Int(at.0),
            Cell::Int(0),
            Cell::Int(0),
            Cell::Int(0),
        ]);
    }

    pub(super) fn follow_fact(&mut self, user: UserId, fact: &FollowFact) {
        match fact {
            FollowFact::Subscribed { products, at } => {
                let since = products.iter().map(|product| ((*product, user), Some(*at)));
                self.notices.subscriptions.extend(since);
            }
            FollowFact::Unsubscribed { product, .. } => {
                self.notices.subscriptions.insert((*product, user), None);
            }
            FollowFact::NoticesRead { marks: ReadMarks::Each(ids), at } => {
                let read = self.table(tables::NOTIFICATIONS_READ);
                for (sequence, product) in ids {
                    read.push([
                        Cell::Int(user.get()),
                        Cell::Int(*sequence),
                        Cell::Int(product.get()),
                        Cell::Int(at.0),
                    ]);
                }
            }
            FollowFact::NoticesRead { marks: ReadMarks::Through(sequence), at } => {
                let row = [Cell::Int(user.get()), Cell::Int(*sequence), Cell::Int(at.0)];
                self.table(tables::NOTIFICATIONS_READ_THROUGH).push(row);
            }
        }
    }

    /// Who withdraws follows nothing any more.
    pub(super) fn subscriptions_end(&mut self, user: UserId) {
        self.notices.subscriptions.retain(|(_, follower), _| *follower != user);
        self.table(tables::ALL_SUBSCRIPTIONS_ENDED).push([Cell::Int(user.get())]);
    }

    pub(super) fn deal_told(
        &mut self,
        deal: EventId,
        sequence: i64,
        told: &Told,
        at: UnixMillis,
        rider: Option<&Rider>,
    ) {
        let done_at = told.last.then_some(at);
        let (people, notices) = (i64::from(told.people), i64::from(told.notices));
        self.notices
            .news
            .entry((deal, told.news))
            .and_modify(|advance| {
                advance.last = sequence;
                advance.after = told.through;
                advance.people += people;
                advance.notices += notices;
                advance.done_at = done_at;
            })
            .or_insert(NewsAdvance {
                first: sequence,
                last: sequence,
                after: told.through,
                people,
                notices,
                done_at,
            });
        match rider {
            Some(Rider::Notices(telling)) => {
                debug_assert_eq!(telling.sequence, sequence, "the notifier owns its stream");
                self.notifications(telling, sequence);
            }
            Some(_) | None => debug_assert!(false, "people are told of a deal with its notices"),
        }
    }

    fn notifications(&mut self, telling: &Telling, sequence: i64) {
        let rows = self.table(tables::NOTIFICATIONS);
        for (line, people) in by_product(telling) {
            rows.push([
                Cell::Int(sequence),
                Cell::Int(line.product.get()),
                Cell::Int(telling.deal.id.get()),
                Cell::Static(telling.kind.name()),
                Cell::Text(line.name.clone()),
                Cell::Int(line.list_price.minor()),
                Cell::Int(line.price.minor()),
                Cell::Static(line.currency.code()),
                Cell::Int(telling.at.0),
                Cell::Text(people.into()),
            ]);
        }
    }

    /// Puts the last word on subscriptions and news into their tables.
    pub(super) fn write_notices(&mut self) {
        let Notices { subscriptions, news } = std::mem::take(&mut self.notices);
        for ((product, user), since) in subscriptions {
            let (product, user) = (Cell::Int(product.get()), Cell::Int(user.get()));
            match since {
                Some(at) => {
                    self.table(tables::SUBSCRIPTIONS).push([product, user, Cell::Int(at.0)]);
                }
                None => self.table(tables::SUBSCRIPTIONS_ENDED).push([product, user]),
            }
        }
        for ((deal, number), advance) in news {
            self.table(tables::DEAL_NEWS_TOLD).push([
                Cell::Int(deal.get()),
                Cell::Int(number),
                Cell::Int(advance.after),
                Cell::Int(advance.first),
                Cell::Int(advance.last),
                Cell::Int(advance.people),
                Cell::Int(advance.notices),
                advance.done_at.map_or(Cell::Null, |at| Cell::Int(at.0)),
            ]);
        }
    }
}

/// Each product with the numbers of the people who are told of it, with commas between them.
fn by_product(telling: &Telling) -> impl Iterator<Item = (&NoticeLine, String)> {
    use std::fmt::Write;
    let mut products: BTreeMap<ProductId, (&NoticeLine, String)> = BTreeMap::new();
    for (user, lines) in &telling.to {
        for line in lines.iter() {
            let (_, people) = products.entry(line.product).or_insert((line, String::new()));
            let comma = if people.is_empty() { "" } else { "," };
            write!(people, "{comma}{user}").expect("a text takes every character");
        }
    }
    products.into_values()
}
