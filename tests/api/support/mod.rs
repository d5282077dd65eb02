//! What every black-box test stands on: the real server on its own database, and one client.
//! Nothing here reaches into the server's code: only its command line, HTTP, and the tables.

mod answers;
mod app;
mod availability;
mod client;
mod database;
mod disk;
mod documented;
#[cfg(feature = "faults")]
mod gate;
mod listener;
mod older;
mod process;
mod tokens;
#[cfg(feature = "faults")]
mod wall;
mod wire;

pub(crate) use answers::{
    BatchAnswer, CouponAnswer, OrderAnswer, Problem, ProductAnswer, ShopAnswer, StockAnswer,
};
pub(crate) use app::{
    ADMIN_EMAIL, ADMIN_PASSWORD, App, Settings, event_body, http_client, product_body, time_in_s,
};
pub(crate) use availability::{Availability, Period};
pub(crate) use client::{Answer, Asked, Client};
pub(crate) use database::{Database, Store, Tables};
pub(crate) use disk::{Disk, Lost};
#[cfg(feature = "faults")]
pub(crate) use gate::Gate;
pub(crate) use listener::{Listener, Over, Socket, Told, open, upgrade};
pub(crate) use process::{Ended, Hotdeal, OPEN_FILES};
pub(crate) use tokens::{Claims, Role, SECRET, mint, mint_claims, now_s, signed};
#[cfg(feature = "faults")]
pub(crate) use wall::Wall;
pub(crate) use wire::Wire;

use std::time::{Duration, Instant};

/// What has not come by then does not come. A test that goes well never waits so long, and one on
/// a machine that is busy otherwise may take many times what it usually does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `condition` answers something, looking again and again until `deadline`.
pub(crate) async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(begun.elapsed() < deadline, "{what}: not within {deadline:?}");
        // A pause between two looks, not a guess at how long something takes.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
