//! The power goes, or the process is killed, while a new database is being made.

use hotdeal_domain::SplitMix64;

use crate::crash::{power, seed};
use crate::support::{
    ADMIN_EMAIL, ADMIN_PASSWORD, Disk, Hotdeal, Lost, Settings, Store, http_client,
};

/// Where the secret of the embedded default is kept.
const SECRET: &str = "data/auth.secret";

/// What a server is given that keeps its database and its secret in `data`.
fn settings() -> Settings {
    Settings::for_tests("").without("HOTDEAL__DATABASE__URL").without("HOTDEAL__AUTH__SECRET")
}

fn start(disk: &mut Disk) -> Hotdeal {
    let mut settings = settings();
    settings.0.extend(disk.attached());
    Hotdeal::start(&["serve"], disk.folder(), &settings.0)
}

/// How many operations on the disk a whole first start takes.
fn operations() -> u32 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut disk = Disk::new(folder.path());
    let mut server = start(&mut disk);
    server.ready_at().unwrap_or_else(|told| panic!("no server: {told}"));
    server.kill();
    disk.operations().try_into().expect("some thousands")
}

/// The next start is as good as any: the admin can log in, and the audit finds nothing.
async fn is_usable(disk: &Disk) -> Result<(), String> {
    let mut server = Hotdeal::start(&["serve"], disk.folder(), &settings().0);
    let url = server.ready_at()?;
    let body = serde_json::json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    let asked = http_client().post(format!("{url}/api/auth/login")).json(&body).send().await;
    let status = asked.map_err(|error| error.to_string())?.status();
    server.kill();
    let audit = Hotdeal::start(&["audit"], disk.folder(), &settings().0).ended();
    match audit.status.success() && status.is_success() {
        true => Ok(()),
        false => Err(format!("the log-in was answered {status}; {audit:?}")),
    }
}

/// A first start that ends after so many operations; whether it was ready before.
fn started(disk: &mut Disk, operations: u64) -> bool {
    let mut server = start(disk);
    disk.lose_power_in(operations);
    let ready = server.ready_at().is_ok();
    server.kill();
    ready
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_is_cut_short_anywhere_leaves_a_database_that_starts() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its disk is its own affair.
    }
    let mut chance = SplitMix64::new(seed());
    let operations = operations();
    for cycle in 1..=power::cycles() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut disk = Disk::new(folder.path());
        let end = 1 + chance.below(operations);
        let ready = started(&mut disk, u64::from(end));
        // One in three is a `kill -9`, which leaves all that was written.
        let lost = match cycle % 3 {
            0 => Lost::default(),
            _ => disk.lose_power(&mut chance),
        };
        println!(
            "cycle {cycle}: cut in operation {end} of {operations} (ready: {ready}), {} bytes \
             and {} names lost",
            lost.bytes, lost.names
        );
        let usable = is_usable(&disk).await;
        assert_eq!(usable, Ok(()), "cut in operation {end} of {operations}, in cycle {cycle}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_it_is_ready_a_new_server_keeps_its_secret_and_its_database_without_power() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let mut chance = SplitMix64::new(seed());
    // Whatever is not synced is lost with one cut in four, and half of it with two of them.
    for cycle in 1..=8 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut disk = Disk::new(folder.path());
        assert!(started(&mut disk, 0));
        let secret = std::fs::read(disk.folder().join(SECRET)).expect("it was made");
        let lost = disk.lose_power(&mut chance);
        println!("cycle {cycle}: {} bytes and {} names lost", lost.bytes, lost.names);
        let kept = std::fs::read(disk.folder().join(SECRET)).ok();
        assert_eq!(kept, Some(secret), "the secret, in cycle {cycle}");
        assert!(disk.folder().join("data/hotdeal.db").is_file(), "in cycle {cycle}");
        assert_eq!(is_usable(&disk).await, Ok(()), "in cycle {cycle}");
    }
}
