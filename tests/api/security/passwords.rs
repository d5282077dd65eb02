//! Passwords, and those who guess at them (rows 41 to 43).

use serde_json::json;

use crate::support::{Answer, App, Settings};

async fn sign_up(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "name": "Kim", "password": password});
    app.anyone().post_json("/api/auth/signup", &body).send().await
}

async fn log_in(app: &App, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.anyone().post_json("/api/auth/login", &body).send().await
}

#[tokio::test]
async fn row_41_a_password_is_taken_whole_and_as_it_is() {
    let app = App::start().await;
    let start = "seventy-two bytes are where some hashes stop reading what somebody typed";
    assert_eq!(start.len(), 72);
    for (number, password) in [
        format!("{start}-one"),
        format!("{start}-one").repeat(8),
        " spaces before and after ".to_owned(),
        "한글로된긴비밀번호입니다".to_owned(),
        "emoji 🔥🔥🔥 in the middle".to_owned(),
        "quotes \" and \\ and \t tabs".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("n{number}@shop.test");
        sign_up(&app, &email, &password).await.with_status(201);
        log_in(&app, &email, &password).await.with_status(200);
        for twin in [
            password.replace("-one", "-two"),
            password.trim().to_owned(),
            password.to_uppercase(),
            format!("{password}\0"),
        ] {
            if twin != password {
                let answer = log_in(&app, &email, &twin).await;
                assert!(matches!(answer.status.as_u16(), 400 | 401), "{twin:?}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn row_41_what_everybody_uses_is_refused() {
    let app = App::start().await;
    for (number, common) in [
        "password",
        "12345678",
        "baseball",
        "football",
        "trustno1",
        "superman",
        "iloveyou",
        "starwars",
        "computer",
        "michelle",
        "corvette",
        "princess",
        "whatever",
        "blink182",
        "metallic",
        "11223344",
        "qweasdzxc",
        "147258369",
        "paradise",
        "snickers",
        "Paradise1!",
        "P@ssw0rd",
        "Summer2026!",
        "qwer1234!",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = sign_up(&app, &format!("n{number}@shop.test"), common).await;
        let problem = answer.refused(400, "INVALID_VALUE");
        assert_eq!(problem.member.as_deref(), Some("password"), "{common}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM credentials").await, 1);
}

#[tokio::test]
async fn row_42_a_stored_hash_says_how_hard_it_is() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let rows: Vec<(String,)> = app.database.rows("SELECT password_phc FROM credentials").await;
    assert_eq!(rows.len(), 2);
    for (phc,) in rows {
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    }
}

#[tokio::test]
async fn row_42_a_hash_is_made_anew_at_the_next_log_in_once_hashing_costs_more() {
    let mut app = App::start().await;
    let (email, password) = ("kim@shoppers.test", "a long enough password");
    app.signed_up("kim").await;
    let hash = async |app: &App| {
        let sql = "SELECT password_phc FROM credentials WHERE email = 'kim@shoppers.test'";
        let rows: Vec<(String,)> = app.database.rows(sql).await;
        rows.into_iter().next().expect("one account").0
    };
    let first = hash(&app).await;
    log_in(&app, email, password).await.with_status(200);
    assert_eq!(hash(&app).await, first, "it is what it should be");
    app.kill();
    app.start_again_with(&[("HOTDEAL__AUTH__HASHING_PASSES", "3")]);
    log_in(&app, email, "another password").await.refused(401, "PASSWORD_MISMATCH");
    assert_eq!(hash(&app).await, first, "a wrong password changes nothing");
    log_in(&app, email, password).await.with_status(200);
    let renewed = hash(&app).await;
    assert!(renewed.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{renewed}");
    log_in(&app, email, password).await.with_status(200);
    log_in(&app, email, "another password").await.refused(401, "PASSWORD_MISMATCH");
    app.kill();
    // Lowered again, it stays.
    app.start_again();
    log_in(&app, email, password).await.with_status(200);
    assert_eq!(hash(&app).await, renewed);
    let told = "SELECT count(*) FROM journal WHERE facts LIKE '%argon2%'";
    assert_eq!(app.database.number(told).await, 0, "the journal tells no hash");
    app.audited();
}

#[tokio::test]
async fn row_43_a_hundred_wrong_log_ins_are_bounded_and_the_owner_is_not_locked_out() {
    let proxied = |settings: Settings| settings.with("HOTDEAL__HTTP__TRUSTED_PROXIES", "127.0.0.1");
    let app = App::start_with(proxied).await;
    app.signed_up("kim").await;
    let email = "kim@shoppers.test";
    let from = async |origin: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let asked = app.anyone().post_json("/api/auth/login", &body);
        asked.header("x-forwarded-for", origin).send().await
    };
    // At home already, before anybody guesses.
    from("10.0.0.1", "a long enough password").await.with_status(200);
    let mut looked_at = 0;
    for number in 0..100 {
        let answer = from("9.9.9.9", &format!("guess number {number}")).await;
        match answer.status.as_u16() {
            401 => looked_at += 1,
            _ => _ = answer.refused(429, "TOO_MANY_ATTEMPTS"),
        }
    }
    assert_eq!(looked_at, 10, "for one account from one address");
    from("9.9.9.9", "a long enough password").await.refused(429, "TOO_MANY_ATTEMPTS");
    from("10.0.0.1", "a long enough password").await.with_status(200);
}
