//! A server with everything that hangs on time, and a wall clock that the test sets.

use chrono::DateTime;
use serde_json::{Value, json};

use crate::deals::deal_body;
use crate::support::{
    Answer, App, Claims, Client, OrderAnswer, Role, SECRET, StockAnswer, Wall, event_body,
    mint_claims, now_s, time_in_s,
};

pub(super) const DAY_MS: i64 = 86_400_000;
const PASSWORD: &str = "a long enough password";

pub(super) struct World {
    pub(super) app: App,
    pub(super) wall: Wall,
    /// Somebody who is logged in.
    kim: Client,
    refresh: String,
    /// Somebody who has logged out.
    lee: Client,
    /// It is 1,000, and 900 by a deal of this day.
    pub(super) lamp: i64,
    bulb: i64,
    /// Coupons of this hour, and of the days after tomorrow.
    pub(super) sale: i64,
    pub(super) later: i64,
    /// The answer to an order that was made under a key.
    order: Vec<u8>,
}

/// Somebody whose token outlives all that the clock does here.
fn lasting(app: &App, user: i64, role: Role) -> Client {
    let mut claims = Claims::of(user, role);
    claims.exp = now_s() + 30 * 86_400;
    app.anyone().with_token(Some(mint_claims(&claims, SECRET)))
}

async fn logged_in(app: &App, name: &str) -> (Client, String) {
    app.signed_up(name).await;
    let body = json!({"email": format!("{name}@shoppers.test"), "password": PASSWORD});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    let data = &answer.with_status(200).good::<Value>()["data"];
    let token = |name: &str| data[name].as_str().expect("a token").to_owned();
    (app.anyone().with_token(Some(token("accessToken"))), token("refreshToken"))
}

impl World {
    pub(super) async fn start(more: &[(&str, &str)]) -> Self {
        let wall = Wall::new();
        let app = App::start_with(|settings| {
            let settings = settings.with("HOTDEAL_PURGE_EVERY", "1");
            let settings = settings.with("HOTDEAL__LOG__FILTER", "info");
            let settings = more.iter().fold(settings, |all, (name, value)| all.with(name, value));
            wall.before(settings)
        })
        .await;
        let lamp = app.product(None, 1_000, 1_000_000).await;
        let bulb = app.product(None, 500, 1_000_000).await;
        let deal = deal_body(10.0, &[lamp]);
        app.admin().post_json("/api/event/create", &deal).send().await.with_status(201);
        let sale = app.event(100_000).await;
        let mut body = event_body("Later", 100_000);
        (body["startsAt"], body["endsAt"]) = (time_in_s(86_400).into(), time_in_s(259_200).into());
        let later = app.preloaded(&body).await.event_id;
        let (kim, refresh) = logged_in(&app, "kim").await;
        let (lee, _) = logged_in(&app, "lee").await;
        let password = json!({"password": PASSWORD});
        lee.post_json("/api/auth/logout", &password).send().await.with_status(200);
        let order = Vec::new();
        let mut world = Self { app, wall, kim, refresh, lee, lamp, bulb, sale, later, order };
        world.order = world.kept_order().await.with_status(200).body;
        world
    }

    /// The order that was made under a key, asked for once more.
    pub(super) async fn kept_order(&self) -> Answer {
        let body = json!({"productId": self.lamp, "quantity": 1});
        let asked = lasting(&self.app, 7, Role::User).post_json("/api/orders/v1", &body);
        asked.key("kept").send().await
    }

    pub(super) async fn coupon(&self, event: i64) -> Answer {
        use std::sync::atomic::{AtomicI64, Ordering};

        static NEXT: AtomicI64 = AtomicI64::new(1_000);
        let shopper = lasting(&self.app, NEXT.fetch_add(1, Ordering::Relaxed), Role::User);
        shopper.post_json("/api/coupons/issue", &json!({"eventId": event})).send().await
    }

    /// What a lamp costs; `None` where it cannot be had just now.
    pub(super) async fn price(&self) -> Option<i64> {
        let body = json!({"productId": self.lamp, "quantity": 1});
        let asked = lasting(&self.app, 8, Role::User).post_json("/api/orders/v1", &body);
        let order = asked.send().await;
        (order.status == 200).then(|| order.good::<OrderAnswer>().total_order_price)
    }

    /// How many deals of the lamp are told.
    pub(super) async fn deals(&self) -> usize {
        let body = json!({"productIds": [self.lamp]});
        let asked = lasting(&self.app, 8, Role::User).post_json("/api/event/search-event", &body);
        asked.send().await.with_status(200).good::<Vec<Value>>().len()
    }

    /// A deal on something else is opened, which lasts for some days.
    pub(super) async fn open_another_deal(&self) {
        let mut body = deal_body(10.0, &[self.bulb]);
        body["eventDuration"] = json!(30);
        let admin = lasting(&self.app, 9, Role::Admin);
        admin.post_json("/api/event/create", &body).send().await.with_status(201);
    }

    /// A call with the token of somebody who is logged in.
    pub(super) async fn visit(&self) -> Answer {
        self.kim.get("/api/users/me").send().await
    }

    /// What the server takes for the time.
    pub(super) async fn time_ms(&self) -> i64 {
        let path = format!("/api/stocks/product/{}/increase?quantity=1", self.lamp);
        let stock: StockAnswer = lasting(&self.app, 9, Role::Admin).post(&path).send().await.good();
        let at = stock.last_updated.expect("it was just changed");
        DateTime::parse_from_rfc3339(&at).expect("a time").timestamp_millis()
    }

    /// By how much the server's time is ahead of the true one.
    pub(super) async fn ahead_ms(&self) -> i64 {
        self.time_ms().await - chrono::Utc::now().timestamp_millis()
    }

    /// Everything is as it was at the beginning.
    pub(super) async fn all_is_as_it_was(&self) {
        self.visit().await.with_status(200);
        self.lee.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
        assert_eq!((self.price().await, self.deals().await), (Some(900), 1));
        self.coupon(self.sale).await.with_status(200);
        self.coupon(self.later).await.refused(409, "NOT_OPEN_YET");
        self.the_key_is_kept().await;
    }

    /// A repeat of the order that was made under a key is not another one.
    pub(super) async fn the_key_is_kept(&self) {
        let again = self.kept_order().await.with_status(200);
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
        assert_eq!(again.body, self.order);
    }

    /// Kills the server and starts it when the wall clock is so many milliseconds ahead.
    pub(super) fn start_again_at(&mut self, ahead_ms: i64) {
        self.app.kill();
        self.wall.set(ahead_ms);
        self.app.start_again();
        (self.kim, self.lee) = (self.kim.again(&self.app), self.lee.again(&self.app));
    }

    /// Who was logged in at the beginning asks for new tokens, and is logged in with them; `None`
    /// where none are given out.
    pub(super) async fn try_renewal(&mut self) -> Option<()> {
        let body = json!({"refreshToken": self.refresh});
        let answer = self.app.anyone().post_json("/api/auth/reissue", &body).send().await;
        if answer.status != 200 {
            return None;
        }
        let data = &answer.good::<Value>()["data"];
        let token = |name: &str| data[name].as_str().expect("a token").to_owned();
        self.refresh = token("refreshToken");
        self.kim = self.app.anyone().with_token(Some(token("accessToken")));
        self.visit().await.with_status(200);
        Some(())
    }

    /// Rows that are kept for a time: answers under keys, sessions and tokens given up.
    pub(super) async fn rows_for_a_time(&self) -> i64 {
        let mut rows = 0;
        for table in ["answers", "sessions", "revoked_tokens"] {
            rows += self.app.database.number(&format!("SELECT count(*) FROM {table}")).await;
        }
        rows
    }

    /// The audit finds nothing, and the times of no stream fall.
    pub(super) async fn is_sound(&self) {
        self.app.audited();
        let sql = "SELECT stream, sequence, recorded_at FROM journal ORDER BY stream, sequence";
        let rows: Vec<(String, i64, i64)> = self.app.database.rows(sql).await;
        for pair in rows.windows(2) {
            let ((stream, _, before), (next, sequence, at)) = (&pair[0], &pair[1]);
            assert!(stream != next || before <= at, "{stream} {sequence}: {before}, then {at}");
        }
    }
}
