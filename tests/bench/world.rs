//! What a measurement stands on: a server of this build on a database of its own, and a crowd.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;

use hotdeal::auth::Tokens;
use hotdeal::client::load::{Crowd, Lanes, Measured, Phase, Script};
use hotdeal::client::stage::{self, Stage};
use hotdeal::client::{Call, Reply, Session, Target};
use hotdeal_actors::account::Role;
use hotdeal_domain::{EventId, ShopId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend};
use serde_json::json;

/// Numbers from here on are above every one the server gives: of people and products that a
/// measurement writes beside it.
pub(crate) const STRANGERS: i64 = 800_000_001;

/// Half a million calls a second.
const PLENTY: &str = "1000000/2";

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A server process on a database of its own; killed when dropped.
pub(crate) struct World {
    program: PathBuf,
    server: Child,
    pub(crate) url: String,
    pub(crate) target: Target,
    pub(crate) tokens: Tokens,
    pub(crate) stage: Stage,
    pub(crate) shop: ShopId,
}

fn secret() -> String {
    format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())
}

/// The program of this build.
pub(crate) fn this_build() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_hotdeal"))
}

/// Starts the server and waits for the line that says where it listens.
fn serve(program: &Path, url: &str, secret: &str) -> Outcome<(Child, String)> {
    let mut server = Command::new(program);
    server
        .arg("serve")
        .env("HOTDEAL__HTTP__BIND", "127.0.0.1:0")
        .env("HOTDEAL__DATABASE__URL", url)
        .env("HOTDEAL__AUTH__SECRET", secret)
        .env("HOTDEAL__DEMO__ENABLED", "false")
        .env("HOTDEAL__LOG__FILTER", "error")
        // Counted as anybody's calls, and never used up by the one person who asks them all.
        .env("HOTDEAL__LIMITS__SALE_USER", PLENTY)
        .env("HOTDEAL__LIMITS__READ_USER", PLENTY)
        .env("HOTDEAL__LIMITS__READ_ADDRESS", PLENTY)
        .stdout(Stdio::piped());
    // Another build may not know it.
    if program == this_build() {
        server.env("HOTDEAL__LIMITS__SIGNUP_ADDRESS", PLENTY);
        server.env("HOTDEAL__HTTP__CONNECTIONS_PER_ADDRESS_MAX", "50000");
    }
    let mut server = server.spawn()?;
    let output = server.stdout.take().ok_or("the server has no output")?;
    for line in BufReader::new(output).lines() {
        if let Some(address) = line?.strip_prefix("ready: ") {
            return Ok((server, address.to_owned()));
        }
    }
    Err("the server did not start".into())
}

impl World {
    pub(crate) async fn open(url: &str) -> Outcome<Self> {
        Self::open_build(this_build(), url).await
    }

    /// The same with the program of another build.
    pub(crate) async fn open_build(program: &Path, url: &str) -> Outcome<Self> {
        let secret = secret();
        let migrate = Command::new(program)
            .args(["migrate", "--database", url])
            .stdout(Stdio::null())
            .status()?;
        if !migrate.success() {
            return Err("the database could not be migrated".into());
        }
        let (server, address) = serve(program, url, &secret)?;
        let target = Target::from_str(&address)?;
        let tokens = Tokens::new(&secret).lasting(86_400, 86_400);
        let run = stage::run_tag();
        let mut stage = Stage::new(Session::new(target.clone()), &tokens, &run);
        let shop = stage.open_rush_shop().await?;
        let (program, url) = (program.to_owned(), url.to_owned());
        Ok(Self { program, server, url, target, tokens, stage, shop })
    }

    /// Stops the server and starts another on the same database.
    pub(crate) async fn restart(&mut self) -> Outcome<()> {
        self.server.kill()?;
        self.server.wait()?;
        let secret = secret();
        let (server, address) = serve(&self.program, &self.url, &secret)?;
        self.server = server;
        self.target = Target::from_str(&address)?;
        self.tokens = Tokens::new(&secret).lasting(86_400, 86_400);
        let run = stage::run_tag();
        self.stage = Stage::new(Session::new(self.target.clone()), &self.tokens, &run);
        Ok(())
    }

    /// People with tokens.
    pub(crate) fn crowd(&self, size: usize) -> Crowd {
        let first = stage::made_up_people(size);
        let mut crowd = Crowd::default();
        for number in (first..).take(size) {
            crowd.join(&self.tokens.mint_access(stage::person(number), Role::User, stage::now()));
        }
        crowd
    }

    /// A new event with so many coupons, ready.
    pub(crate) async fn event(&mut self, coupons: u32) -> Outcome<EventId> {
        // The same request twice is one batch, so every event has a name of its own.
        let run = stage::run_tag();
        let mut stage = Stage::new(Session::new(self.target.clone()), &self.tokens, &run);
        Ok(stage.coupon_event(self.shop, coupons, &|_| {}).await?)
    }

    pub(crate) fn issue(&self, event: EventId) -> Script {
        let body = format!(r#"{{"eventId":{event}}}"#);
        Script::post(&self.target, "/api/coupons/issue", &body)
    }

    pub(crate) fn noop(&self, event: EventId) -> Script {
        Script::post(&self.target, "/api/noop", &format!(r#"{{"eventId":{event}}}"#))
    }

    /// Memory of the server that is its own, in bytes (`RssAnon`).
    pub(crate) fn memory(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("no RssAnon")?;
        Ok(kib.trim().parse::<u64>()? * 1024)
    }

    /// Processor time of the server so far, of all its threads, in its own code and in the
    /// kernel's (proc(5), `utime` and `stime`, in hundredths of a second).
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server.id()))?;
        // The name before the last parenthesis may hold spaces.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in stat")?;
        let ticks = |field: usize| -> Outcome<u64> {
            Ok(fields.split_whitespace().nth(field).ok_or("stat is short")?.parse()?)
        };
        Ok(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
    }

    /// The same audit by the build that is measured, whose tables may not be ours.
    pub(crate) fn audit_by_itself(&self) -> Outcome<()> {
        let audit = Command::new(&self.program)
            .args(["audit", "--database", &self.url])
            .stdout(Stdio::null())
            .status()?;
        if audit.success() { Ok(()) } else { Err(format!("audit of {}", self.url).into()) }
    }

    /// Folds the journal and compares: nothing measured counts unless this is clean.
    pub(crate) async fn audit(&self) -> Outcome<()> {
        let report = hotdeal_actors::audit::run(&self.url).await?;
        if report.is_clean() { Ok(()) } else { Err(format!("audit: {report:?}").into()) }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Lets `people` ask, each once.
pub(crate) async fn run(
    lanes: &mut Lanes,
    script: &Script,
    crowd: &Crowd,
    people: impl IntoIterator<Item = usize>,
    limit: Option<Duration>,
) -> Outcome<Measured> {
    let phase = Phase { script, crowd, time_limit: limit, is_patient: false, progress: &|_| {} };
    run_phase(lanes, &phase, people).await
}

/// The same, in whatever way they ask.
pub(crate) async fn run_phase(
    lanes: &mut Lanes,
    phase: &Phase<'_>,
    people: impl IntoIterator<Item = usize>,
) -> Outcome<Measured> {
    let mut ignore = |_: usize, _: &Reply<'_>| {};
    Ok(lanes.run(phase, &mut people.into_iter(), &mut ignore).await?)
}

/// Lets people of numbers above every one the server gives follow a product: written beside the
/// server, which an audit would find.
pub(crate) async fn follow(tables: &DatabaseConnection, product: i64, people: i64) -> Outcome<()> {
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO subscriptions (product_id, user_id, created_at) \
         SELECT {product}, {STRANGERS} + i, 1 FROM n",
        people - 1
    );
    tables.execute_unprepared(&sql).await?;
    Ok(())
}

/// A deal on products that runs already.
pub(crate) fn running_deal(products: &[i64]) -> String {
    let start = chrono::Utc::now() - chrono::Duration::minutes(1);
    let body = json!({
        "eventType": "HOT_DEAL",
        "eventDiscount": 10,
        "eventDuration": 1,
        "startEventTime": start.to_rfc3339(),
        "productIds": products,
    });
    body.to_string()
}

/// The call that opens a deal.
pub(crate) fn open_deal<'a>(world: &'a World, body: &'a str) -> Call<'a> {
    let mut call = Call::query("/api/event/create", world.stage.admin(), body.as_bytes());
    call.repeatable = false;
    call
}

/// A table like ours, in a file of its own or in the same PostgreSQL.
pub(crate) async fn yardstick(url: &str, table: &str) -> Outcome<DatabaseConnection> {
    let url = url.replace(".db", "-bare.db?mode=rwc");
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let bare = sea_orm::Database::connect(options).await?;
    let is_sqlite = bare.get_database_backend() == DbBackend::Sqlite;
    if is_sqlite {
        for pragma in ["journal_mode = WAL", "synchronous = FULL", "cache_size = -65536"] {
            bare.execute_unprepared(&format!("PRAGMA {pragma}")).await?;
        }
    }
    let order = if is_sqlite { "WITHOUT ROWID" } else { "" };
    bare.execute_unprepared(&format!("{table} {order}")).await?;
    Ok(bare)
}

/// The middle, the least and the greatest.
pub(crate) fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

/// One row of the table.
pub(crate) fn report(what: &str, values: Vec<f64>, bound: &str, note: &str) {
    let (middle, least, greatest) = median(values);
    println!("| {what} | **{middle:.2}** ({least:.2} to {greatest:.2}) | {bound} | {note} |");
}
