//! The mall: opens the host, starts the ledger, and gives out one handle a wing. It is the one door of this
//! crate. A new wing is registered here: its handle, its owners, its statements.

mod inspect;
pub(crate) mod purge;
mod sweep;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use hotdeal_domain::batch::BatchLimits;
use tokio::sync::watch;

use crate::account::recent::AccountCaches;
use crate::account::{self, Accounts};
use crate::clock;
use crate::coupon::{self, Coupons};
use crate::deal::{self, Deals};
use crate::desk::shop::{Listeners, ShopActor};
#[cfg(test)]
use crate::desk::user::UserActor;
use crate::error::{OpenError, RequestError};
use crate::history::History;
use crate::host::Host;
use crate::host::directory::{Directory, Owners};
use crate::host::timers;
use crate::lease::Lease;
use crate::ledger::keys::read_kept;
use crate::ledger::{BatchActor, Ledger, LedgerStats, Statement, StatementOrder};
use crate::mutant::{self, Mutant};
use crate::notice::{self, NoticeHub, Notices};
use crate::order::{self, Orders};
use crate::shop::{self, Shops};
use crate::storage::{Storage, StoreUrl};

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
    /// A shop has to answer its part of an order within so many seconds, or it is rejected; 0 for no bound.
    pub answer_within_s: u32,
    /// Notices are kept for so many days, and as long as their deal runs.
    pub notices_kept_days: u32,
    /// Days for which the profile of a withdrawn account is kept, so that it can come back.
    pub profile_kept_days: u32,
}

#[cfg(test)]
impl MallSettings {
    /// A small node, as most tests have it.
    pub(crate) fn of_a_test() -> Self {
        Self {
            mailbox_max: 100,
            idle_after_s: 60,
            arbiters: 1,
            ledger_queue_max: 100,
            ledger_batch_entries_max: 100,
            ledger_batch_rows_max: 1_000,
            subscriptions_per_user_max: 10,
            answer_within_s: 0,
            notices_kept_days: 90,
            profile_kept_days: 30,
        }
    }
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
    pub(crate) host: Host,
    pub(crate) accounts: Accounts,
    pub(crate) shops: Shops,
    pub(crate) deals: Deals,
    pub(crate) coupons: Coupons,
    pub(crate) orders: Orders,
    pub(crate) notices: Notices,
    /// The owners of streams on this node, by kind.
    pub(crate) owners: Vec<Arc<dyn Owners>>,
    pub(crate) desks: Directory<ShopActor>,
    #[cfg(test)]
    pub(crate) users: Directory<UserActor>,
    pub(crate) stats: Arc<LedgerStats>,
    pub(crate) settings: MallSettings,
    finished: watch::Receiver<bool>,
    _arbiters: Vec<Arbiter>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.deals.news.notify_one(); // So that `wake_on_news` sees that there is no mall any more.
    }
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
        let host = Host::new(ledger, storage, handles, settings.mailbox_max);
        let mall =
            Self { shared: Arc::new(Shared::new(url, host, settings, stats, finished, arbiters)) };
        mall.begin().await?;
        Ok(mall)
    }

    /// What was void stays so, and what was interrupted goes on.
    async fn begin(&self) -> Result<(), RequestError> {
        let Shared { host, accounts, coupons, notices, .. } = &*self.shared;
        if !mutant::is_on(Mutant::LogOutForgottenAtStart) {
            host.storage.read_revocations(&accounts.caches.revocations).await?;
        }
        coupons.resume().await?;
        notices.begin().await?;
        notices.wake();
        host.own_log().await?;
        read_kept(&host.keys, &host.ledger, &host.storage);
        actix::spawn(sweep::sweep(Arc::downgrade(&self.shared)));
        actix::spawn(sweep::wake_on_news(Arc::downgrade(&self.shared)));
        actix::spawn(sweep::wake_at_ends(Arc::downgrade(&self.shared)));
        Ok(())
    }

    /// Accounts.
    pub fn accounts(&self) -> &Accounts {
        &self.shared.accounts
    }

    /// Shops, their catalogue and stock.
    pub fn shops(&self) -> &Shops {
        &self.shared.shops
    }

    /// Deals.
    pub fn deals(&self) -> &Deals {
        &self.shared.deals
    }

    /// Coupons and events.
    pub fn coupons(&self) -> &Coupons {
        &self.shared.coupons
    }

    /// Orders.
    pub fn orders(&self) -> &Orders {
        &self.shared.orders
    }

    /// Notices and subscriptions.
    pub fn notices(&self) -> &Notices {
        &self.shared.notices
    }

    /// What streams were at earlier times.
    pub fn history(&self) -> History {
        History::new(self.shared.host.storage.clone())
    }

    /// Takes nothing more, and waits until all that was taken is written.
    pub async fn close(&self) {
        self.shared.host.ledger.close();
        let mut finished = self.shared.finished.clone();
        if tokio::time::timeout(CLOSE_MAX, finished.wait_for(|done| *done)).await.is_err() {
            tracing::error!("the ledger did not finish in time; unanswered asks may be lost");
        }
    }

    /// Whether this process is the one that decides.
    pub fn lease(&self) -> &Lease {
        self.shared.host.ledger.lease()
    }

    /// The process before this one may be gone and what it has sent not: what that makes void is looked
    /// for again and again, as after an outcome that is unknown.
    pub fn doubt_what_is_void(&self) {
        self.shared.accounts.caches.revocations.begin_doubt();
    }

    /// Begins again from the tables, as a new start does: another process may have written since.
    ///
    /// # Errors
    /// [`RequestError::Unavailable`] when the database cannot be read.
    pub async fn start_over(&self) -> Result<(), RequestError> {
        let Shared { host, accounts, shops, owners, .. } = &*self.shared;
        owners.iter().for_each(|owners| owners.fail_all());
        host.keys.log().fail();
        read_kept(&host.keys, &host.ledger, &host.storage);
        host.storage.read_revocations(&accounts.caches.revocations).await?;
        accounts.caches.revocations.has_read_again();
        accounts.caches.accounts.forget_all();
        shops.recent.forget();
        Ok(())
    }
}

impl Shared {
    /// Each wing is handed what stands below it, and reaches owners by a trait of its own.
    fn new(
        url: StoreUrl,
        host: Host,
        settings: MallSettings,
        stats: Arc<LedgerStats>,
        finished: watch::Receiver<bool>,
        arbiters: Vec<Arbiter>,
    ) -> Self {
        let (caches, listeners) = (AccountCaches::default(), Listeners::default());
        let users = Directory::new(caches.clone(), &host);
        let desks = Directory::<ShopActor>::new(listeners.clone(), &host);
        let events = Directory::new((), &host);
        let accounts = Accounts::new(host.clone(), Arc::new(users.clone()), caches);
        let desk = Arc::new(desks.clone());
        let Listeners { recent, changed } = listeners;
        let shops = Shops::new(host.clone(), accounts.clone(), desk.clone(), recent);
        let deals = Deals::new(host.clone(), shops.clone(), desk.clone());
        let coupons = Coupons::new(host.clone(), shops.clone(), deals.clone(), events.clone());
        let answer_within_ms =
            (settings.answer_within_s > 0).then(|| i64::from(settings.answer_within_s) * 1_000);
        let orders = Orders::new(host.clone(), shops.clone(), desk, answer_within_ms, changed);
        let hub = Arc::new(NoticeHub::new(deals.postings.clone()));
        let notifiers = Directory::new(hub.clone(), &host);
        let most = settings.subscriptions_per_user_max;
        let notices =
            Notices::new(host.clone(), Arc::new(users.clone()), notifiers.clone(), hub, most);
        let owners: Vec<Arc<dyn Owners>> = vec![
            Arc::new(desks.clone()),
            Arc::new(events),
            Arc::new(users.clone()),
            Arc::new(notifiers),
        ];
        Self {
            url,
            host,
            accounts,
            shops,
            deals,
            coupons,
            orders,
            notices,
            owners,
            desks,
            #[cfg(test)]
            users,
            stats,
            settings,
            finished,
            _arbiters: arbiters,
        }
    }
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
        StatementOrder::new(statements()),
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
        timers::statements(),
    ]
    .concat()
}
