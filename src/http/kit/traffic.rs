//! Metrics: requests by operation and outcome, and the actors by kind, for a scraper to read. A
//! series begins with its first count.

mod plain;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotdeal_actors::Mall;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::crowd::{self, Crowd};
use super::route::Route;

/// Bounds of the buckets of a request's time, in seconds: from a refusal out of memory to the
/// deadline of a body.
const SECONDS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    operation: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

/// The classes of status, by their first digit less two.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

type Requests = Family<Outcome, Counter>;
type Seconds = Family<Operation, Histogram, fn() -> Histogram>;

/// The counters of one operation; each is found without a lookup once it exists.
struct OfOperation {
    name: &'static str,
    by_class: [OnceLock<Counter<u64, AtomicU64>>; 4],
    seconds: OnceLock<Histogram>,
}

impl OfOperation {
    fn new(name: &'static str) -> Self {
        Self { name, by_class: Default::default(), seconds: OnceLock::new() }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoopShare {
    share: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct End {
    end: &'static str,
}

/// What ended a batch, in the order in which the ledger counts it.
const BATCH_ENDS: [&str; 3] = ["queue_empty", "entries_max", "rows_max"];

/// The metrics of the ledger, set when they are asked for.
#[derive(Default)]
struct OfLedger {
    transactions: Counter<u64, AtomicU64>,
    entries: Counter<u64, AtomicU64>,
    failures: Counter<u64, AtomicU64>,
    batches: Family<End, Counter<u64, AtomicU64>>,
    busy_seconds: Counter<f64, AtomicU64>,
    turn_seconds: Family<LoopShare, Gauge<f64, AtomicU64>>,
    waiting: Gauge,
    capacity: Gauge,
    log: Gauge,
}

impl OfLedger {
    fn register(&self, registry: &mut Registry) {
        registry.register("transactions", "Transactions sent", self.transactions.clone());
        registry.register("entries", "Entries written or refused", self.entries.clone());
        registry.register("failures", "Turns the database failed in", self.failures.clone());
        registry.register("batches", "Batches, by what ended them", self.batches.clone());
        let busy = "Time spent in turns, commits included";
        registry.register_with_unit("busy", busy, Unit::Seconds, self.busy_seconds.clone());
        let turn = "Time within which this share of turns ended, commit included";
        registry.register_with_unit("turn", turn, Unit::Seconds, self.turn_seconds.clone());
        registry.register("queue", "Entries waiting or being written", self.waiting.clone());
        registry.register("queue_capacity", "Entries it takes", self.capacity.clone());
    }

    /// Only on SQLite is it the server that keeps the log short.
    fn register_log(&self, registry: &mut Registry) {
        let log = "Length of SQLite's write-ahead log";
        registry.register_with_unit("log", log, Unit::Bytes, self.log.clone());
    }

    fn count(&self, mall: &Mall) {
        let view = mall.ledger();
        self.transactions.inner().store(view.transactions_total, Ordering::Relaxed);
        self.entries.inner().store(view.entries_total, Ordering::Relaxed);
        self.failures.inner().store(view.failed_total, Ordering::Relaxed);
        for (end, total) in BATCH_ENDS.into_iter().zip(view.batch_ends) {
            count_to(&self.batches, &End { end }, total);
        }
        let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
        self.busy_seconds.inner().store(seconds(view.busy_us_total).to_bits(), Ordering::Relaxed);
        let turn = mall.ledger_turn_us();
        for (share, micros) in [("0.5", turn.p50), ("0.99", turn.p99)] {
            self.turn_seconds.get_or_create(&LoopShare { share }).set(seconds(micros));
        }
        let (waiting, capacity) = mall.ledger_queue();
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.capacity.set(i64::try_from(capacity).unwrap_or(i64::MAX));
        if let Some(bytes) = mall.log_bytes() {
            self.log.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }
}

/// All counters of the server.
pub(crate) struct Traffic {
    registry: Registry,
    requests: Requests,
    seconds: Seconds,
    operations: Vec<OfOperation>,
    ledger: OfLedger,
    rejected: Family<Kind, Counter<u64, AtomicU64>>,
    under_way: Family<Kind, Gauge>,
    turned_away: Family<Kind, Counter<u64, AtomicU64>>,
    actors: Family<Kind, Gauge>,
    waiting: Family<Kind, Gauge>,
    in_flight: Family<Kind, Gauge>,
    restarts: Family<Kind, Gauge>,
}

impl Traffic {
    /// Nothing counted yet, for each route and for requests that met none.
    pub(crate) fn new(mall: &Mall, routes: &[Route]) -> Self {
        let names = routes.iter().map(|route| route.id).chain(["unmatched"]);
        let mut traffic = Self {
            registry: Registry::with_prefix("hotdeal"),
            requests: Requests::default(),
            seconds: Seconds::new_with_constructor(|| Histogram::new(SECONDS)),
            operations: names.map(OfOperation::new).collect(),
            ledger: OfLedger::default(),
            rejected: Family::default(),
            under_way: Family::default(),
            turned_away: Family::default(),
            actors: Family::default(),
            waiting: Family::default(),
            in_flight: Family::default(),
            restarts: Family::default(),
        };
        let registry = &mut traffic.registry;
        registry.register("http_requests", "Requests answered", traffic.requests.clone());
        let took = "Time from the head to the answer";
        registry.register("http_request_seconds", took, traffic.seconds.clone());
        let under_way = "Requests being served";
        registry.register("http_requests_under_way", under_way, traffic.under_way.clone());
        registry.register(
            "http_requests_turned_away",
            "Requests turned away before anything was done for them",
            traffic.turned_away.clone(),
        );
        registry.register("actors", "Live actors", traffic.actors.clone());
        registry.register(
            "actor_messages_waiting",
            "Messages in mailboxes",
            traffic.waiting.clone(),
        );
        registry.register(
            "actor_facts_in_flight",
            "Facts decided and not yet durable",
            traffic.in_flight.clone(),
        );
        registry.register(
            "actor_restarts",
            "Rebuilds of the live actors",
            traffic.restarts.clone(),
        );
        registry.register(
            "actor_messages_rejected",
            "Messages turned away by full mailboxes",
            traffic.rejected.clone(),
        );
        let of_ledger = registry.sub_registry_with_prefix("ledger");
        traffic.ledger.register(of_ledger);
        if mall.log_bytes().is_some() {
            traffic.ledger.register_log(of_ledger);
        }
        traffic
    }

    /// Counts a request. `place`: of its route in the table; `None` for one that met none.
    pub(crate) fn count(&self, place: Option<usize>, status: u16, took: Duration) {
        let operation = &self.operations[place.unwrap_or(self.operations.len() - 1)];
        let class = usize::from(status / 100).saturating_sub(2).min(CLASSES.len() - 1);
        let (name, status) = (operation.name, CLASSES[class]);
        let outcome = || self.requests.get_or_create_owned(&Outcome { operation: name, status });
        operation.by_class[class].get_or_init(outcome).inc();
        let seconds = || self.seconds.get_or_create_owned(&Operation { operation: name });
        operation.seconds.get_or_init(seconds).observe(took.as_secs_f64());
    }

    /// All metrics in the text format of Prometheus, for a scraper that asks for no other.
    pub(crate) fn plain(&self, mall: &Mall, crowd: &Crowd) -> Result<String, std::fmt::Error> {
        self.written(mall, crowd).map(|text| plain::from_open_metrics(&text))
    }

    /// All of it as OpenMetrics text. The actors are counted now, by kind: a key as a label
    /// would make a series for each shop.
    pub(crate) fn written(&self, mall: &Mall, crowd: &Crowd) -> Result<String, std::fmt::Error> {
        for kind in crowd::Kind::ALL {
            let of = Kind { kind: kind.name() };
            count_to(&self.turned_away, &of, crowd.turned_away(kind));
            set_to(&self.under_way, &of, i64::try_from(crowd.under_way(kind)).unwrap_or(i64::MAX));
        }
        self.count_actors(mall);
        self.ledger.count(mall);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn count_actors(&self, mall: &Mall) {
        let mut kinds: BTreeMap<&'static str, [i64; 4]> = BTreeMap::new();
        for (kind, of) in mall.totals() {
            let restarts = i64::try_from(of.restarts).unwrap_or(i64::MAX);
            kinds.insert(kind, [of.live, of.waiting, of.in_flight, restarts]);
        }
        for (kind, total) in mall.rejected_totals() {
            count_to(&self.rejected, &Kind { kind }, total);
            kinds.entry(kind).or_default();
        }
        let families = [&self.actors, &self.waiting, &self.in_flight, &self.restarts];
        for (place, family) in families.into_iter().enumerate() {
            for (&kind, counts) in &kinds {
                set_to(family, &Kind { kind }, counts[place]);
            }
        }
    }
}

/// Sets a counter to a total that was counted elsewhere, once that is not zero.
fn count_to<L: Clone + Eq + std::hash::Hash>(
    family: &Family<L, Counter<u64, AtomicU64>>,
    label: &L,
    total: u64,
) {
    if total > 0 {
        family.get_or_create(label).inner().store(total, Ordering::Relaxed);
    }
}

/// Sets a gauge, once there is anything to show.
fn set_to(family: &Family<Kind, Gauge>, kind: &Kind, count: i64) {
    if count != 0 || family.get(kind).is_some() {
        family.get_or_create(kind).set(count);
    }
}
