//! A full disk: nothing is written, and that is what is said.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::{
    App, Disk, Ended, OrderAnswer, PATIENCE, Store, event_body, eventually, product_body,
};

const ORDERS: &str = "SELECT count(*) FROM orders";
const KEYS: &str = "SELECT count(*) FROM answers";

/// Everything that would be written is refused, and nothing of it is.
async fn refuses_what_it_cannot_write(app: &App, lamp: i64, event: i64) {
    let before = (app.database.number(ORDERS).await, app.database.number(KEYS).await);
    let order = json!({"productId": lamp, "quantity": 1});
    // The second finds an actor that has to be activated anew.
    for _ in 0..3 {
        let asked = app.shopper(1).post_json("/api/orders/v1", &order).key("one-order");
        let answer = asked.send().await;
        answer.refused(503, "DISK_FULL");
        assert_eq!(answer.header("retry-after"), Some("10"), "{answer}");
    }
    let coupon = json!({"eventId": event});
    let asked = app.shopper(1).post_json("/coupons/issue", &coupon);
    asked.send().await.refused(503, "DISK_FULL");
    let asked = app.admin().post_json("/api/products", &product_body("Lamp", 100));
    asked.send().await.refused(503, "DISK_FULL");
    let asked = app.admin().post_json("/api/coupons/preload", &event_body("More", 10));
    asked.send().await.refused(503, "DISK_FULL");
    app.anyone().get("/readyz").send().await.refused(503, "UNAVAILABLE");
    let after = (app.database.number(ORDERS).await, app.database.number(KEYS).await);
    assert_eq!(before, after, "something was written");
}

/// The order that found no room is made, once.
async fn goes_on(app: &App, lamp: i64) {
    let order = json!({"productId": lamp, "quantity": 1});
    let made = eventually("it writes again", PATIENCE, async || {
        let asked = app.shopper(1).post_json("/api/orders/v1", &order).key("one-order");
        let answer = asked.send().await;
        (answer.status == 200).then(|| answer.good::<OrderAnswer>().order_id)
    })
    .await;
    let asked = app.shopper(1).post_json("/api/orders/v1", &order).key("one-order");
    let again: OrderAnswer = asked.send().await.good();
    assert_eq!(again.order_id, made);
    assert_eq!(app.database.number(ORDERS).await, 1);
    app.audited();
}

#[track_caller]
fn says_that_it_is_full(ended: &Ended) {
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    let told: Vec<_> = ended.stderr.lines().filter(|line| line.starts_with("hotdeal: ")).collect();
    assert_eq!(told.len(), 1, "{}", ended.stderr);
    assert!(told[0].contains("is full"), "{}", told[0]);
}

#[tokio::test]
async fn a_full_disk_says_so_and_the_server_goes_on_once_there_is_room() {
    if Store::of_this_run() == Store::Postgres {
        return; // Its disk is its own affair.
    }
    let mut app = App::start_on_disk().await;
    let (lamp, event) = (app.product(None, 100, 1_000).await, app.event(100).await);
    app.disk().is_full();
    refuses_what_it_cannot_write(&app, lamp, event).await;
    app.disk().has_room();
    goes_on(&app, lamp).await;
}

#[tokio::test]
async fn a_start_on_a_full_disk_says_so_in_one_sentence() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let mut app = App::start_on_disk().await;
    app.product(None, 100, 1_000).await;
    // Once with a log to be folded, and once without.
    app.kill();
    says_that_it_is_full(&app.start_fails(Disk::is_full));
    app.start_again();
    app.anyone().get("/readyz").send().await.with_status(200);
    let server = app.take_server();
    server.ask_to_stop();
    let ended = server.ended();
    assert!(ended.status.success(), "{ended:?}");
    says_that_it_is_full(&app.start_fails(Disk::is_full));
    app.start_again();
    app.audited();
}

/// A disk of two MiB, where this process may mount one.
struct Small {
    at: PathBuf,
    _folder: tempfile::TempDir,
}

impl Small {
    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path().join("small");
        fs::create_dir(&at).expect("the test's own folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self { at, _folder: folder })
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // What stays mounted would keep the folder.
        drop(Command::new("umount").arg("--lazy").arg(&self.at).status());
    }
}

/// Takes what room is left.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).expect("there is room for a name");
    for piece in [&[0; 4_096][..], &[0; 1][..]] {
        while file.write_all(piece).is_ok() {}
    }
    path
}

#[tokio::test]
async fn a_disk_that_is_really_full_says_so_too() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let Some(small) = Small::mounted() else {
        return println!("left out: nothing can be mounted here");
    };
    let app = App::start_in_folder(&small.at).await;
    let (lamp, event) = (app.product(None, 100, 1_000).await, app.event(100).await);
    let filler = fill(&small.at);
    refuses_what_it_cannot_write(&app, lamp, event).await;
    fs::remove_file(filler).expect("the test's own file");
    goes_on(&app, lamp).await;
}
