//! Refresh tokens, logging out, withdrawing, roles: what is void is void at once.

use serde_json::{Value, json};

use crate::support::{App, Client, Role};

const PASSWORD: &str = "a long enough password";

/// Somebody who has signed up and logged in.
struct Person {
    id: i64,
    email: String,
    access: String,
    refresh: String,
}

fn pair(answer: &Value) -> (String, String) {
    let token = |name: &str| answer["data"][name].as_str().expect("a token").to_owned();
    (token("accessToken"), token("refreshToken"))
}

async fn log_in(app: &App, email: &str) -> (String, String) {
    let body = json!({"email": email, "password": PASSWORD});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    pair(&answer.with_status(200).good())
}

impl Person {
    async fn join(app: &App, name: &str) -> Self {
        let (id, _) = app.signed_up(name).await;
        let email = format!("{name}@shoppers.test");
        let (access, refresh) = log_in(app, &email).await;
        Self { id, email, access, refresh }
    }

    fn client(&self, app: &App) -> Client {
        app.anyone().with_token(Some(self.access.clone()))
    }
}

async fn reissue(app: &App, refresh: &str) -> crate::support::Answer {
    app.anyone().post_json("/api/auth/reissue", &json!({"refreshToken": refresh})).send().await
}

async fn is_let_in(app: &App, access: &str) -> bool {
    let client = app.anyone().with_token(Some(access.to_owned()));
    let answer = client.get("/api/users/me").send().await;
    if answer.status != 200 {
        answer.refused(401, "TOKEN_MISMATCH");
    }
    answer.status == 200
}

fn password(text: &str) -> Value {
    json!({"password": text})
}

#[tokio::test]
async fn a_refresh_token_buys_new_tokens_and_a_retry_gets_the_same_successor() {
    let mut app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let (access, refresh) = pair(&reissue(&app, &kim.refresh).await.with_status(200).good());
    assert_ne!(refresh, kim.refresh);
    assert!(is_let_in(&app, &access).await);
    assert!(is_let_in(&app, &kim.access).await, "it was not given up");
    // The answer was lost: asked again, and by two at once.
    let retries = futures_util::future::join_all([
        reissue(&app, &kim.refresh),
        reissue(&app, &kim.refresh),
        reissue(&app, &kim.refresh),
    ]);
    for retry in retries.await {
        let (_, same) = pair(&retry.with_status(200).good());
        assert_eq!(same, refresh);
    }
    // The successor is used: the session goes on, also across a crash.
    let (_, third) = pair(&reissue(&app, &refresh).await.with_status(200).good());
    app.kill();
    app.start_again();
    let (access, _) = pair(&reissue(&app, &third).await.with_status(200).good());
    assert!(is_let_in(&app, &access).await);
    app.audited();
}

#[tokio::test]
async fn two_who_use_one_refresh_token_at_once_get_one_successor() {
    let app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let both = (0..8).map(|_| reissue(&app, &kim.refresh));
    let mut successors = std::collections::BTreeSet::new();
    for answer in futures_util::future::join_all(both).await {
        successors.insert(pair(&answer.with_status(200).good()).1);
    }
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_refresh_token_that_comes_again_ends_its_session_and_no_other() {
    let mut app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let (other_access, other_refresh) = log_in(&app, &kim.email).await;
    let (second_access, second) = pair(&reissue(&app, &kim.refresh).await.good());
    let (_, third) = pair(&reissue(&app, &second).await.good());
    reissue(&app, &kim.refresh).await.refused(401, "TOKEN_MISMATCH");
    for refresh in [&third, &second, &kim.refresh] {
        reissue(&app, refresh).await.refused(401, "TOKEN_MISMATCH");
    }
    for access in [&kim.access, &second_access] {
        assert!(!is_let_in(&app, access).await, "its access tokens are void, too");
    }
    assert!(is_let_in(&app, &other_access).await);
    app.kill();
    app.start_again();
    assert!(!is_let_in(&app, &second_access).await, "void after a crash, too");
    reissue(&app, &third).await.refused(401, "TOKEN_MISMATCH");
    reissue(&app, &other_refresh).await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn what_is_no_refresh_token_buys_nothing() {
    let app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    for wrong in [kim.access.as_str(), "", "abc", &"a".repeat(6_000)] {
        reissue(&app, wrong).await.refused(401, "TOKEN_MISMATCH");
    }
    let answer = app.anyone().post_json("/api/auth/reissue", &json!({})).send().await;
    assert_eq!(answer.refused(400, "MISSING_VALUE").member.as_deref(), Some("refreshToken"));
}

#[tokio::test]
async fn a_session_ends_at_the_end_of_its_life_however_often_it_is_renewed() {
    let app = App::start_with(|settings| settings.with("HOTDEAL__AUTH__SESSION_TTL_S", "60")).await;
    let kim = Person::join(&app, "kim").await;
    // As the clock cannot be moved, its end is: a minute, and no renewal moves it.
    let ends = async |refresh: &str| -> i64 {
        use base64::Engine as _;
        let claims = refresh.split('.').nth(1).expect("three parts");
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims);
        let claims: Value = serde_json::from_slice(&claims.expect("base64")).expect("claims");
        claims["exp"].as_i64().expect("a time")
    };
    let (_, second) = pair(&reissue(&app, &kim.refresh).await.good());
    let sql = format!("SELECT max(ends_at) FROM sessions WHERE user_id = {}", kim.id);
    let life = app.database.number(&sql).await;
    assert_eq!(ends(&second).await, life / 1_000);
    assert_eq!(ends(&kim.refresh).await, life / 1_000);
}

#[tokio::test]
async fn who_logs_out_is_out_at_once_and_others_are_not() {
    let mut app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let (other_access, _) = log_in(&app, &kim.email).await;
    let wrong = kim.client(&app).post_json("/api/auth/logout", &password("not it at all"));
    wrong.send().await.refused(400, "PASSWORD_MISMATCH");
    let missing = kim.client(&app).post_json("/api/auth/logout", &json!({}));
    assert_eq!(missing.send().await.problem().member.as_deref(), Some("password"));
    assert!(is_let_in(&app, &kim.access).await, "nothing has happened");

    let out = kim.client(&app).post_json("/api/auth/logout", &password(PASSWORD)).send().await;
    let said: Value = out.with_status(200).good();
    assert!(said["message"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(!is_let_in(&app, &kim.access).await);
    reissue(&app, &kim.refresh).await.refused(401, "TOKEN_MISMATCH");
    assert!(is_let_in(&app, &other_access).await, "another device");
    app.kill();
    app.start_again();
    assert!(!is_let_in(&app, &kim.access).await, "after a crash, too");
    assert!(is_let_in(&app, &other_access).await);
    app.audited();
}

#[tokio::test]
async fn a_token_without_a_session_can_be_given_up_too() {
    let app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let minted = app.with_role(kim.id, Role::User);
    minted.post_json("/api/auth/logout", &password(PASSWORD)).send().await.with_status(200);
    minted.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    assert!(is_let_in(&app, &kim.access).await);
}

#[tokio::test]
async fn who_withdraws_is_gone_and_an_admin_brings_them_back() {
    let mut app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let minted = app.with_role(kim.id, Role::User);
    let wrong = kim.client(&app).post_json("/api/auth/withdraw", &password("not it at all"));
    wrong.send().await.refused(400, "PASSWORD_MISMATCH");
    let gone = kim.client(&app).post_json("/api/auth/withdraw", &password(PASSWORD)).send().await;
    gone.with_status(200);
    assert!(!is_let_in(&app, &kim.access).await);
    minted.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    reissue(&app, &kim.refresh).await.refused(401, "TOKEN_MISMATCH");
    let body = json!({"email": kim.email, "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/login", &body).send().await;
    let told = asked.refused(401, "PASSWORD_MISMATCH");
    let unknown = json!({"email": "nobody@shoppers.test", "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/login", &unknown).send().await;
    assert_eq!(asked.refused(401, "PASSWORD_MISMATCH").message, told.message);
    let sql = format!("SELECT count(*) FROM profiles WHERE user_id = {}", kim.id);
    assert_eq!(app.database.number(&sql).await, 0, "what they told of themselves is gone");
    let body = json!({"email": kim.email, "name": "Another", "password": PASSWORD});
    let asked = app.anyone().post_json("/api/auth/signup", &body).send().await;
    asked.refused(409, "DUPLICATE_EMAIL");
    app.audited();

    let path = format!("/api/auth/{}/restore", kim.id);
    app.shopper(5).post(&path).send().await.refused(403, "FORBIDDEN");
    app.admin().post(&path).key("back-1").send().await.with_status(200);
    let again = app.admin().post(&path).key("back-1").send().await.with_status(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    app.admin().post(&path).send().await.with_status(200);
    app.admin().post("/api/auth/800000000/restore").send().await.refused(404, "NOT_FOUND_USER");
    assert!(!is_let_in(&app, &kim.access).await, "what was void stays so");
    let (access, _) = log_in(&app, &kim.email).await;
    app.kill();
    app.start_again();
    assert!(is_let_in(&app, &access).await && !is_let_in(&app, &kim.access).await);
    app.audited();
}

#[tokio::test]
async fn existing_clients_name_the_account_to_restore_in_the_query() {
    let app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    kim.client(&app)
        .post_json("/api/auth/withdraw", &password(PASSWORD))
        .send()
        .await
        .good::<Value>();
    let other = kim.id + 1;
    let both = format!("/api/auth/{other}/restore?authId={}", kim.id);
    app.admin().post(&both).send().await.refused(400, "INVALID_VALUE");
    let path = format!("/api/auth/authId/restore?authId={}", kim.id);
    app.admin().post(&path).send().await.with_status(200);
    log_in(&app, &kim.email).await;
}

#[tokio::test]
async fn a_new_role_voids_the_old_tokens_and_comes_with_the_next() {
    let mut app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let path = format!("/api/admin/users/{}/role", kim.id);
    let set = async |app: &App, role: &str| {
        app.admin().ask(reqwest::Method::PUT, &path).json(&json!({"role": role})).send().await
    };
    kim.client(&app).get("/api/admin/users").send().await.refused(403, "FORBIDDEN");
    let user: Value = set(&app, "ADMIN").await.with_status(200).good();
    assert_eq!((&user["userId"], &user["role"]), (&json!(kim.id), &json!("ADMIN")));
    assert!(!is_let_in(&app, &kim.access).await);
    let (access, refresh) = pair(&reissue(&app, &kim.refresh).await.with_status(200).good());
    let was_admin = Some(access);
    let admin = app.anyone().with_token(was_admin.clone());
    admin.get("/api/admin/users").send().await.with_status(200);
    // Nobody takes the own role away, so there is always an admin; nor can an admin withdraw.
    let (anew, _) = log_in(&app, &kim.email).await;
    let own = admin.with_token(Some(anew));
    let own = own.ask(reqwest::Method::PUT, &path).json(&json!({"role": "USER"})).send().await;
    own.refused(409, "ILLEGAL_STATE");
    let gone = admin.post_json("/api/auth/withdraw", &password(PASSWORD)).send().await;
    gone.refused(409, "ILLEGAL_STATE");

    set(&app, "USER").await.with_status(200);
    admin.get("/api/admin/users").send().await.refused(401, "TOKEN_MISMATCH");
    let (access, _) = pair(&reissue(&app, &refresh).await.with_status(200).good());
    app.kill();
    app.start_again();
    let admin = app.anyone().with_token(was_admin);
    admin.get("/api/admin/users").send().await.refused(401, "TOKEN_MISMATCH");
    let shopper = app.anyone().with_token(Some(access));
    shopper.get("/api/admin/users").send().await.refused(403, "FORBIDDEN");
    let wrong = set(&app, "KING").await.refused(400, "ROLE_INVALID_FORMAT");
    assert_eq!(wrong.member.as_deref(), Some("role"));
    let nobody = app.admin().ask(reqwest::Method::PUT, "/api/admin/users/800000000/role");
    nobody.json(&json!({"role": "USER"})).send().await.refused(404, "NOT_FOUND_USER");
    app.audited();
}

#[tokio::test]
async fn admins_look_through_the_accounts_page_by_page() {
    let app = App::start().await;
    for name in ["ann", "bob", "a_n", "cyd"] {
        app.signed_up(name).await;
    }
    let list = async |query: &str| -> Value {
        app.admin().get(&format!("/api/admin/users?{query}")).send().await.with_status(200).good()
    };
    let emails = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("items");
        items.iter().map(|item| item["email"].as_str().expect("an address").to_owned()).collect()
    };
    let mut found = Vec::new();
    let mut cursor = "0".to_owned();
    loop {
        let page = list(&format!("role=USER&limit=3&cursor={cursor}")).await;
        found.extend(emails(&page));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let expected = ["ann", "bob", "a_n", "cyd"].map(|name| format!("{name}@shoppers.test"));
    assert_eq!(found, expected);
    assert_eq!(emails(&list("email=A_N").await), ["a_n@shoppers.test"], "no wildcard");
    assert_eq!(emails(&list("email=%25").await), Vec::<String>::new());
    assert_eq!(emails(&list("role=ADMIN").await).len(), 1);
    app.admin().get("/api/admin/users?role=KING").send().await.refused(400, "ROLE_INVALID_FORMAT");
    for query in ["limit=0", "limit=501", "cursor=-1", "cursor=x", "limit=1&limit=2"] {
        let answer = app.admin().get(&format!("/api/admin/users?{query}")).send().await;
        assert_eq!(answer.problem().status, 400, "{query}");
    }
}

#[tokio::test]
async fn wrong_passwords_are_bounded_and_the_owner_keeps_their_session() {
    let app = App::start().await;
    let kim = Person::join(&app, "kim").await;
    let guess = async |email: &str, number: usize| {
        let body = json!({"email": email, "password": format!("guess number {number}")});
        app.anyone().post_json("/api/auth/login", &body).send().await
    };
    for (email, what) in [(kim.email.as_str(), "known"), ("nobody@shoppers.test", "unknown")] {
        let (mut wrong, mut refused) = (0, 0);
        for number in 0..20 {
            let answer = guess(email, number).await;
            match answer.status.as_u16() {
                401 => wrong += 1,
                429 => {
                    answer.refused(429, "TOO_MANY_ATTEMPTS");
                    let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
                    assert!(seconds.is_some_and(|seconds: u32| seconds > 0), "{answer}");
                    refused += 1;
                }
                other => panic!("{other}: {answer}"),
            }
        }
        assert_eq!((wrong, refused), (10, 10), "an {what} address looks like any other");
    }
    // Others who guess do not end what the owner has.
    assert!(is_let_in(&app, &kim.access).await);
    reissue(&app, &kim.refresh).await.with_status(200);
    // Another account from the same address is not held up.
    app.signed_up("lee").await;
}

#[tokio::test]
async fn passwords_that_everybody_has_are_refused_and_long_ones_kept_whole() {
    let app = App::start().await;
    let sign_up = async |email: &str, password: &str| {
        let body = json!({"email": email, "name": "Kim", "password": password});
        app.anyone().post_json("/api/auth/signup", &body).send().await
    };
    for common in ["password", "Password1!", "12345678", "qwerty123", "iloveyou", "aaaaaaaa"] {
        let refused = sign_up("kim@shop.test", common).await.refused(400, "INVALID_VALUE");
        assert_eq!(refused.member.as_deref(), Some("password"), "{common}");
    }
    for short in ["", "short 7", "일곱글자비밀"] {
        assert_eq!(sign_up("kim@shop.test", short).await.problem().status, 400, "{short}");
    }
    let long = format!("{}-first", "so long a password ".repeat(6));
    sign_up("kim@shop.test", &long).await.with_status(201);
    let twin = long.replace("first", "other");
    for (password, status) in [(twin, 401), (long, 200)] {
        let body = json!({"email": "kim@shop.test", "password": password});
        let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
        assert_eq!(answer.status, status, "nothing beyond the 72nd byte is cut off");
    }
}
