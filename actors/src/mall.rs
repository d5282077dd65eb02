//! The mall: the one handle through which the server asks for anything.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use hotdeal_domain::batch::BatchLimits;
use hotdeal_domain::idempotency::{Claimed, KeyClaim};
use hotdeal_domain::{ProductId, ShopId, stream};
use tokio::sync::Mutex as TurnMutex;
use tokio::sync::{oneshot, watch};

use crate::account::recent::AccountCaches;
use crate::api::Answered;
use crate::detached::Detached;
use crate::directory::{Directory, Host};
use crate::error::AskError;
use crate::event::EventActor;
use crate::ids::Ids;
use crate::keys::{Key, Keys, mark_of, read_kept};
use crate::lease::Lease;
use crate::ledger::{
    BatchActor, Ledger, LedgerStats, Order, Owned, Part, Statement, Work, WriteError,
};
use crate::mutant::{self, Mutant};
use crate::notify::{self, NoticeBoard, Notifier};
use crate::order::WideOrders;
use crate::shell::{Caller, Outcome, Request, key_record, replayed};
use crate::shop::RecentProducts;
use crate::shop::ShopActor;
use crate::storage::{Storage, StoreUrl};
use crate::user::UserActor;
use crate::{account, clock, coupon, deal, notice, order, shell, shop, sweep};

/// Sizes and times of actors and ledger.
#[derive(Debug, Clone)]
pub struct MallSettings {
    /// Messages one actor's mailbox holds; beyond it callers are told to come back.
    pub mailbox_max: usize,
    /// An actor nobody asked for this long is passivated, in seconds.
    pub idle_after_s: u64,
    /// Threads the actors are spread over.
    pub arbiters: usize,
    /// Entries waiting for the ledger; beyond it callers are told to come back.
    pub ledger_queue_max: usize,
    /// Entries one transaction takes at most.
    pub ledger_batch_entries_max: usize,
    /// Rows one transaction writes at most, but for one larger entry alone.
    pub ledger_batch_rows_max: usize,
    /// Products one person can follow.
    pub subscriptions_per_user_max: usize,
    /// Notices are kept for so many days, and as long as their deal runs.
    pub notices_kept_days: u32,
    /// Days for which the profile of a withdrawn account is kept, so that it can come back.
    pub profile_kept_days: u32,
}

/// Why the mall does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no database it knows.
    #[error("{0}")]
    Url(&'static str),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// What the database tells cannot be used.
    #[error("the database cannot be used: {0}")]
    Unusable(#[from] AskError),
}

/// How long closing waits for what is queued.
const CLOSE_MAX: Duration = Duration::from_secs(15);

/// The mall: shops, events and the ledger under them. Cheap to clone; every clone is the same.
#[derive(Clone)]
pub struct Mall {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    /// Where the database is.
    pub(crate) url: StoreUrl,
    pub(crate) keys: Keys,
    pub(crate) ledger: Ledger,
    pub(crate) stats: Arc<LedgerStats>,
    pub(crate) storage: Storage,
    pub(crate) events: Directory<EventActor>,
    pub(crate) shops: Directory<ShopActor>,
    pub(crate) users: Directory<UserActor>,
    pub(crate) notifiers: Directory<Notifier>,
    /// Who hears of notices, and how far they have come. A cache of the stream of notices: a new owner
    /// reads from the tables what its listeners have not heard.
    pub(crate) notices: Arc<NoticeBoard>,
    pub(crate) accounts: AccountCaches,
    pub(crate) products: Arc<RecentProducts>,
    pub(crate) ids: Ids,
    pub(crate) settings: MallSettings,
    pub(crate) wide_orders: WideOrders,
    pub(crate) detached: Detached,
    /// One command at a time changes a deal, and tells its shops. This turn, and those below, hold for
    /// one node. Between nodes the epoch of the stream that is written to decides.
    pub(crate) deal_turn: TurnMutex<()>,
    /// One command at a time changes a role.
    pub(crate) role_turn: Arc<TurnMutex<()>>,
    /// Held while a product is described anew, by the product's number: also what goes on when its
    /// caller has hung up has one.
    pub(crate) change_turns: [Arc<TurnMutex<()>>; crate::catalogue::CHANGES_AT_ONCE as usize],
    /// Which shop offered a product. A cache of what never changes: kept once known (16 bytes each).
    /// Whether it is still on sale, the shop's desk knows.
    pub(crate) sellers: papaya::HashMap<ProductId, ShopId>,
    finished: watch::Receiver<bool>,
    _arbiters: Vec<Arbiter>,
}

impl Mall {
    /// Opens the mall on a migrated database and starts its actors. Called within an actix
    /// system; preparations of coupons and notices of deals that were interrupted go on. Nothing is
    /// written while the lease is not held.
    ///
    /// # Errors
    /// [`OpenError`] when the database cannot be reached or used.
    pub async fn open(
        database_url: &str,
        settings: MallSettings,
        lease: Lease,
    ) -> Result<Self, OpenError> {
        let url: StoreUrl = database_url.parse().map_err(OpenError::Url)?;
        let storage = Storage::open(&url).await?;
        if let Some(recorded) = storage.latest_recorded().await? {
            clock::learn(recorded);
        }
        let ledger = Ledger::new(settings.ledger_queue_max, lease);
        let arbiters: Vec<Arbiter> =
            (0..settings.arbiters.max(1)).map(|_| Arbiter::new()).collect();
        let handles: Arc<[ArbiterHandle]> = arbiters.iter().map(Arbiter::handle).collect();
        let (stats, finished) = start_ledger(&ledger, url.clone(), &settings, &handles[0]);
        let notices: Arc<NoticeBoard> = Arc::default();
        let (accounts, products) = (AccountCaches::default(), Arc::<RecentProducts>::default());
        let host = Host {
            ledger: ledger.clone(),
            storage: storage.clone(),
            arbiters: handles,
            mailbox_max: settings.mailbox_max,
        };
        let shared = Shared {
            keys: Keys::default(),
            events: Directory::new((), &host),
            shops: Directory::new(products.clone(), &host),
            users: Directory::new(accounts.clone(), &host),
            notifiers: Directory::new(notices.clone(), &host),
            notices,
            accounts,
            products,
            ids: Ids::new(ledger.clone()),
            wide_orders: WideOrders::default(),
            detached: Detached::default(),
            deal_turn: TurnMutex::new(()),
            role_turn: Arc::default(),
            change_turns: std::array::from_fn(|_| Arc::default()),
            sellers: papaya::HashMap::new(),
            url,
            ledger,
            stats,
            storage,
            settings,
            finished,
            _arbiters: arbiters,
        };
        let mall = Self { shared: Arc::new(shared) };
        if !mutant::is_on(Mutant::LogOutForgottenAtStart) {
            mall.shared.storage.read_revocations(&mall.shared.accounts.revocations).await?;
        }
        for event in mall.shared.storage.unprepared().await? {
            mall.shared.events.live(event).await?;
        }
        let notifier = mall.shared.notifiers.live(notify::PART).await?;
        mall.shared.notices.begin_at(notifier.activation.durable_sequence());
        mall.wake_notifier();
        mall.own_log().await?;
        read_kept(&mall.shared);
        actix::spawn(sweep::sweep(Arc::downgrade(&mall.shared)));
        Ok(mall)
    }

    /// News of a deal may have to be told.
    pub(crate) fn wake_notifier(&self) {
        sweep::wake_notifier(&self.shared);
    }

    /// Takes nothing more, and waits until all that was taken is written.
    pub async fn close(&self) {
        self.shared.ledger.close();
        let mut finished = self.shared.finished.clone();
        if tokio::time::timeout(CLOSE_MAX, finished.wait_for(|done| *done)).await.is_err() {
            tracing::error!("the ledger did not finish in time; unanswered asks may be lost");
        }
    }

    /// Whether this process is the one that decides.
    pub fn lease(&self) -> &Lease {
        self.shared.ledger.lease()
    }

    /// The process before this one may be gone and what it has sent not: what that makes void is looked
    /// for again and again, as after an outcome that is unknown.
    pub fn doubt_what_is_void(&self) {
        self.shared.accounts.revocations.begin_doubt();
    }

    /// Begins again from the tables, as a new start does: another process may have written since.
    ///
    /// # Errors
    /// [`AskError::Unavailable`] when the database cannot be read.
    pub async fn start_over(&self) -> Result<(), AskError> {
        let shared = &self.shared;
        shared.events.fail_all();
        shared.shops.fail_all();
        shared.users.fail_all();
        shared.notifiers.fail_all();
        shared.keys.log().fail();
        read_kept(shared);
        shared.storage.read_revocations(&shared.accounts.revocations).await?;
        shared.accounts.revocations.has_read_again();
        shared.accounts.accounts.forget_all();
        shared.products.forget();
        Ok(())
    }

    /// As [`once`](Self::once), for what the owner that `send` finds decides.
    pub(crate) async fn asked<M, T, F>(
        &self,
        body: M,
        key: Option<KeyClaim>,
        send: impl FnOnce(Request<M, T>) -> F,
    ) -> Outcome<T>
    where
        T: shell::Answer,
        F: Future<Output = Result<(), AskError>>,
    {
        self.once(key, async |key| ask_owner(body, key, send).await).await
    }

    /// Does what is asked, unless an earlier ask under this key did and was answered: then that is
    /// the answer. The key is held until the outcome of `first` is known.
    ///
    /// # Errors
    /// [`AskError::KeyConflict`]; [`AskError::Busy`] where an earlier ask under the key takes too
    /// long; and those of `first`.
    pub(crate) async fn once<T: shell::Answer>(
        &self,
        key: Option<KeyClaim>,
        first: impl AsyncFnOnce(Option<Key>) -> Outcome<T>,
    ) -> Outcome<T> {
        let Some(claim) = key else { return first(None).await };
        let claim = self.shared.keys.claim(claim).await.ok_or(AskError::Busy)?;
        let log = self.own_log().await?;
        match self.found_under(claim.claim(), claim.mark()).await? {
            Some(answered) => Ok(answered),
            None => first(Some(claim.in_log(log))).await,
        }
    }

    /// The log of kept answers, which is this node's from before anything is looked up in it.
    async fn own_log(&self) -> Result<Owned<stream::Keys>, AskError> {
        let Shared { keys, ledger, storage, .. } = &*self.shared;
        keys.log().owned(ledger, storage).await
    }

    /// Keeps an answer by which nothing changed under its key.
    pub(crate) async fn keep<T: shell::Answer>(
        &self,
        answer: &T,
        key: Option<Key>,
    ) -> Result<(), AskError> {
        let Some(key) = key else { return Ok(()) };
        let kept = key_record(key, answer, clock::now());
        Ok(self.shared.ledger.commit(Work::Facts(Vec::new()), Some(kept)).await?)
    }

    /// The answer an earlier ask got under this key, as far as it is durable now.
    pub(crate) async fn answered_before<T: shell::Answer>(
        &self,
        key: Option<&KeyClaim>,
    ) -> Result<Option<Answered<T>>, AskError> {
        let Some(claim) = key else { return Ok(None) };
        self.own_log().await?;
        self.found_under(claim, mark_of(&claim.scope)).await
    }

    async fn found_under<T: shell::Answer>(
        &self,
        claim: &KeyClaim,
        mark: i64,
    ) -> Result<Option<Answered<T>>, AskError> {
        let keys = &self.shared.keys;
        if keys.kept().is_fresh(mark) {
            return Ok(None);
        }
        let place = keys.log().place(mark);
        match self.shared.storage.claimed(claim, mark, place).await? {
            Claimed::Fresh => Ok(None),
            Claimed::Conflict => Err(AskError::KeyConflict),
            Claimed::Replay(answer) => replayed(&answer).map(Some),
        }
    }

    /// Writes the first fact of a new stream, and with it the answer to the key it was asked
    /// under.
    pub(crate) async fn found<T: shell::Answer>(
        &self,
        founding: Part,
        answer: &T,
        key: Option<Key>,
    ) -> Result<(), WriteError> {
        let key = key.map(|key| key_record(key, answer, clock::now()));
        self.shared.ledger.commit(Work::Fact(founding), key).await
    }

    /// The shop that offered each of the products; they may be off sale since.
    ///
    /// # Errors
    /// [`AskError::NoSuchProducts`] with those nobody ever offered.
    pub async fn sellers(
        &self,
        products: &[ProductId],
    ) -> Result<HashMap<ProductId, ShopId>, AskError> {
        let (found, unknown) = self.offered_by(products).await?;
        if unknown.is_empty() {
            Ok(found.into_iter().collect())
        } else {
            Err(AskError::NoSuchProducts(unknown))
        }
    }

    /// The products by the shop that sells them, and those nobody sells.
    pub(crate) async fn by_shop(
        &self,
        products: &[ProductId],
    ) -> Result<(BTreeMap<ShopId, Vec<ProductId>>, Vec<ProductId>), AskError> {
        let (found, unknown) = self.offered_by(products).await?;
        let mut shares: BTreeMap<ShopId, Vec<ProductId>> = BTreeMap::new();
        for (product, shop) in found {
            shares.entry(shop).or_default().push(product);
        }
        Ok((shares, unknown))
    }

    /// Each product with the shop that offered it, and those nobody ever offered.
    async fn offered_by(
        &self,
        products: &[ProductId],
    ) -> Result<(Vec<(ProductId, ShopId)>, Vec<ProductId>), AskError> {
        let mut found = Vec::with_capacity(products.len());
        let mut unknown = Vec::new();
        {
            let known = self.shared.sellers.pin();
            for product in products {
                match known.get(product) {
                    Some(shop) => found.push((*product, *shop)),
                    None => unknown.push(*product),
                }
            }
        }
        if !unknown.is_empty() {
            let read = self.shared.storage.shops_of(&unknown).await?;
            let known = self.shared.sellers.pin();
            for &(product, shop) in &read {
                known.insert(product, shop);
            }
            unknown.retain(|product| known.get(product).is_none());
            found.extend(read);
        }
        Ok((found, unknown))
    }
}

/// Sends an ask to the owner `send` finds, and waits for its answer.
pub(crate) async fn ask_owner<M, T, F>(
    body: M,
    key: Option<Key>,
    send: impl FnOnce(Request<M, T>) -> F,
) -> Outcome<T>
where
    F: Future<Output = Result<(), AskError>>,
{
    let (reply, answer) = oneshot::channel();
    let caller = Caller { key, reply };
    send(Request { body, caller, sent: Instant::now() }).await?;
    answer.await.unwrap_or(Err(AskError::OutcomeUnknown))
}

fn start_ledger(
    ledger: &Ledger,
    url: StoreUrl,
    settings: &MallSettings,
    arbiter: &ArbiterHandle,
) -> (Arc<LedgerStats>, watch::Receiver<bool>) {
    let stats = Arc::new(LedgerStats::default());
    let limits = BatchLimits {
        entries_max: settings.ledger_batch_entries_max,
        rows_max: settings.ledger_batch_rows_max,
    };
    let (actor, finished) = BatchActor::new(
        ledger.clone(),
        url,
        Order::new(statements()),
        limits,
        clock::now,
        stats.clone(),
    );
    drop(BatchActor::start_in_arbiter(arbiter, move |_| actor));
    (stats, finished)
}

/// The statements of all wings, in the order in which a transaction runs them.
pub(crate) fn statements() -> Vec<&'static Statement> {
    [
        account::rows::statements(),
        shop::rows::statements(),
        deal::rows::statements(),
        coupon::rows::statements(),
        order::rows::statements(),
        notice::rows::statements(),
    ]
    .concat()
}
