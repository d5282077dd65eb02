//! Durable coupon issue over HTTP against what is often put in its place: a Redis script on a
//! list and a hash, with the append-only file synced always.

use std::process::Command;

use hotdeal::client::load::Lanes;

use super::ROUNDS;
use super::world::{Outcome, World, median, report, run};

const COUPONS: u32 = 100_000;
const SCRIPT: &str = "if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end \
    local c = redis.call('LPOP', KEYS[1]) if not c then return -1 end \
    redis.call('HSET', KEYS[2], ARGV[1], c) return c";
const FILL: &str = "redis.call('DEL', 'list', 'hash') for i = 1, 400000 do \
    redis.call('RPUSH', 'list', 'COUPON-' .. i) end return redis.call('LLEN', 'list')";

pub(crate) async fn measure(url: &str, port: u16) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let coupons = COUPONS as usize;
    let crowd = world.crowd(coupons);
    let redis = Redis { port: port.to_string() };
    let digest = redis.cli(&["SCRIPT", "LOAD", SCRIPT])?;
    for connections in [50, 256] {
        let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let event = world.event(COUPONS).await?;
            let plain = redis.benchmark(&digest)?;
            // Not before: a connection that asks nothing for five seconds is closed.
            let mut lanes = Lanes::open(&world.target, connections).await?;
            let issued = run(&mut lanes, &world.issue(event), &crowd, 0..coupons, None).await?;
            if issued.answers.count(200, "") != u64::from(COUPONS) {
                return Err(format!("{:?}", issued.answers).into());
            }
            ratios.push(issued.per_second() / plain);
            ours.push(issued.per_second());
            theirs.push(plain);
        }
        let what = format!(
            "durable coupon issue over HTTP ({connections} connections), SQLite ÷ Redis script, \
             appendfsync always (50 connections)"
        );
        let figures = format!("{:.0}/s; Redis {:.0}/s", median(ours).0, median(theirs).0);
        report(&what, ratios, "≥ 0.9", &figures);
    }
    world.audit().await
}

struct Redis {
    port: String,
}

impl Redis {
    fn cli(&self, words: &[&str]) -> Outcome<String> {
        let output = Command::new("redis-cli").args(["-p", &self.port]).args(words).output()?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn benchmark(&self, digest: &str) -> Outcome<f64> {
        self.cli(&["EVAL", FILL, "0"])?;
        let output = Command::new("redis-benchmark")
            .args(["-p", &self.port, "-c", "50", "-n", "150000", "-r", "100000000", "--csv"])
            .args(["EVALSHA", digest, "2", "list", "hash", "__rand_int__"])
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let rate = text.lines().last().and_then(|line| line.split("\",\"").nth(1));
        Ok(rate.ok_or("redis-benchmark said no rate")?.trim_matches('"').parse()?)
    }
}
