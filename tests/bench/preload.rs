//! A million coupons: prepared against bare inserts of the same rows, issued, and activated.

use std::time::Instant;

use hotdeal::client::load::Lanes;
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};

use super::world::{Outcome, World, report, run};

const COUPONS: u32 = 1_000_000;
/// Preparing a million coupons takes some seconds, so there are fewer rounds than elsewhere.
const ROUNDS: usize = 3;
const ROWS: usize = 1_000;

pub(crate) async fn measure(url: &str) -> Outcome<()> {
    let mut ratios = Vec::new();
    let mut figures = Vec::new();
    for round in 0..ROUNDS {
        let url = url.replace(".db", &format!("-{round}.db"));
        let mut world = World::open(&url).await?;
        let began = Instant::now();
        world.event(COUPONS).await?;
        let ours = f64::from(COUPONS) / began.elapsed().as_secs_f64();
        let bare = bare(&world, &url).await?;
        ratios.push(ours / bare);
        figures.push((ours, bare));
    }
    let note = format!("{:.0}/s; bare {:.0}/s", figures[0].0, figures[0].1);
    report("preload of 1,000,000 coupons ÷ bare inserts, SQLite", ratios, "≥ 0.5", &note);
    memory_and_activation(&url.replace(".db", "-issued.db")).await
}

/// The same rows, a thousand a statement, all in one transaction, into a table like ours.
async fn bare(world: &World, url: &str) -> Outcome<f64> {
    let from = sea_orm::Database::connect(url).await?;
    let mut options = sea_orm::ConnectOptions::new(url.replace(".db", "-bare.db?mode=rwc"));
    options.sqlx_logging(false);
    let to = sea_orm::Database::connect(options).await?;
    for sql in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA cache_size = -65536",
        "CREATE TABLE coupons (event_id BIGINT NOT NULL, ordinal BIGINT NOT NULL, \
         code TEXT NOT NULL, policy INTEGER NOT NULL, PRIMARY KEY (event_id, ordinal)) \
         WITHOUT ROWID",
        "CREATE UNIQUE INDEX coupons_by_code ON coupons (code)",
    ] {
        to.execute_unprepared(sql).await?;
    }
    let backend = from.get_database_backend();
    let read = Statement::from_string(backend, "SELECT * FROM coupons ORDER BY ordinal");
    let mut rows: Vec<(i64, i64, String, i32)> = Vec::new();
    for row in from.query_all_raw(read).await? {
        rows.push((
            row.try_get("", "event_id")?,
            row.try_get("", "ordinal")?,
            row.try_get("", "code")?,
            row.try_get("", "policy")?,
        ));
    }
    assert_eq!(rows.len(), COUPONS as usize, "{}", world.url);
    let values = vec!["(?,?,?,?)"; ROWS].join(",");
    let sql = format!("INSERT INTO coupons VALUES {values}");
    let began = Instant::now();
    let transaction = to.begin().await?;
    for chunk in rows.chunks(ROWS) {
        let cells = chunk.iter().flat_map(|(event, ordinal, code, policy)| {
            [(*event).into(), (*ordinal).into(), code.clone().into(), (*policy).into()]
        });
        let insert = Statement::from_sql_and_values(backend, &sql, cells.collect::<Vec<_>>());
        transaction.execute_raw(insert).await?;
    }
    transaction.commit().await?;
    Ok(f64::from(COUPONS) / began.elapsed().as_secs_f64())
}

async fn memory_and_activation(url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let event = world.event(COUPONS).await?;
    world.restart().await?;
    let empty = first_ask(&mut world, event).await?.1;
    let crowd = world.crowd(COUPONS as usize);
    let mut lanes = Lanes::open(&world.target, 256).await?;
    let everybody = 1..COUPONS as usize;
    let issued = run(&mut lanes, &world.issue(event), &crowd, everybody, None).await?;
    drop((lanes, crowd));
    if issued.answers.count(200, "") != u64::from(COUPONS) - 1 {
        return Err(format!("{:?}", issued.answers).into());
    }
    world.restart().await?;
    let (seconds, full) = first_ask(&mut world, event).await?;
    let each = (full.saturating_sub(empty)) as f64 / f64::from(COUPONS);
    report("memory of an issued coupon, bytes", vec![each], "≤ 64", "of 1,000,000, in the server");
    report(
        "activation of the event with 1,000,000 issued, s",
        vec![seconds],
        "≤ 3",
        "to the first answer",
    );
    world.audit().await
}

/// The first ask after a start: seconds until its answer, and the server's memory then.
async fn first_ask(world: &mut World, event: hotdeal_domain::EventId) -> Outcome<(f64, u64)> {
    let someone = world.crowd(1);
    let mut lanes = Lanes::open(&world.target, 1).await?;
    let began = Instant::now();
    run(&mut lanes, &world.issue(event), &someone, 0..1, None).await?;
    Ok((began.elapsed().as_secs_f64(), world.memory()?))
}
