//! Orders of one shop while its board is open, against the same without: processor time of the server for
//! one order, round by round in turn.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;

use hotdeal::client::load::{Crowd, Lanes, Script};
use hotdeal_actors::account::Role;
use hotdeal_domain::UserId;

use super::world::{Outcome, STRANGERS, World, median, report, run};

/// Rounds: more than others have, because the bound is close to one.
const ROUNDS: usize = 9;
/// Orders of a slice: of so many connections, and one after the other.
const SLICES: [(usize, usize); 2] = [(256, 40_000), (1, 2_000)];

pub(crate) async fn measure(name: &str, url: &str) -> Outcome<()> {
    let mut world = World::open(url).await?;
    let crowd = world.crowd(200_000);
    let product = world.stage.hot_product(world.shop, 100_000_000).await?;
    let body = format!(r#"{{"productId":{product},"quantity":1}}"#);
    let order = Script::post(&world.target, "/api/orders/v1", &body);
    for (connections, orders) in SLICES {
        let mut lanes = Lanes::open(&world.target, connections).await?;
        let slice = Slice { order: &order, crowd: &crowd, orders };
        // The first is dearer than any that follows.
        slice.cost(&world, &mut lanes).await?;
        let (mut ratios, mut plain, mut told) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            let without = slice.cost(&world, &mut lanes).await?;
            let board = Board::open(&world)?;
            let with = slice.cost(&world, &mut lanes).await?;
            told += board.close()?;
            ratios.push(with / without);
            plain.push(without);
        }
        if told == 0 {
            return Err("the board was told nothing".into());
        }
        let what =
            format!("order with the shop's board open ÷ without, {connections} at once, {name}");
        let figures = format!("{:.1} µs without; {told} bytes told", median(plain).0);
        report(&what, ratios, "≤ 1.05", &figures);
    }
    world.audit().await
}

struct Slice<'a> {
    order: &'a Script,
    crowd: &'a Crowd,
    orders: usize,
}

impl Slice<'_> {
    /// Microseconds of the server's processors for one order.
    async fn cost(&self, world: &World, lanes: &mut Lanes) -> Outcome<f64> {
        let before = world.processor_time()?;
        let people = (0..self.crowd.len()).cycle().take(self.orders);
        let measured = run(lanes, self.order, self.crowd, people, None).await?;
        let answers = measured.answers;
        if answers.count(200, "") != answers.total() {
            return Err(format!("{answers:?}").into());
        }
        let spent = world.processor_time()? - before;
        Ok(spent.as_secs_f64() * 1e6 / answers.total() as f64)
    }
}

/// An open board, read by a thread of its own.
struct Board {
    stream: TcpStream,
    reading: JoinHandle<std::io::Result<u64>>,
}

impl Board {
    fn open(world: &World) -> Outcome<Self> {
        let host = world.target.authority();
        let admin = UserId::try_from(STRANGERS).map_err(|_| "no person")?;
        let token = world.tokens.mint_access(admin, Role::Admin, hotdeal::clock::now());
        let mut stream = TcpStream::connect(&host)?;
        let path = format!("/api/shops/{}/live", world.shop);
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        let mut first = vec![0; 64 << 10];
        let length = stream.read(&mut first)?;
        if !first[..length].starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(&first[..length]).into());
        }
        let mut reader = stream.try_clone()?;
        let reading = std::thread::spawn(move || {
            let mut told = 0;
            loop {
                match reader.read(&mut first)? {
                    0 => return Ok(told),
                    length => told += length as u64,
                }
            }
        });
        Ok(Self { stream, reading })
    }

    /// How many bytes it was told.
    fn close(self) -> Outcome<u64> {
        self.stream.shutdown(Shutdown::Both)?;
        Ok(self.reading.join().map_err(|_| "the reader panicked")??)
    }
}
