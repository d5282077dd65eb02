//! Ten thousand notices of a deal: the time from its request to the last durable row against one
//! bulk insert of the same rows.

use std::time::{Duration, Instant};

use hotdeal::client::Session;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};
use serde::Deserialize;

use super::world::{
    Outcome, STRANGERS, World, follow, median, open_deal, report, running_deal, yardstick,
};

/// Notices of one deal.
const NOTICES: i64 = 10_000;
/// Rows of one statement of the yardstick.
const ROWS: usize = 1_000;
/// Columns of a notice.
const COLUMNS: usize = 11;
/// Between two looks whether all is told: far below what is measured.
const LOOK_EVERY: Duration = Duration::from_micros(200);
/// After this long something is wrong.
const TOLD_WITHIN: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    event_id: i64,
}

pub(crate) async fn measure(name: &str, url: &str, bound: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let table = "CREATE TABLE bare_notices (user_id BIGINT NOT NULL, sequence BIGINT NOT NULL, \
                 product_id BIGINT NOT NULL, deal_id BIGINT NOT NULL, kind TEXT NOT NULL, \
                 product_name TEXT NOT NULL, list_price BIGINT NOT NULL, price BIGINT NOT NULL, \
                 currency TEXT NOT NULL, created_at BIGINT NOT NULL, read_at BIGINT, \
                 PRIMARY KEY (user_id, sequence, product_id))";
    let bare = yardstick(url, table).await?;
    let tables = sea_orm::Database::connect(url).await?;
    let mut session = Session::new(world.target.clone());
    for products in [1_i64, 10] {
        let people = NOTICES / products;
        let mut ids = Vec::new();
        for _ in 0..products {
            let shop = world.shop;
            ids.push(world.stage.hot_product(shop, 1).await?.get());
        }
        for id in &ids {
            follow(&tables, *id, people).await?;
        }
        // What the first one finds out about its products, the others need not.
        tell(&mut session, &world, &tables, &ids).await?;
        let (mut ratios, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..super::ROUNDS {
            let (event, took) = tell(&mut session, &world, &tables, &ids).await?;
            ratios.push(took / insert(&bare, event, &ids, people).await?);
            ours.push(took);
        }
        let what = format!("notices of {products} × {people} ÷ bulk insert, {name}");
        report(&what, ratios, bound, &format!("{:.1} ms", median(ours).0));
    }
    Ok(())
}

/// Opens a deal; its event, and the milliseconds from the request until all is told.
async fn tell(
    session: &mut Session,
    world: &World,
    tables: &DatabaseConnection,
    products: &[i64],
) -> Outcome<(i64, f64)> {
    let body = running_deal(products);
    let call = open_deal(world, &body);
    // The telling begins before the answer has arrived.
    let began = Instant::now();
    let opened: Opened = session.json(&call, 201).await?;
    let sql = format!(
        "SELECT notices FROM deal_news WHERE deal_id = {} AND done_at IS NOT NULL",
        opened.event_id
    );
    loop {
        let look = Statement::from_string(tables.get_database_backend(), &sql);
        if let Some(row) = tables.query_one_raw(look).await? {
            let took = began.elapsed().as_secs_f64() * 1_000.0;
            let notices: i64 = row.try_get_by_index(0)?;
            let all = if notices == NOTICES { Ok(()) } else { Err(format!("{notices} notices")) };
            return all.map(|()| (opened.event_id, took)).map_err(Into::into);
        }
        if began.elapsed() > TOLD_WITHIN {
            return Err("people are not told".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Milliseconds for the rows, a thousand a statement, in one transaction.
async fn insert(
    bare: &DatabaseConnection,
    event: i64,
    products: &[i64],
    people: i64,
) -> Outcome<f64> {
    let backend = bare.get_database_backend();
    let place = |n: usize| if backend == DbBackend::Sqlite { "?".into() } else { format!("${n}") };
    let row = |n: usize| {
        let places: Vec<String> = (1..=COLUMNS).map(|c| place(COLUMNS * n + c)).collect();
        format!("({})", places.join(","))
    };
    let values: Vec<String> = (0..ROWS).map(row).collect();
    let sql = format!("INSERT INTO bare_notices VALUES {}", values.join(","));
    let mut rows = Vec::new();
    for user in STRANGERS..STRANGERS + people {
        rows.extend(products.iter().map(|product| (user, *product)));
    }
    let began = Instant::now();
    let transaction = bare.begin().await?;
    for chunk in rows.chunks(ROWS) {
        let mut cells: Vec<sea_orm::Value> = Vec::with_capacity(ROWS * COLUMNS);
        for (user, product) in chunk {
            cells.extend([(*user).into(), event.into(), (*product).into(), event.into()]);
            cells.extend(["OPENED".into(), "Rush 0123456789".into()]);
            cells.extend([12_900_i64.into(), 11_610_i64.into(), "KRW".into()]);
            cells.extend([1_790_000_000_000_i64.into(), None::<i64>.into()]);
        }
        let insert = Statement::from_sql_and_values(backend, &sql, cells);
        transaction.execute_raw(insert).await?;
    }
    transaction.commit().await?;
    Ok(began.elapsed().as_secs_f64() * 1_000.0)
}
