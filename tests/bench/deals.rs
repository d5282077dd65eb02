//! An event with many products: the time to its durable answer against one bulk insert of the
//! same rows.

use std::time::Instant;

use hotdeal::client::Session;
use sea_orm::{
    ConnectionTrait as _, DatabaseConnection, DbBackend, Statement, TransactionTrait as _,
};

use super::world::{Outcome, STRANGERS, World, median, open_deal, report, running_deal, yardstick};

/// The ordinary size, and the largest.
const USUAL: i64 = 10_000;
const LARGE: i64 = 100_000;
/// Rows of one statement of the yardstick.
const ROWS: usize = 1_000;

pub(crate) async fn measure(name: &str, url: &str, bound: &str) -> Outcome<()> {
    let world = World::open(url).await?;
    let tables = sea_orm::Database::connect(url).await?;
    products(&tables, &world).await?;
    let table = "CREATE TABLE bare_items (deal_id BIGINT NOT NULL, shop_id BIGINT NOT NULL, \
                 product_id BIGINT NOT NULL, PRIMARY KEY (deal_id, shop_id, product_id))";
    let bare = yardstick(url, table).await?;
    let mut session = Session::new(world.target.clone());
    // What the first one finds out about its products, the others need not.
    create(&mut session, &world, LARGE).await?;
    let (mut ratios, mut usual, mut growth) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..super::ROUNDS {
        let ours = create(&mut session, &world, USUAL).await?;
        let round = i64::try_from(round)?;
        let theirs = insert(&bare, round, USUAL).await?;
        ratios.push(ours / theirs);
        usual.push(ours);
        growth.push(create(&mut session, &world, LARGE).await? / ours);
    }
    let note = format!("{:.1} ms", median(usual).0);
    report(&format!("event with 10,000 products ÷ bulk insert, {name}"), ratios, bound, &note);
    report(&format!("100,000 products ÷ 10,000, {name}"), growth, "≤ 12", "time to the answer");
    Ok(())
}

/// Puts the products into the tables before their shop is first asked for anything.
async fn products(tables: &DatabaseConnection, world: &World) -> Outcome<()> {
    let shop = world.shop;
    let numbers = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
        LARGE - 1
    );
    for insert in [
        format!(
            "INSERT INTO products (id, shop_id, name, description, price, image_url, category, \
             created_at) SELECT {STRANGERS} + i, {shop}, 'Lamp', '', 1000, '', 'OTHER', 1 FROM n"
        ),
        format!(
            "INSERT INTO stocks (product_id, shop_id, on_hand, held, sold) \
             SELECT {STRANGERS} + i, {shop}, 10, 0, 0 FROM n"
        ),
    ] {
        tables.execute_unprepared(&format!("{numbers} {insert}")).await?;
    }
    Ok(())
}

/// Milliseconds until a deal on so many products is answered.
async fn create(session: &mut Session, world: &World, count: i64) -> Outcome<f64> {
    let products: Vec<i64> = (STRANGERS..STRANGERS + count).collect();
    let body = running_deal(&products);
    let call = open_deal(world, &body);
    let began = Instant::now();
    let answer = session.call(&call).await?;
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    if answer.status == 201 { Ok(took) } else { Err(format!("answered {}", answer.status).into()) }
}

/// Milliseconds for the rows, a thousand a statement, in one transaction.
async fn insert(bare: &DatabaseConnection, deal: i64, count: i64) -> Outcome<f64> {
    let backend = bare.get_database_backend();
    let place = |n: usize| if backend == DbBackend::Sqlite { "?".into() } else { format!("${n}") };
    let row =
        |n: usize| format!("({},{},{})", place(3 * n + 1), place(3 * n + 2), place(3 * n + 3));
    let values: Vec<String> = (0..ROWS).map(row).collect();
    let sql = format!("INSERT INTO bare_items VALUES {}", values.join(","));
    let ids: Vec<i64> = (STRANGERS..STRANGERS + count).collect();
    let began = Instant::now();
    let transaction = bare.begin().await?;
    for chunk in ids.chunks(ROWS) {
        let cells = chunk.iter().flat_map(|id| [deal.into(), 1_i64.into(), (*id).into()]);
        let insert = Statement::from_sql_and_values(backend, &sql, cells.collect::<Vec<_>>());
        transaction.execute_raw(insert).await?;
    }
    transaction.commit().await?;
    Ok(began.elapsed().as_secs_f64() * 1_000.0)
}
