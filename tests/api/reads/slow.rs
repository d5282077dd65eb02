//! Reads that look through much wait for each other, and nobody else for them.

use futures_util::future::join_all;

use crate::support::{App, Store};

/// No account has such a number.
const SHOPPER: i64 = 700_000;

#[tokio::test]
async fn searches_that_do_not_come_to_an_end_keep_no_other_read_waiting() {
    let app = App::start().await;
    if app.database.store == Store::Sqlite {
        return; // Nothing keeps a reader waiting there; what is endless is a test of `storage`.
    }
    app.product(None, 1_000, 0).await;
    let tables = app.database.open().await;
    tables.spoil("BEGIN; LOCK TABLE products IN ACCESS EXCLUSIVE MODE").await;
    let searches = join_all((0..32).map(|number| {
        let path = format!("/api/products?q=lamp{number}");
        app.shopper(SHOPPER).get(&path).send()
    }));
    let others = async {
        for _ in 0..20 {
            app.anyone().get("/readyz").send().await.with_status(200);
            let order = app.shopper(SHOPPER).get("/api/orders/1").send().await;
            order.refused(404, "NOT_FOUND_ORDER");
        }
    };
    let (searches, ()) = futures_util::join!(searches, others);
    for answer in searches {
        answer.refused(503, "UNAVAILABLE");
    }
    tables.spoil("ROLLBACK").await;
    tables.close().await;
    app.shopper(SHOPPER).get("/api/products?q=lamp").send().await.with_status(200);
}
