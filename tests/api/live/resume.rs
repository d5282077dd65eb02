//! Coming back: exactly what was missed, or a gap that says so.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hotdeal_domain::SplitMix64;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{BOTH, deal, follower};
use crate::deals::deal_body;
use crate::support::{App, Listener, Over, eventually};

/// Clients, and how often each of them is cut off.
const CLIENTS: usize = 200;
const CUTS: usize = 50;
const PRODUCTS: usize = 8;
const DEALS: usize = 60;

#[tokio::test]
async fn who_comes_back_gets_what_was_missed_and_then_what_follows() {
    let mut app = App::start().await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    for over in BOTH {
        let mut listener = Listener::connect(over, app.url(), &token, None).await.expect("let in");
        let ready = listener.expect("ready").await;
        assert_eq!(*ready.data("/resumed"), json!(false));
        let mut deals = vec![deal(&app, 10.0, &[lamp]).await];
        let heard = listener.expect("hot-deal").await;
        assert_eq!(*heard.data("/eventId"), json!(deals[0]));
        drop(listener);
        deals.push(deal(&app, 11.0, &[lamp]).await);
        deals.push(deal(&app, 12.0, &[lamp]).await);
        // Also across a crash, and from what the very first event said.
        app.kill();
        app.start_again();
        for (since, has) in [(heard.id(), 1), (ready.id(), 0)] {
            let mut again =
                Listener::connect(over, app.url(), &token, Some(&since)).await.expect("let in");
            assert_eq!(*again.expect("ready").await.data("/resumed"), json!(true));
            let missed = deals[has..].to_vec();
            deals.push(deal(&app, 13.0, &[lamp]).await);
            for event in missed.iter().chain(deals.last()) {
                assert_eq!(*again.expect("hot-deal").await.data("/eventId"), json!(event));
            }
        }
    }
}

#[tokio::test]
async fn of_two_ids_of_a_stream_the_one_in_the_header_counts() {
    let app = App::start().await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut settled = Listener::connect(Over::Sse, app.url(), &token, None).await.expect("in");
    let mut ids = vec![settled.expect("ready").await.id()];
    for _ in 0..2 {
        deal(&app, 10.0, &[lamp]).await;
        ids.push(settled.expect("hot-deal").await.id());
    }
    // A browser comes back to the address it was given first, which names an earlier id.
    for (query, header, next) in [(0, 1, 2), (1, 0, 1)] {
        let query = format!("?since={}", ids[query]);
        let (url, header) = (app.url(), Some(ids[header].as_str()));
        let opened = Listener::connect_to(Over::Sse, url, &token, &query, header).await;
        let mut listener = opened.expect("let in");
        listener.expect("ready").await;
        assert_eq!(listener.expect("hot-deal").await.id(), ids[next]);
    }
}

#[tokio::test]
async fn an_id_that_is_none_of_ours_and_one_too_old_are_answered_with_a_gap() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__LIVE__REPLAY_MAX", "2")).await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut settled = Listener::connect(Over::Sse, app.url(), &token, None).await.expect("in");
    settled.expect("ready").await;
    let mut position = String::new();
    for _ in 0..3 {
        deal(&app, 10.0, &[lamp]).await;
        position = settled.expect("hot-deal").await.id();
    }
    for over in BOTH {
        for (since, reason) in [
            ("notices:0", "too-old"),
            ("notices:9000000000000000000", "unknown-id"),
            ("notices:-5", "unknown-id"),
            ("notices:99999999999999999999999", "unknown-id"),
            ("orders:1", "unknown-id"),
        ] {
            let opened = Listener::connect(over, app.url(), &token, Some(since)).await;
            let mut listener = opened.expect("let in");
            let ready = listener.expect("ready").await;
            assert_eq!(*ready.data("/resumed"), json!(false), "{since}");
            let gap = listener.expect("gap").await;
            assert_eq!(*gap.data("/reason"), json!(reason), "{since}");
            assert_eq!(gap.id(), position);
        }
    }
}

#[tokio::test]
async fn a_replay_that_is_larger_than_may_wait_is_a_gap() {
    let bound = ("HOTDEAL__LIVE__WAITING_BYTES_MAX", "1500");
    let app = App::start_with(|settings| settings.with(bound.0, bound.1)).await;
    let lamp = app.product(None, 10_000, 5).await;
    let (_, token) = follower(&app, "kim", &[lamp]).await;
    let mut settled = Listener::connect(Over::Sse, app.url(), &token, None).await.expect("in");
    settled.expect("ready").await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        deal(&app, 10.0, &[lamp]).await;
        ids.push(settled.expect("hot-deal").await.id());
    }
    for over in BOTH {
        let all = Listener::connect(over, app.url(), &token, Some("notices:0")).await;
        let mut all = all.expect("let in");
        all.expect("ready").await;
        assert_eq!(*all.expect("gap").await.data("/reason"), json!("too-old"));
        let some = Listener::connect(over, app.url(), &token, Some(&ids[3])).await;
        let mut some = some.expect("let in");
        some.expect("ready").await;
        assert_eq!(some.expect("hot-deal").await.id(), ids[4]);
    }
}

/// One of many who listen.
struct Client {
    over: Over,
    token: String,
    urls: watch::Receiver<String>,
    last: watch::Receiver<Option<i64>>,
    chance: SplitMix64,
    cuts_of_all: Arc<AtomicUsize>,
    since: Option<String>,
    ids: BTreeSet<String>,
    /// The events of the deals it was told of, in order.
    events: Vec<i64>,
}

impl Client {
    /// Listens, is cut off and comes back, until it has heard of the last deal.
    async fn hear_all(mut self) -> Vec<i64> {
        let mut cuts = 0;
        while !self.has_heard_last() {
            let url = self.urls.borrow().clone();
            let since = self.since.as_deref();
            match Listener::connect(self.over, &url, &self.token, since).await {
                Ok(listener) => {
                    cuts += 1;
                    self.stay(listener, cuts <= CUTS).await;
                    if cuts <= CUTS {
                        self.cuts_of_all.fetch_add(1, Ordering::Relaxed);
                    }
                }
                // The server is down: it says so when it is up again, or is up already.
                Err(_) => {
                    drop(
                        tokio::time::timeout(Duration::from_millis(50), self.urls.changed()).await,
                    );
                }
            }
        }
        assert!(cuts > CUTS, "cut off {cuts} times only");
        self.events
    }

    /// Stays until it has heard some events or nothing for a while; or to the end.
    async fn stay(&mut self, mut listener: Listener, is_cut: bool) {
        let events = self.chance.below(4);
        let pause = Duration::from_millis(20 + u64::from(self.chance.below(150)));
        let mut heard = 0;
        while !(is_cut && heard > events || self.has_heard_last()) {
            let next = listener.next();
            let told = match is_cut {
                true => tokio::time::timeout(pause, next).await,
                false => Ok(next.await),
            };
            let Ok(Ok(told)) = told else { return };
            match told.kind.as_str() {
                "ready" => {
                    self.since.get_or_insert(told.id());
                }
                "hot-deal" => {
                    heard += 1;
                    assert!(self.ids.insert(told.id()), "{} came twice", told.id());
                    self.since = Some(told.id());
                    self.events.push(told.data("/eventId").as_i64().expect("a number"));
                }
                _ => panic!("{told:?}"),
            }
        }
    }

    fn has_heard_last(&self) -> bool {
        self.last.borrow().is_some_and(|last| self.events.contains(&last))
    }
}

/// Opens a deal, also when the server dies meanwhile: repeated under one key until it answers.
async fn open_surely(app: &App, body: &Value, key: &str) -> i64 {
    loop {
        let asked = app.admin().post_json("/api/event/create", body).key(key);
        let Ok(answer) = asked.try_send().await else { continue };
        if !answer.status.is_server_error() {
            let opened: Value = answer.with_status(201).good();
            return opened["eventId"].as_i64().expect("a number");
        }
    }
}

fn some(chance: &mut SplitMix64, of: usize, percent: u32) -> BTreeSet<usize> {
    (0..of).filter(|_| chance.below(100) < percent).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_cut_off_fifty_times_miss_nothing_while_the_server_dies_twice() {
    let seed = std::env::var("HOTDEAL_LIVE_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()) ^ now_nanos());
    println!("HOTDEAL_LIVE_SEED={seed}");
    let mut chance = SplitMix64::new(seed);
    let mut app = App::start().await;
    let mut products = Vec::new();
    for _ in 0..PRODUCTS {
        products.push(app.product(None, 10_000, 5).await);
    }
    let (url, urls) = watch::channel(app.url().to_owned());
    let (last_deal, last) = watch::channel(None);
    let cuts = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    let mut follows: Vec<BTreeSet<usize>> = Vec::new();
    for (number, over) in (0..CLIENTS).zip(BOTH.into_iter().cycle()) {
        // Each follows the last product, on which the last deal is, and some of the others.
        let mut some = some(&mut chance, PRODUCTS - 1, 40);
        some.insert(PRODUCTS - 1);
        let ids: Vec<i64> = some.iter().map(|place| products[*place]).collect();
        follows.push(some);
        let (_, token) = follower(&app, &format!("shopper-{number}"), &ids).await;
        let client = Client {
            over,
            token,
            urls: urls.clone(),
            last: last.clone(),
            chance: SplitMix64::new(chance.next_u64()),
            cuts_of_all: cuts.clone(),
            since: Some("notices:0".to_owned()),
            ids: BTreeSet::new(),
            events: Vec::new(),
        };
        clients.spawn(async move { (number, client.hear_all().await) });
    }
    let mut deals: Vec<(i64, BTreeSet<usize>)> = Vec::new();
    for number in 0..DEALS {
        let on: BTreeSet<usize> = match number {
            _ if number == DEALS - 1 => [PRODUCTS - 1].into(),
            // Of each product so few that there is room for all.
            _ => some(&mut chance, PRODUCTS - 1, 20).into_iter().chain([number % 7]).collect(),
        };
        let ids: Vec<i64> = on.iter().map(|place| products[*place]).collect();
        let body = deal_body(10.0, &ids);
        // The deals go on as long as the cuts do.
        eventually("cuts", Duration::from_secs(120), async || {
            let due = number * CLIENTS * CUTS / (DEALS - 1);
            (cuts.load(Ordering::Relaxed) >= due).then_some(())
        })
        .await;
        if [DEALS / 3, DEALS * 2 / 3].contains(&number) {
            // The server dies while this deal is under way or being told.
            let asked = app.admin().post_json("/api/event/create", &body);
            let asked = tokio::spawn(asked.key(&format!("deal-{number}")).try_send());
            tokio::time::sleep(Duration::from_millis(u64::from(chance.below(12)))).await;
            app.kill();
            drop(asked.await);
            app.start_again();
            url.send_replace(app.url().to_owned());
        }
        deals.push((open_surely(&app, &body, &format!("deal-{number}")).await, on));
    }
    last_deal.send_replace(deals.last().map(|(event, _)| *event));
    while let Some(ended) = clients.join_next().await {
        let (number, mut heard) = ended.expect("no client fails");
        heard.sort_unstable();
        let concerns = |on: &BTreeSet<usize>| !on.is_disjoint(&follows[number]);
        let mut expected: Vec<i64> =
            deals.iter().filter(|(_, on)| concerns(on)).map(|(event, _)| *event).collect();
        expected.sort_unstable();
        assert_eq!(heard, expected, "client {number}");
    }
    app.audited();
}

fn now_nanos() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("later than 1970");
    u64::from(since.subsec_nanos())
}
