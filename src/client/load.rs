//! A crowd: many keep-alive connections, each asking again as soon as it is answered (a closed
//! loop), measured phase by phase.
//!
//! The crowd shares a small machine with the server it measures, so its own cost counts: one
//! buffer and one write a request, one read an answer, no allocation and no parsing of JSON, and
//! all connections in one task of a current-thread runtime.

mod script;

use std::cell::{Cell, RefCell};
use std::io;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::{Connection, Reply, Target};
pub use script::Script;

/// Answers are measured up to this; a slower one counts as this slow.
const LATENCY_MAX: Duration = Duration::from_secs(60);
/// Without any answer for this long, a phase is aborted.
const STALL_MAX: Duration = Duration::from_secs(30);
/// How often progress is reported.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// The access tokens of a crowd, in one piece of memory: a million of them are some 250 MB.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    tokens: String,
    ends: Vec<usize>,
}

impl Crowd {
    /// Adds a person; people are numbered from 0.
    pub fn join(&mut self, token: &str) {
        self.tokens.push_str(token);
        self.ends.push(self.tokens.len());
    }

    /// How many people there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nobody has joined.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The token of one person.
    ///
    /// # Panics
    /// When nobody has this number.
    pub fn token(&self, person: usize) -> &str {
        let start = if person == 0 { 0 } else { self.ends[person - 1] };
        &self.tokens[start..self.ends[person]]
    }
}

/// How often each status and problem code was answered.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Answers(Vec<AnswerCount>);

/// How often one kind of answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerCount {
    /// The status.
    pub status: u16,
    /// The problem's code; empty for a success.
    pub code: String,
    /// How often.
    pub count: u64,
}

impl Answers {
    /// The kinds of answers, most frequent first.
    pub fn sorted(&self) -> Vec<AnswerCount> {
        let mut counts = self.0.clone();
        counts.sort_by(|a, b| b.count.cmp(&a.count).then(a.status.cmp(&b.status)));
        counts
    }

    /// How often this was answered.
    pub fn count(&self, status: u16, code: &str) -> u64 {
        self.0.iter().find(|is| is.status == status && is.code == code).map_or(0, |is| is.count)
    }

    /// How often anything was answered.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|is| is.count).sum()
    }

    fn add(&mut self, status: u16, code: &str, count: u64) {
        // A handful of kinds at most: looking through them beats hashing, and allocates once a kind.
        match self.0.iter_mut().find(|is| is.status == status && is.code == code) {
            Some(known) => known.count += count,
            None => self.0.push(AnswerCount { status, code: code.to_owned(), count }),
        }
    }
}

/// What a phase has shown.
#[derive(Debug, Clone)]
pub struct Measured {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Nanoseconds from a request's write to its answer's last byte.
    pub latency: Histogram<u64>,
    /// The same for answers that are not refusals.
    pub good: Histogram<u64>,
    /// What was answered.
    pub answers: Answers,
}

/// Latencies in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Half of the answers were at least this fast.
    pub p50_ms: f64,
    /// 95 of 100.
    pub p95_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}

impl Latency {
    /// The usual percentiles of nanoseconds.
    pub fn of(nanos: &Histogram<u64>) -> Self {
        let ms = |nanos: u64| nanos as f64 / 1e6;
        Self {
            p50_ms: ms(nanos.value_at_quantile(0.50)),
            p95_ms: ms(nanos.value_at_quantile(0.95)),
            p99_ms: ms(nanos.value_at_quantile(0.99)),
            max_ms: ms(nanos.max()),
        }
    }
}

impl Default for Measured {
    fn default() -> Self {
        let highest = u64::try_from(LATENCY_MAX.as_nanos()).expect("a minute fits");
        let latency = Histogram::new_with_bounds(1, highest, 3).expect("bounds are in order");
        let good = latency.clone();
        Self { elapsed: Duration::ZERO, latency, good, answers: Answers::default() }
    }
}

impl Measured {
    /// Answers a second.
    pub fn per_second(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        // Counts stay far below 2^52, where a float is still exact.
        if seconds > 0.0 { self.answers.total() as f64 / seconds } else { 0.0 }
    }

    /// The usual percentiles.
    pub fn latency(&self) -> Latency {
        Latency::of(&self.latency)
    }

    /// Adds what a later phase has shown.
    pub fn merge(&mut self, other: &Self) {
        self.elapsed += other.elapsed;
        self.latency.add(&other.latency).expect("all histograms have the same bounds");
        self.good.add(&other.good).expect("all histograms have the same bounds");
        for kind in &other.answers.0 {
            self.answers.add(kind.status, &kind.code, kind.count);
        }
    }

    fn record(&mut self, took: Duration, reply: &Reply<'_>) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.latency.saturating_record(nanos);
        if reply.status < 400 {
            self.good.saturating_record(nanos);
        }
        let code = if reply.status < 400 { None } else { reply.text_member("code") };
        self.answers.add(reply.status, code.unwrap_or_default(), 1);
    }
}

/// Why a phase has no result.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A connection could not be opened.
    #[error("connection {number} of {of} cannot be opened")]
    Connect {
        /// Which one.
        number: usize,
        /// Of how many.
        of: usize,
        /// What went wrong.
        source: io::Error,
    },
    /// A connection broke while somebody waited for an answer: the outcome is unknown.
    #[error("the connection broke while person {person} waited for an answer")]
    Broken {
        /// Who.
        person: usize,
        /// What broke.
        source: io::Error,
    },
    /// Nothing was answered for a long time.
    #[error("no answer for {} s", STALL_MAX.as_secs())]
    Stalled,
}

/// The open connections of a crowd.
#[derive(Debug)]
pub struct Lanes {
    target: Target,
    lanes: Vec<Lane>,
}

#[derive(Debug)]
struct Lane {
    connection: Connection,
    outbox: Vec<u8>,
}

/// What a phase is made of.
#[derive(Clone, Copy)]
pub struct Phase<'a> {
    /// What everybody sends.
    pub script: &'a Script,
    /// Who they are.
    pub crowd: &'a Crowd,
    /// When no further request begins; `None`: when everybody has been answered.
    pub time_limit: Option<Duration>,
    /// Whether a client that is asked to come back later does so; its connection waits.
    pub is_patient: bool,
    /// Told the number of answers ten times a second.
    pub progress: &'a dyn Fn(u64),
}

impl Lanes {
    /// Opens `count` connections.
    ///
    /// # Errors
    /// When one cannot be opened: nobody listens, or a limit of open files is reached.
    pub async fn open(target: &Target, count: usize) -> Result<Self, LoadError> {
        let mut lanes = Vec::with_capacity(count);
        for number in 1..=count {
            let opened = Connection::open(target).await;
            let connection =
                opened.map_err(|source| LoadError::Connect { number, of: count, source })?;
            lanes.push(Lane { connection, outbox: Vec::with_capacity(1024) });
        }
        Ok(Self { target: target.clone(), lanes })
    }

    /// Lets each of `people` ask once, in that order, over as many connections as there are.
    /// An iterator that never ends needs a time limit. `on_answer` sees every answer.
    ///
    /// # Errors
    /// When a connection breaks or nothing is answered any more.
    pub async fn run(
        &mut self,
        phase: &Phase<'_>,
        people: &mut dyn Iterator<Item = usize>,
        on_answer: &mut dyn FnMut(usize, &Reply<'_>),
    ) -> Result<Measured, LoadError> {
        self.reopen_closed().await?;
        let start = Instant::now();
        let shared = Shared {
            phase,
            ends: phase.time_limit.map(|limit| start + limit),
            floor: RefCell::new(Floor { people, on_answer, measured: Measured::default() }),
            answered: Cell::new(0),
        };
        let loops: FuturesUnordered<_> =
            self.lanes.iter_mut().map(|lane| shared.closed_loop(lane)).collect();
        // Without tokio's budget, which yields after 128 reads and writes: a crowd has more than
        // that ready at once.
        tokio::task::unconstrained(shared.watch(loops)).await?;
        let mut measured = shared.floor.into_inner().measured;
        measured.elapsed = start.elapsed();
        Ok(measured)
    }

    /// Replaces connections that the server has closed since the last phase.
    async fn reopen_closed(&mut self) -> Result<(), LoadError> {
        // Lets the runtime notice connections that were closed meanwhile.
        tokio::task::yield_now().await;
        let of = self.lanes.len();
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if !lane.connection.is_open() {
                let opened = Connection::open(&self.target).await;
                lane.connection = opened.map_err(|source| LoadError::Connect {
                    number: index + 1,
                    of,
                    source,
                })?;
            }
        }
        Ok(())
    }
}

/// The wait for which an answer asks.
fn later(reply: &Reply<'_>) -> Option<Duration> {
    reply.header("retry-after")?.parse().ok().map(Duration::from_secs)
}

/// The state shared by the connections of one phase. One task holds them all, and no borrow is held
/// across an await.
struct Shared<'a> {
    phase: &'a Phase<'a>,
    ends: Option<Instant>,
    floor: RefCell<Floor<'a>>,
    answered: Cell<u64>,
}

struct Floor<'a> {
    people: &'a mut dyn Iterator<Item = usize>,
    on_answer: &'a mut dyn FnMut(usize, &Reply<'_>),
    measured: Measured,
}

impl Shared<'_> {
    async fn closed_loop(&self, lane: &mut Lane) -> Result<(), LoadError> {
        let mut asked_at = Instant::now();
        loop {
            if self.ends.is_some_and(|ends| asked_at >= ends) {
                return Ok(());
            }
            let Some(person) = self.floor.borrow_mut().people.next() else { return Ok(()) };
            self.phase.script.write(self.phase.crowd.token(person), &mut lane.outbox);
            let exchanged = lane.connection.exchange(&lane.outbox).await;
            let reply = exchanged.map_err(|source| LoadError::Broken { person, source })?;
            // One look at the clock for each answer, because the next request begins at once.
            let now = Instant::now();
            {
                let mut floor = self.floor.borrow_mut();
                floor.measured.record(now - asked_at, &reply);
                (floor.on_answer)(person, &reply);
            }
            self.answered.set(self.answered.get() + 1);
            asked_at = now;
            let is_to_wait = self.phase.is_patient && reply.status == 503;
            if let Some(later) = is_to_wait.then(|| later(&reply)).flatten() {
                tokio::time::sleep(later).await;
                asked_at = Instant::now();
            }
        }
    }

    async fn watch<F>(&self, mut loops: FuturesUnordered<F>) -> Result<(), LoadError>
    where
        F: Future<Output = Result<(), LoadError>>,
    {
        let mut tick = tokio::time::interval(PROGRESS_EVERY);
        let (mut seen, mut seen_at) = (0, Instant::now());
        loop {
            tokio::select! {
                biased;
                ended = loops.next() => match ended {
                    Some(result) => result?,
                    None => return Ok(()),
                },
                _ = tick.tick() => {
                    let answered = self.answered.get();
                    (self.phase.progress)(answered);
                    if answered != seen {
                        (seen, seen_at) = (answered, Instant::now());
                    } else if seen_at.elapsed() > STALL_MAX {
                        return Err(LoadError::Stalled);
                    }
                }
            }
        }
    }
}
