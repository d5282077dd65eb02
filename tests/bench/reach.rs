//! How long until the last of ten thousand people who follow a product has heard of its deal: from
//! the request that opens it, so the commit, the notices and the fan-out are all in it.

use std::time::{Duration, Instant};

use hotdeal::client::Session;
use hotdeal_actors::account::Role;
use hotdeal_domain::UserId;

use super::fanout::{Protocol, Receiver};
use super::world::{Outcome, STRANGERS, World, follow, open_deal, report, running_deal};

const PEOPLE: i64 = 10_000;
const DEALS: u64 = 25;
/// The event that tells of a deal has more bytes than any other.
const NEWS: usize = 250;

pub(crate) async fn measure(name: &str, url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let shop = world.shop;
    let product = world.stage.hot_product(shop, 1).await?.get();
    let tables = sea_orm::Database::connect(url).await?;
    follow(&tables, product, PEOPLE).await?;
    let host = world.target.authority().to_owned();
    let now = hotdeal::clock::now();
    let requests = (STRANGERS..STRANGERS + PEOPLE).map(|user| {
        let user = UserId::try_from(user).expect("a person");
        let token = world.tokens.mint_access(user, Role::User, now);
        format!(
            "GET /api/live HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    });
    let mut receiver = Receiver::connect_each(&host, requests, Protocol::WebSocket, NEWS)?;
    let mut session = Session::new(world.target.clone());
    let mut took = Vec::new();
    for deal in 1..=DEALS {
        let body = running_deal(&[product]);
        let call = open_deal(&world, &body);
        let began = Instant::now();
        let answer = session.call(&call).await?;
        if answer.status != 201 {
            return Err(format!("answered {}", answer.status).into());
        }
        receiver.all(deal, Duration::from_secs(30))?;
        took.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    // Of so few the greatest stands for the 99th percentile.
    let what = format!("deal to the last of 10,000 followers, {name}, ms");
    report(&what, took, "greatest ≤ 250", "over WebSocket, from the request");
    // Each of them got each deal once, which is the check. An audit would find that who follows
    // the product was written beside the server.
    Ok(())
}
