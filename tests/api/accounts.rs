//! Signing up, logging in, and who one is then.

use serde_json::{Value, json};

use crate::support::{
    ADMIN_EMAIL, ADMIN_PASSWORD, App, Claims, Role, SECRET, mint_claims, now_s, signed,
};

fn account(email: &str, name: &str, password: &str) -> Value {
    json!({"email": email, "name": name, "password": password})
}

#[tokio::test]
async fn who_signs_up_can_log_in_and_is_who_they_said() {
    let app = App::start().await;
    let body = account("  Kim@Shop.TEST ", "김하나", "a long enough password");
    let answer = app.anyone().post_json("/api/auth/signup", &body).send().await;
    let signed_up: Value = answer.with_status(201).good();
    assert_eq!(signed_up["data"]["email"], "kim@shop.test", "trimmed and in lower case");
    assert_eq!(signed_up["data"]["name"], "김하나");
    assert!(signed_up["data"]["authId"].as_i64().is_some_and(|id| id > 0));
    assert!(signed_up["message"].as_str().is_some_and(|text| !text.is_empty()));

    let body = json!({"email": "KIM@shop.test", "password": "a long enough password"});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    let logged_in: Value = answer.with_status(200).good();
    let access = logged_in["data"]["accessToken"].as_str().expect("an access token");
    let refresh = logged_in["data"]["refreshToken"].as_str().expect("a refresh token");
    assert_ne!(access, refresh);

    let me = app.anyone().with_token(Some(access.to_owned())).get("/api/users/me").send().await;
    let me: Value = me.with_status(200).good();
    assert_eq!((&me["email"], &me["name"]), (&json!("kim@shop.test"), &json!("김하나")));
    let created = me["createdAt"].as_str().expect("a time");
    assert!(chrono::DateTime::parse_from_rfc3339(created).is_ok(), "{created}");

    // A refresh token is no access token.
    let with_refresh = app.anyone().with_token(Some(refresh.to_owned()));
    assert_eq!(with_refresh.get("/api/users/me").send().await.problem().status, 401);
}

#[tokio::test]
async fn nobody_on_the_way_may_keep_an_answer_with_tokens() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let body = json!({"email": "kim@shoppers.test", "password": "a long enough password"});
    // A repeat under a key is no exception.
    let mut refresh = String::new();
    for _ in 0..2 {
        let answer = app.anyone().post_json("/api/auth/login", &body).key("k-1").send().await;
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
        let pair: Value = answer.with_status(200).good();
        refresh = pair["data"]["refreshToken"].as_str().expect("a refresh token").to_owned();
    }
    let body = json!({"refreshToken": refresh});
    let answer = app.anyone().post_json("/api/auth/reissue", &body).send().await.with_status(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
}

#[tokio::test]
async fn a_partner_logs_in_sees_the_own_account_logs_out_and_withdraws() {
    let app = App::start().await;
    let (user, _) = app.signed_up("partner").await;
    let path = format!("/api/admin/users/{user}/role");
    app.admin().put(&path).json(&json!({"role": "PARTNER"})).send().await.with_status(200);
    let password = json!({"password": "a long enough password"});
    for path in ["/api/auth/logout", "/api/auth/withdraw"] {
        let partner = app.logged_in("partner").await;
        let me: Value = partner.get("/api/users/me").send().await.with_status(200).good();
        assert_eq!(me["email"], "partner@shoppers.test");
        partner.get("/api/products").send().await.refused(403, "FORBIDDEN");
        partner.post_json(path, &password).send().await.with_status(200);
        partner.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
    }
}

#[tokio::test]
async fn an_address_has_one_account() {
    let app = App::start().await;
    let body = account("lee@shop.test", "Lee", "a long enough password");
    app.anyone().post_json("/api/auth/signup", &body).send().await.with_status(201);
    for email in ["lee@shop.test", "LEE@shop.test", " lee@shop.test "] {
        let body = account(email, "Other", "another long password");
        let answer = app.anyone().post_json("/api/auth/signup", &body).send().await;
        answer.refused(409, "DUPLICATE_EMAIL");
    }
    let sql = "SELECT count(*) FROM credentials WHERE email = 'lee@shop.test'";
    assert_eq!(app.database.number(sql).await, 1);
    let sql = "SELECT count(*) FROM profiles WHERE name IN ('Lee', 'Other')";
    assert_eq!(app.database.number(sql).await, 1, "no half account");
}

#[tokio::test]
async fn of_many_who_want_one_address_at_once_one_gets_it() {
    let app = App::start().await;
    let asking = (0..6).map(|number| {
        let body = account("same@shop.test", &format!("N{number}"), "a long enough password");
        app.anyone().post_json("/api/auth/signup", &body).send()
    });
    let answers = futures_util::future::join_all(asking).await;
    let opened = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(opened, 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "DUPLICATE_EMAIL");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = App::start().await;
    let body = account("park@shop.test", "Park", "a long enough password");
    app.anyone().post_json("/api/auth/signup", &body).send().await.with_status(201);
    let mut told = Vec::new();
    for (email, password) in [
        ("park@shop.test", "not the password"),
        ("nobody@shop.test", "a long enough password"),
        ("park@shop.test", ""),
    ] {
        let body = json!({"email": email, "password": password});
        let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
        answer.refused(401, "PASSWORD_MISMATCH");
        told.push(answer.text());
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn passwords_are_kept_as_argon2id_hashes_alone() {
    let app = App::start().await;
    let password = "a-password-nobody-else-has-7261";
    let body = account("choi@shop.test", "Choi", password);
    app.anyone().post_json("/api/auth/signup", &body).send().await.with_status(201);
    let sql = "SELECT password_phc FROM credentials WHERE email = 'choi@shop.test'";
    let rows: Vec<(String,)> = app.database.rows(sql).await;
    assert!(rows[0].0.starts_with("$argon2id$"), "{}", rows[0].0);
    let facts: Vec<(String,)> = app.database.rows("SELECT facts FROM journal").await;
    for (facts,) in facts {
        for secret in [password, "choi@shop.test", "Choi", "argon2"] {
            assert!(
                !facts.contains(secret),
                "the journal keeps `{secret}`, which must be forgettable"
            );
        }
    }
}

#[tokio::test]
async fn the_first_admin_is_the_one_that_was_configured() {
    let app = App::start().await;
    let body = json!({"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD});
    let answer = app.anyone().post_json("/api/auth/login", &body).send().await;
    let logged_in: Value = answer.with_status(200).good();
    let token = logged_in["data"]["accessToken"].as_str().expect("a token").to_owned();
    let admin = app.anyone().with_token(Some(token));
    admin.get("/api/admin/actors").send().await.with_status(200);
}

#[tokio::test]
async fn an_account_survives_the_server() {
    let mut app = App::start().await;
    app.signed_up("survivor").await;
    app.kill();
    app.start_again();
    let body = json!({"email": "survivor@shoppers.test", "password": "a long enough password"});
    app.anyone().post_json("/api/auth/login", &body).send().await.with_status(200);
    app.audited();
}

#[tokio::test]
async fn only_a_sound_token_opens_the_door() {
    let app = App::start().await;
    let good = || Claims::of(7, Role::User);
    let changed = |change: fn(&mut Claims)| {
        let mut claims = good();
        change(&mut claims);
        mint_claims(&claims, SECRET)
    };
    let of_another_kind = {
        let claims = serde_json::to_string(&good()).expect("plain claims");
        let header = r#"{"typ":"JWT","alg":"HS512"}"#;
        signed::<hmac::Hmac<sha2::Sha512>>(header, &claims, SECRET.as_bytes())
    };
    let sound = mint_claims(&good(), SECRET);
    let (head, _) = sound.rsplit_once('.').expect("three parts");
    let unsigned = {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let claims = serde_json::to_vec(&good()).expect("plain claims");
        format!("{}.{}.", base64.encode(r#"{"alg":"none","typ":"JWT"}"#), base64.encode(claims))
    };
    let bad = [
        ("signed with another secret", mint_claims(&good(), &format!("{SECRET}x"))),
        ("over since an hour", changed(|claims| claims.exp = now_s() - 3_600)),
        ("a refresh token", changed(|claims| claims.typ = "refresh".to_owned())),
        ("made by another", changed(|claims| claims.iss = "elsewhere".to_owned())),
        ("made for another", changed(|claims| claims.aud = "elsewhere".to_owned())),
        ("of nobody", changed(|claims| claims.sub = "0".to_owned())),
        ("of no number", changed(|claims| claims.sub = "admin".to_owned())),
        ("with an unknown role", changed(|claims| claims.role = "GOD".to_owned())),
        ("signed another way", of_another_kind),
        ("not signed", unsigned),
        ("with the signature cut off", format!("{head}.")),
        ("of one part", "abc".to_owned()),
        ("empty", String::new()),
        ("far too long", "a".repeat(6_000)),
    ];
    for (what, token) in bad {
        let answer = app.anyone().with_token(Some(token)).get("/api/stocks/product/1").send().await;
        assert_eq!(answer.problem().status, 401, "a token {what}");
        assert!(answer.header("www-authenticate").is_some(), "a token {what}: how to come in");
    }
    for authorization in ["Basic dXNlcjpwYXNz", "Bearer", "bearer", ""] {
        let asked =
            app.anyone().get("/api/stocks/product/1").header("authorization", authorization);
        assert_eq!(asked.send().await.problem().status, 401, "`{authorization}`");
    }
    let me = app
        .anyone()
        .with_token(Some(sound))
        .post_json("/api/stocks/search", &json!({"productIds": []}));
    assert_ne!(me.send().await.status, 401, "the sound one does open it");
}

#[tokio::test]
async fn spellings_of_one_address_are_one_account_and_what_cannot_be_seen_is_refused() {
    let app = App::start().await;
    let sign_up = async |email: &str, name: &str| {
        let body = account(email, name, "a long enough password");
        app.anyone().post_json("/api/auth/signup", &body).send().await
    };
    let kim: Value = sign_up("kim@shop.test", "Kim").await.with_status(201).good();
    for email in ["ｋｉｍ@shop.test", "kim@ｓｈｏｐ．test", "KIM＠shop.test", "𝐤𝐢𝐦@shop.test"]
    {
        sign_up(email, "Kim").await.refused(409, "DUPLICATE_EMAIL");
        let body = json!({"email": email, "password": "a long enough password"});
        app.anyone().post_json("/api/auth/login", &body).send().await.with_status(200);
    }
    for email in [
        "ki\u{200b}m@shop.test",
        "kim\u{200d}@shop.test",
        "kim@sh\u{ad}op.test",
        "\u{202e}kim@shop.test",
        "ki\u{3164}m@shop.test",
        "ki\u{7}m@shop.test",
        "\"kim\"@shop.test",
        "kim(home)@shop.test",
        "ki\\m@shop.test",
    ] {
        let refused = sign_up(email, "Kim").await.refused(400, "INVALID_VALUE");
        assert_eq!(refused.member.as_deref(), Some("email"), "{email:?}");
    }
    for name in ["Ki\u{200b}m", "\u{202e}miK", "a\tb", "K\u{2066}im", "\u{3164}", "K\u{feff}im"] {
        let refused = sign_up("lee@shop.test", name).await.refused(400, "INVALID_VALUE");
        assert_eq!(refused.member.as_deref(), Some("name"), "{name:?}");
        let body = json!({"name": name, "ownerId": kim["data"]["authId"]});
        let refused = app.admin().post_json("/api/shops", &body).send().await;
        assert_eq!(refused.refused(400, "INVALID_VALUE").member.as_deref(), Some("name"));
    }
    sign_up("lee@shop.test", "👨\u{200d}👩\u{200d}👧 이 ❤\u{fe0f}").await.with_status(201);
}

#[tokio::test]
async fn accounts_from_before_addresses_had_one_form_still_log_in() {
    let mut app = App::start().await;
    let (user, _) = app.signed_up("kim").await;
    let kept =
        format!("UPDATE credentials SET email = 'ｋｉｍ@shoppers.test' WHERE user_id = {user}");
    app.kill();
    let tables = app.database.open().await;
    tables.spoil(&kept).await;
    tables.close().await;
    app.start_again();
    let body = json!({"email": "ｋｉｍ@shoppers.test", "password": "a long enough password"});
    app.anyone().post_json("/api/auth/login", &body).send().await.with_status(200);
}

#[tokio::test]
async fn a_setting_says_whether_too_common_passwords_are_refused() {
    let sign_up = async |app: &App, password: &str| {
        let body = account("kim@shop.test", "Kim", password);
        app.anyone().post_json("/api/auth/signup", &body).send().await
    };
    let strict = App::start().await;
    let refused = sign_up(&strict, "password123").await.refused(400, "INVALID_VALUE");
    assert_eq!(refused.member.as_deref(), Some("password"));
    let lenient =
        App::start_with(|settings| settings.with("HOTDEAL__AUTH__COMMON_PASSWORDS", "taken")).await;
    sign_up(&lenient, "short").await.refused(400, "INVALID_VALUE");
    sign_up(&lenient, "password123").await.with_status(201);
    let body = json!({"email": "kim@shop.test", "password": "password123"});
    lenient.anyone().post_json("/api/auth/login", &body).send().await.with_status(200);
}
