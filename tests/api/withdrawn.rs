//! What somebody who has withdrawn told of themselves: kept aside for a time, read by nobody, and
//! theirs again when they come back.

#[cfg(feature = "faults")]
mod meanwhile;
mod unread;

use serde_json::{Value, json};

use crate::support::{App, Client, PATIENCE, Settings, eventually};

const PASSWORD: &str = "a long enough password";
/// Told of nobody else, and nothing that an address could give back.
const NAME: &str = "홍길동 O'Zyxophon 🌷";

/// Somebody who has signed up and logged in.
struct Person {
    id: i64,
    email: String,
    name: String,
    client: Client,
}

impl Person {
    async fn join(app: &App, address: &str, name: &str) -> Self {
        let email = format!("{address}@shoppers.test");
        let body = json!({"email": email, "name": name, "password": PASSWORD});
        let asked = app.anyone().post_json("/api/auth/signup", &body).key(address);
        let answer = asked.send().await;
        let answer: Value = answer.with_status(201).good();
        let id = answer["data"]["authId"].as_i64().expect("a number");
        let mut person = Self { id, email, name: name.to_owned(), client: app.anyone() };
        person.logs_in(app).await;
        person
    }

    async fn logs_in(&mut self, app: &App) {
        let body = json!({"email": self.email, "password": PASSWORD});
        let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
        let answer: Value = answer.with_status(200).good();
        let token = answer["data"]["accessToken"].as_str().expect("a token").to_owned();
        self.client = app.anyone().with_token(Some(token));
    }

    async fn withdraws(&self) {
        let body = json!({"password": PASSWORD});
        let answer = self.client.post_json("/api/auth/withdraw", &body).send().await;
        answer.with_status(200);
    }

    async fn is_restored(&mut self, app: &App) {
        let path = format!("/api/auth/{}/restore", self.id);
        app.admin().post(&path).send().await.with_status(200);
        self.logs_in(app).await;
    }

    async fn me(&self) -> Value {
        self.client.get("/api/users/me").send().await.with_status(200).good()
    }

    /// What the tables have of them, to the byte.
    async fn profile(&self, app: &App) -> Vec<(i64, String, i64)> {
        let sql =
            format!("SELECT user_id, name, created_at FROM profiles WHERE user_id = {}", self.id);
        app.database.rows(&sql).await
    }
}

#[tokio::test]
async fn who_comes_back_has_the_name_they_had_however_often() {
    let mut app = App::start().await;
    let mut kim = Person::join(&app, "restore.me", NAME).await;
    let (me, profile) = (kim.me().await, kim.profile(&app).await);
    assert_eq!((&me["name"], profile.len()), (&json!(NAME), 1));
    for _ in 0..2 {
        kim.withdraws().await;
        assert_eq!(kim.profile(&app).await, []);
        app.audited();
        app.kill();
        app.start_again();
        kim.is_restored(&app).await;
        assert_eq!(kim.me().await, me);
        assert_eq!(kim.profile(&app).await, profile);
        app.audited();
    }
    // Of one that stands nothing changes.
    kim.is_restored(&app).await;
    assert_eq!((kim.me().await, kim.profile(&app).await), (me, profile));
}

/// How many profiles are kept aside.
async fn kept(app: &App) -> i64 {
    app.database.number("SELECT count(*) FROM kept_profiles").await
}

#[tokio::test]
async fn what_is_kept_aside_is_forgotten_after_its_days() {
    let days = |of: Settings| of.sure_of_the_date().with("HOTDEAL__AUTH__PROFILE_KEPT_DAYS", "10");
    let mut app = App::start_with(days).await;
    let mut early = Person::join(&app, "early", "Early Bird").await;
    let mut late = Person::join(&app, "late", "Late Riser").await;
    early.withdraws().await;
    app.grow_older(6).await;
    late.client = late.client.again(&app);
    late.logs_in(&app).await;
    late.withdraws().await;
    assert_eq!(kept(&app).await, 2, "neither is ten days ago");
    app.grow_older(5).await;
    eventually("what is older is forgotten", PATIENCE, async || {
        (kept(&app).await == 1).then_some(())
    })
    .await;
    app.audited();
    early.is_restored(&app).await;
    late.is_restored(&app).await;
    assert_eq!(early.me().await["name"], json!("early"), "the part of the address before the @");
    assert_eq!(late.me().await["name"], json!(late.name));
    assert_eq!(kept(&app).await, 0);
    app.audited();
}

#[tokio::test]
async fn much_that_is_to_be_forgotten_goes_in_portions() {
    let mut app = App::start_with(Settings::sure_of_the_date).await;
    app.kill();
    let tables = app.database.open().await;
    let many = "INSERT INTO kept_profiles (user_id, name, created_at, withdrawn_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001) \
         SELECT 600000000 + i, 'Somebody', 5, 6 + i FROM n";
    assert_eq!(tables.spoil(many).await, 5_001);
    tables.close().await;
    app.start_again();
    // Others are served meanwhile.
    Person::join(&app, "kim", NAME).await;
    eventually("all are forgotten", PATIENCE, async || (kept(&app).await == 0).then_some(())).await;
    app.audited();
}

#[tokio::test]
async fn who_withdrew_from_an_earlier_version_is_called_by_their_address() {
    let app = App::start().await;
    let mut kim = Person::join(&app, "kim", NAME).await;
    kim.withdraws().await;
    let tables = app.database.open().await;
    // Nothing was kept aside by then.
    tables.spoil("DELETE FROM kept_profiles").await;
    tables.close().await;
    app.audited();
    kim.is_restored(&app).await;
    assert_eq!(kim.me().await["name"], json!("kim"));
    app.audited();
}
