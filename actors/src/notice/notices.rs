//! What can be asked about followed products and notices of deals.

use std::sync::Arc;

use hotdeal_domain::idempotency::KeyClaim;
use hotdeal_domain::notice::ReadMarks;
use hotdeal_domain::{ProductId, StreamId, UserId};

use super::Outcome;
use super::api::{
    Following, NewsView, NoticeBatch, NoticeSearch, NoticeView, NoticesPace, NoticesRead,
    ReadNotices, Subscribe, Unsubscribe,
};
use super::error::NoticeError;
use super::messages::{FollowAnswer, FollowRequest};
use super::{Notices, PART};
use crate::clock;
use crate::error::RequestError;
use crate::host::{Answered, send_request};
use crate::ledger::keys::Key;

/// News in flight shown at once.
const NEWS_SHOWN: u64 = 100;

impl Notices {
    /// Lets a person follow products; of those followed already nothing changes.
    ///
    /// # Errors
    /// [`NoticeError::NoSuchProducts`] with those that are not on sale,
    /// [`NoticeError::TooManySubscriptions`], [`NoticeError::NoSuchUser`].
    pub async fn subscribe(&self, request: Subscribe, key: Option<KeyClaim>) -> Outcome<()> {
        let done = self.host.once(key, async |key| {
            let Subscribe { user, products } = request;
            let unknown = self.host.storage.not_on_sale(&products).await?;
            if !unknown.is_empty() {
                return Err(NoticeError::NoSuchProducts(unknown));
            }
            let most = self.subscriptions_max;
            self.follow(user, FollowRequest::Subscribe { products, most }, key).await
        });
        Ok(Answered { value: (), replayed: done.await?.replayed })
    }

    /// Lets a person follow a product no longer.
    ///
    /// # Errors
    /// [`NoticeError::NoSuchSubscription`], [`NoticeError::NoSuchUser`].
    pub async fn unsubscribe(&self, request: Unsubscribe, key: Option<KeyClaim>) -> Outcome<()> {
        let leave = FollowRequest::Unsubscribe(request.product);
        let done = self.host.once(key, async |key| self.follow(request.user, leave, key).await);
        Ok(Answered { value: (), replayed: done.await?.replayed })
    }

    /// Who follows a product, by number, after the person `after`, at most `limit` of them.
    pub async fn subscribers(
        &self,
        product: ProductId,
        after: i64,
        limit: u64,
    ) -> Result<Vec<UserId>, RequestError> {
        self.host.storage.subscribers(product, after, limit).await
    }

    /// Whether a person follows a product.
    pub async fn is_subscribed(&self, asked: Following) -> Result<bool, RequestError> {
        self.host.storage.is_subscribed(asked.user, asked.product).await
    }

    /// A person's notices, the newest first.
    pub async fn search(&self, search: &NoticeSearch) -> Result<Vec<NoticeView>, RequestError> {
        match search.unread {
            // Where most were read, it looks through all of them.
            true => self.host.storage.slow()?.notices(search).await,
            false => self.host.storage.notices(search).await,
        }
    }

    /// How many of a person's notices were not read.
    pub async fn unread(&self, user: UserId) -> Result<u64, RequestError> {
        self.host.storage.slow()?.unread(user).await
    }

    /// Marks notices as read; answers how many were not before.
    ///
    /// # Errors
    /// [`NoticeError::NoSuchNotices`] with those that are not the person's,
    /// [`NoticeError::NoSuchUser`].
    pub async fn read_notices(&self, request: ReadNotices, key: Option<KeyClaim>) -> Outcome<u32> {
        counted(self.host.once(key, async |key| self.mark_as_read(request, key).await).await?)
    }

    async fn mark_as_read(&self, request: ReadNotices, key: Option<Key>) -> Outcome<FollowAnswer> {
        let (marks, count) = match request.which {
            NoticesRead::UpTo(sequence) => {
                let unread = self.host.storage.unread_up_to(request.user, sequence).await?;
                unread.map(|(count, last)| (ReadMarks::Through(last), count)).unzip()
            }
            NoticesRead::Each(mut ids) => {
                let has = self.host.storage.has_notices(request.user, &ids).await?;
                let unknown: Vec<_> =
                    ids.iter().copied().filter(|id| !has.contains_key(id)).collect();
                if !unknown.is_empty() {
                    return Err(NoticeError::NoSuchNotices(unknown));
                }
                ids.retain(|id| has.get(id) == Some(&false));
                let count = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                let ids: Vec<_> = ids.into_iter().map(|id| (id.sequence, id.product)).collect();
                ((count > 0).then_some(ReadMarks::Each(ids)), Some(count))
            }
        };
        let read = FollowRequest::Read { marks, count: count.unwrap_or(0) };
        self.follow(request.user, read, key).await
    }

    async fn follow(
        &self,
        user: UserId,
        request: FollowRequest,
        key: Option<Key>,
    ) -> Outcome<FollowAnswer> {
        send_request(request, key, async |envelope| self.owners.send(user, envelope).await).await
    }

    /// Calls `sink` with every batch, in the order of their sequences, once it is durable: on
    /// the notifier's thread, so it only sends. Nothing of what was told before is told to it;
    /// who asks [`told_through`](Self::told_through) after this has not missed anything later.
    /// A batch may be to nobody: news without an audience has a sequence, too.
    pub fn on_batch(&self, sink: impl Fn(Arc<NoticeBatch>) + Send + Sync + 'static) {
        self.hub.listen(sink);
    }

    /// The last durable sequence of the stream `notices:1`, as far as this node has heard.
    pub fn told_through(&self) -> i64 {
        self.hub.told_through()
    }

    /// The last durable sequence of the stream `notices:1`: the tables may be ahead of
    /// [`told_through`](Self::told_through) for a moment.
    pub async fn told_durably(&self) -> Result<i64, RequestError> {
        self.host.storage.last_sequence(StreamId::Notices(PART)).await
    }

    /// The last sequence of notices of which something was forgotten. Who stopped before it has
    /// missed what nobody can tell any more. To be asked after [`missed`](Self::missed), in whose
    /// midst something may be forgotten.
    pub async fn forgotten_through(&self) -> Result<i64, RequestError> {
        self.host.storage.forgotten_through(PART).await
    }

    /// What a person was told after a sequence of notices: whole batches in order, with just
    /// this person in `to`, at most `limit` of them.
    pub async fn missed(
        &self,
        user: UserId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<NoticeBatch>, RequestError> {
        self.host.storage.missed(user, after, limit).await
    }

    /// News of deals that is being told, or will be, the oldest first.
    pub async fn news_in_flight(&self) -> Result<Vec<NewsView>, RequestError> {
        let news = self.host.storage.news(NEWS_SHOWN).await?;
        let view = |news: crate::notice::read::News| NewsView {
            deal: news.deal,
            kind: news.kind,
            since: news.since,
            after: news.after,
            people: news.people,
            notices: news.notices,
        };
        Ok(news.into_iter().map(view).collect())
    }

    /// How fast notices are delivered on this node.
    pub fn notices_pace(&self) -> NoticesPace {
        self.hub.pace(clock::now())
    }
}

fn counted(answered: Answered<FollowAnswer>) -> Outcome<u32> {
    match answered.value {
        FollowAnswer::Read(value) => Ok(Answered { value, replayed: answered.replayed }),
        FollowAnswer::Done => {
            Err(RequestError::Unavailable("an earlier answer cannot be read").into())
        }
    }
}
