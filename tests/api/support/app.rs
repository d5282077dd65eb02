//! A server of the test's own, and the ways into it.

mod commands;
mod power;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::{
    BatchAnswer, Client, Database, Disk, Hotdeal, PATIENCE, ProductAnswer, Role, SECRET,
    ShopAnswer, StockAnswer, Store, eventually, mint,
};

pub(crate) const ADMIN_EMAIL: &str = "admin@mall.test";
pub(crate) const ADMIN_PASSWORD: &str = "correct horse battery staple";
const SHOPPER_PASSWORD: &str = "a long enough password";
/// The number under which the tests' own admin tokens are made.
const ADMIN: i64 = 900_000_001;
/// A whole test's patience with one answer: far above what any takes, also the largest deal's on
/// one core that others use, too.
const ANSWER_DEADLINE: Duration = Duration::from_secs(180);

/// Settings by environment variable.
#[derive(Debug, Clone)]
pub(crate) struct Settings(pub(crate) BTreeMap<String, String>);

impl Settings {
    /// What every server of the tests is given.
    pub(crate) fn for_tests(database: &str) -> Self {
        let settings = [
            ("HOTDEAL__HTTP__BIND", "127.0.0.1:0"),
            ("HOTDEAL__DATABASE__URL", database),
            ("HOTDEAL__AUTH__SECRET", SECRET),
            ("HOTDEAL__AUTH__ADMIN_EMAIL", ADMIN_EMAIL),
            ("HOTDEAL__AUTH__ADMIN_PASSWORD", ADMIN_PASSWORD),
            ("HOTDEAL__DEMO__ENABLED", "false"),
            // A crowd of a thousand that shares one slow core with the server has connected long
            // before it says something. Tests of these deadlines have their own.
            ("HOTDEAL__HTTP__HEAD_DEADLINE_MS", "60000"),
            ("HOTDEAL__HTTP__BODY_DEADLINE_MS", "60000"),
            // All people of a test come from one address, and some tests have many at once.
            ("HOTDEAL__HTTP__CONNECTIONS_PER_ADDRESS_MAX", "50000"),
            ("HOTDEAL__LIMITS__SIGNUP_ADDRESS", "1000000/60"),
            ("HOTDEAL__AUTH__HASHING_PER_ADDRESS_MAX", "1000"),
            ("HOTDEAL__LOG__FILTER", "warn"),
        ];
        Self(settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }
}

/// A running server on its own database.
pub(crate) struct App {
    // In the order in which they must go: the server, its database, its folder.
    server: Option<Hotdeal>,
    pub(crate) database: Database,
    /// Where the database lies, if its power can be cut.
    disk: Option<Disk>,
    folder: TempDir,
    settings: Settings,
    url: String,
    http: reqwest::Client,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    /// A server with some settings changed.
    pub(crate) async fn start_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::create(folder.path()).await;
        Self::start_in(folder, database, None, change)
    }

    fn start_in(
        folder: TempDir,
        database: Database,
        disk: Option<Disk>,
        change: impl FnOnce(Settings) -> Settings,
    ) -> Self {
        raise_file_limit();
        let settings = change(Settings::for_tests(&database.url));
        let (http, url) = (http_client(), String::new());
        let mut app = Self { server: None, database, disk, folder, settings, url, http };
        if app.database.store == Store::Postgres {
            // On a SQLite file the server does it by itself.
            let ended = app.run(&["migrate"]);
            assert!(ended.status.success(), "{ended:?}");
        }
        app.start_again();
        app
    }

    /// Starts the server on the database it had before.
    pub(crate) fn start_again(&mut self) {
        self.start_again_with(&[]);
    }

    /// The same with further settings, this time only.
    pub(crate) fn start_again_with(&mut self, more: &[(&str, &str)]) {
        assert!(self.server.is_none(), "it is still running");
        let mut settings = self.settings.clone();
        for (name, value) in more {
            settings = settings.with(name, value);
        }
        settings.0.extend(self.disk.as_mut().map(Disk::attached).unwrap_or_default());
        let server = Hotdeal::start(&["serve"], self.folder.path(), &settings.0);
        self.replace_server(server);
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.server.take().expect("it was started").kill();
    }

    /// Takes the process out, to end it some other way.
    pub(crate) fn take_server(&mut self) -> Hotdeal {
        self.server.take().expect("it was started")
    }

    /// Memory of the server, in KiB.
    pub(crate) fn memory_kib(&mut self) -> u64 {
        let status = format!("/proc/{}/status", self.server().id());
        let status = std::fs::read_to_string(status).expect("a child of ours");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number")
    }

    /// Time that processors have spent on the server.
    pub(crate) fn processor_time(&mut self) -> Duration {
        let stat = format!("/proc/{}/stat", self.server().id());
        let stat = std::fs::read_to_string(stat).expect("a child of ours");
        // After the name, which may hold anything: fields 14 and 15 of proc_pid_stat(5).
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        // USER_HZ is 100 wherever this runs.
        Duration::from_millis(ticks * 10)
    }

    /// Does the same again until it costs the server less than so many KiB that it keeps. What is
    /// kept for later use is taken once or twice, by one thread and then by another; what is lost
    /// is taken each time.
    pub(crate) async fn keeps_less_than(&mut self, kib: u64, mut work: impl AsyncFnMut(&Self)) {
        let mut kept = Vec::new();
        while kept.len() < 5 {
            let before = self.memory_kib();
            work(self).await;
            kept.push(self.memory_kib().saturating_sub(before));
            if kept.last().is_some_and(|kept| *kept < kib) {
                println!("{kept:?} KiB");
                return;
            }
        }
        panic!("{kept:?} KiB, one time after the other");
    }

    pub(crate) fn server(&mut self) -> &mut Hotdeal {
        self.server.as_mut().expect("it was started")
    }

    /// From now on the app's server is this one.
    pub(crate) fn replace_server(&mut self, mut server: Hotdeal) {
        self.url = server.ready_at().unwrap_or_else(|told| panic!("no server: {told}"));
        self.server = Some(server);
        // Connections to the former address are of no use.
        self.http = http_client();
    }

    /// A folder of the test's own.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Somebody without a token.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(self.http.clone(), self.url.clone(), None)
    }

    pub(crate) fn with_role(&self, user: i64, role: Role) -> Client {
        self.anyone().with_token(Some(mint(user, role)))
    }

    pub(crate) fn shopper(&self, user: i64) -> Client {
        self.with_role(user, Role::User)
    }

    pub(crate) fn admin(&self) -> Client {
        self.with_role(ADMIN, Role::Admin)
    }

    /// Signs up and logs in for real: the number and a client with the token.
    pub(crate) async fn signed_up(&self, name: &str) -> (i64, Client) {
        let email = format!("{name}@shoppers.test");
        let body = json!({"email": email, "name": name, "password": SHOPPER_PASSWORD});
        let answer = self.anyone().post_json("/api/auth/signup", &body).send().await;
        let signed_up: serde_json::Value = answer.with_status(201).good();
        let user = signed_up["data"]["authId"].as_i64().expect("a number");
        (user, self.logged_in(name).await)
    }

    /// Logs in again who has signed up so.
    pub(crate) async fn logged_in(&self, name: &str) -> Client {
        let body = json!({"email": format!("{name}@shoppers.test"), "password": SHOPPER_PASSWORD});
        let answer = self.anyone().post_json("/api/auth/login", &body).send().await;
        let logged_in: serde_json::Value = answer.with_status(200).good();
        let token = logged_in["data"]["accessToken"].as_str().expect("a token");
        self.anyone().with_token(Some(token.to_owned()))
    }

    /// A shop of a seller who signed up for it: its number, the seller's, and the client of a
    /// seller who has logged in since.
    pub(crate) async fn shop(&self, name: &str, currency: &str) -> (i64, i64, Client) {
        let (owner, _) = self.signed_up(&format!("seller-of-{name}")).await;
        let body = json!({"name": name, "currency": currency, "ownerId": owner});
        let answer = self.admin().post_json("/api/shops", &body).send().await;
        let shop: ShopAnswer = answer.with_status(201).good();
        (shop.shop_id, owner, self.logged_in(&format!("seller-of-{name}")).await)
    }

    /// A product of the platform's own shop, or of `shop`, with `pieces` in stock.
    pub(crate) async fn product(&self, shop: Option<i64>, price: i64, pieces: i64) -> i64 {
        let mut body = product_body("Desk lamp", price);
        if let Some(shop) = shop {
            body["shopId"] = shop.into();
        }
        let answer = self.admin().post_json("/api/products", &body).send().await;
        let created: serde_json::Value = answer.with_status(201).good();
        let id = created["productId"].as_i64().expect("a number");
        if pieces > 0 {
            let path = format!("/api/stocks/product/{id}/increase?quantity={pieces}");
            let stock: StockAnswer = self.admin().post(&path).send().await.good();
            assert_eq!(stock.quantity, pieces);
        }
        id
    }

    /// The product as a shopper sees it.
    pub(crate) async fn product_view(&self, id: i64) -> ProductAnswer {
        self.shopper(1).get(&format!("/api/products/{id}")).send().await.good()
    }

    /// The stock of a product as a shopper sees it.
    #[track_caller]
    pub(crate) fn stock(&self, id: i64) -> impl Future<Output = StockAnswer> + use<> {
        let asked = self.shopper(1).get(&format!("/api/stocks/product/{id}"));
        async move { asked.send().await.good() }
    }

    /// An event with `total` coupons that is open for an hour: its number, once it is ready.
    pub(crate) async fn event(&self, total: i64) -> i64 {
        let body = event_body(&format!("Event of {total}"), total);
        let batch = self.preloaded(&body).await;
        assert_eq!((batch.prepared, batch.total), (total, total));
        batch.event_id
    }

    /// Preloads and waits until the coupons are ready.
    pub(crate) async fn preloaded(&self, body: &serde_json::Value) -> BatchAnswer {
        let answer = self.admin().post_json("/api/coupons/preload", body).send().await;
        let batch: BatchAnswer = answer.with_status(202).good();
        let path = format!("/api/coupons/batches/{}", batch.batch_id);
        eventually("the coupons are ready", PATIENCE, async || {
            let batch: BatchAnswer = self.admin().get(&path).send().await.good();
            assert_ne!(batch.status, "FAILED", "the coupons could not be prepared");
            (batch.status == "READY").then_some(batch)
        })
        .await
    }
}

/// Room for both ends' connections, also where a shell allows a process few files: the tests of
/// crowds have a thousand and more, and the server inherits what the test may open.
fn raise_file_limit() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit).expect("up to the hard limit anybody may");
    }
}

/// What speaks HTTP.
pub(crate) fn http_client() -> reqwest::Client {
    let client = reqwest::Client::builder().timeout(ANSWER_DEADLINE).no_proxy().build();
    client.expect("a plain client can be built")
}

/// A good product.
pub(crate) fn product_body(name: &str, price: i64) -> serde_json::Value {
    json!({
        "productName": name,
        "productDescription": "It gives light.",
        "productPrice": price,
        "productImageUrl": "https://pictures.test/lamp.png",
        "productCategory": "HOME_LIVING",
    })
}

/// A good coupon event that is open now.
pub(crate) fn event_body(name: &str, total: i64) -> serde_json::Value {
    json!({
        "name": name,
        "totalCount": total,
        "policies": [
            {"discountType": "FIXED", "discountAmount": 3000, "allocationPercentage": 40},
            {"discountType": "RATE", "discountAmount": 15, "allocationPercentage": 60},
        ],
        "startsAt": time_in_s(-60),
        "endsAt": time_in_s(3_600),
        "validDays": 7,
    })
}

/// The instant this many seconds from now, in RFC 3339.
pub(crate) fn time_in_s(seconds: i64) -> String {
    let at = chrono::Utc::now() + chrono::Duration::seconds(seconds);
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
