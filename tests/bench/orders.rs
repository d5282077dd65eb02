//! Orders of one hot product against pgbench doing the same on one row, each order a transaction.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hotdeal::client::load::{Lanes, Script};

use super::ROUNDS;
use super::world::{Outcome, World, median, report, run};

const CONNECTIONS: usize = 256;
const SLICE: Duration = Duration::from_secs(4);
const SCRIPT: &str = "\\set user random(1, 1000000)
BEGIN;
UPDATE bench_stock SET sold = sold + 1 WHERE id = 1 AND sold < on_hand;
INSERT INTO bench_orders (user_id, product_id, quantity, price) VALUES (:user, 1, 1, 12900);
COMMIT;
";

pub(crate) async fn measure(
    url: &str,
    programs: &Path,
    server: &str,
    folder: &Path,
) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(200_000);
    let product = world.stage.hot_product(world.shop, 10_000_000).await?;
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let order = Script::post(&world.target, "/api/orders/v1", &body);
    let mut lanes = Lanes::open(&world.target, CONNECTIONS).await?;
    let pgbench = PgBench { programs, server, script: folder.join("order.sql") };
    std::fs::write(&pgbench.script, SCRIPT)?;
    let best = pgbench.best_clients()?;
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let plain = pgbench.run(best, 4)?;
        let people = (0..crowd.len()).cycle();
        let measured = run(&mut lanes, &order, &crowd, people, Some(SLICE)).await?;
        if measured.answers.count(200, "") != measured.answers.total() {
            return Err(format!("{:?}", measured.answers).into());
        }
        ratios.push(measured.per_second() / plain);
        ours.push(measured.per_second());
        theirs.push(plain);
    }
    world.audit().await?;
    let figures = format!(
        "{:.0}/s over HTTP; pgbench {:.0}/s with {best} clients",
        median(ours).0,
        median(theirs).0
    );
    report("orders of one hot product ÷ pgbench, PostgreSQL", ratios, "≥ 8", &figures);
    Ok(())
}

struct PgBench<'a> {
    programs: &'a Path,
    server: &'a str,
    script: std::path::PathBuf,
}

impl PgBench<'_> {
    fn best_clients(&self) -> Outcome<u32> {
        let mut best = (1, 0.0);
        for clients in [1, 2, 4, 8, 16, 32] {
            let rate = self.run(clients, 2)?;
            if rate > best.1 {
                best = (clients, rate);
            }
        }
        Ok(best.0)
    }

    /// Transactions a second of so many clients, prepared, on fresh tables.
    fn run(&self, clients: u32, seconds: u32) -> Outcome<f64> {
        let fresh = "DROP TABLE IF EXISTS bench_stock, bench_orders;
            CREATE TABLE bench_stock (id int PRIMARY KEY, on_hand int, sold int);
            CREATE TABLE bench_orders (id bigserial PRIMARY KEY, user_id bigint, product_id int,
                quantity int, price bigint);
            INSERT INTO bench_stock VALUES (1, 100000000, 0);";
        let database = format!("{}/postgres", self.server);
        let made = Command::new(self.programs.join("psql"))
            .args(["-q", "-d", &database, "-c", "SET client_min_messages = error", "-c", fresh])
            .status()?;
        if !made.success() {
            return Err("psql failed".into());
        }
        let output = Command::new(self.programs.join("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()])
            .args(["-T", &seconds.to_string(), "-f"])
            .arg(&self.script)
            .arg(&database)
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = line.and_then(|line| line.split(' ').next()).ok_or("pgbench said no rate")?;
        Ok(rate.parse()?)
    }
}
