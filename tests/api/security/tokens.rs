//! Tokens that are forged, foreign or too much (rows 33 to 35 and 40).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::support::{App, Claims, Role, SECRET, Wire, mint, mint_claims, now_s, signed};

/// A token of these parts, its signature made with `secret`.
fn forged(header: &Value, claims: &Value, secret: &[u8]) -> String {
    signed::<hmac::Hmac<sha2::Sha256>>(&header.to_string(), &claims.to_string(), secret)
}

async fn refuse_all(app: &App, tokens: Vec<(String, String)>) {
    for (what, token) in tokens {
        let client = app.anyone().with_token(Some(token));
        for path in ["/api/users/me", "/api/admin/users"] {
            let answer = client.get(path).send().await;
            assert_eq!(answer.problem().status, 401, "a token with {what}: {answer}");
        }
    }
    app.anyone().get("/livez").send().await.with_status(200);
}

#[tokio::test]
async fn row_33_no_header_chooses_how_or_with_what_a_token_is_checked() {
    let app = App::start().await;
    let claims = json!(Claims::of(1, Role::Admin));
    let sound = forged(&json!({"alg": "HS256", "typ": "JWT"}), &claims, SECRET.as_bytes());
    app.anyone().with_token(Some(sound.clone())).get("/api/users/me").send().await.with_status(200);
    let (message, signature) = sound.rsplit_once('.').expect("three parts");
    let mut tokens = vec![
        ("an empty signature".to_owned(), format!("{message}.")),
        ("no signature".to_owned(), message.to_owned()),
        ("a fourth part".to_owned(), format!("{sound}.x")),
        ("a cut signature".to_owned(), format!("{message}.{}", &signature[..signature.len() - 2])),
        ("padding".to_owned(), format!("{sound}=")),
    ];
    for algorithm in
        ["none", "None", "nOnE", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA"]
    {
        let header = json!({"alg": algorithm, "typ": "JWT"});
        let signed = forged(&header, &claims, SECRET.as_bytes());
        let (message, _) = signed.rsplit_once('.').expect("three parts");
        tokens.push((format!("alg {algorithm}, unsigned"), format!("{message}.")));
        tokens.push((format!("alg {algorithm}"), signed));
    }
    // Keys that come with the token, or that it points to.
    let jwk = json!({"kty": "oct", "k": BASE64.encode("mine")});
    for header in [
        json!({"alg": "HS256", "jwk": jwk}),
        json!({"alg": "HS256", "jku": "https://evil.test/keys"}),
        json!({"alg": "HS256", "x5u": "https://evil.test/cert"}),
        json!({"alg": "HS256", "kid": "../../../../dev/null"}),
        json!({"alg": "HS256", "kid": "' OR 1=1 --"}),
        json!({"alg": "HS256", "b64": false, "crit": ["b64"]}),
    ] {
        for key in ["mine", "", "public"] {
            tokens.push((format!("{header}"), forged(&header, &claims, key.as_bytes())));
        }
    }
    refuse_all(&app, tokens).await;
}

#[tokio::test]
async fn row_34_a_token_is_good_in_its_time_for_its_use_and_of_us_alone() {
    let app = App::start().await;
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let with = |name: &str, value: Value| {
        let mut claims = json!(Claims::of(1, Role::Admin));
        claims[name] = value;
        forged(&header, &claims, SECRET.as_bytes())
    };
    let without = |name: &str| {
        let mut claims = json!(Claims::of(1, Role::Admin));
        claims.as_object_mut().expect("claims").remove(name);
        forged(&header, &claims, SECRET.as_bytes())
    };
    let now = now_s();
    let mut tokens = vec![
        ("an end in the past".to_owned(), with("exp", json!(now - 60))),
        ("an end that is no number".to_owned(), with("exp", json!("soon"))),
        ("an end beyond all numbers".to_owned(), with("exp", json!(1e300))),
        ("a beginning in an hour".to_owned(), with("nbf", json!(now + 3_600))),
        ("another issuer".to_owned(), with("iss", json!("evil"))),
        ("two audiences".to_owned(), with("aud", json!(["hotdeal", "evil"]))),
        ("another audience".to_owned(), with("aud", json!("evil"))),
        ("the use of a refresh token".to_owned(), with("typ", json!("refresh"))),
        ("the use of a ticket".to_owned(), with("typ", json!("ticket"))),
        ("two roles".to_owned(), with("role", json!(["USER", "ADMIN"]))),
        ("a role in small letters".to_owned(), with("role", json!("admin"))),
        ("a person below one".to_owned(), with("sub", json!("-1"))),
        ("a person of two".to_owned(), with("sub", json!("1,2"))),
    ];
    for name in ["sub", "role", "jti", "exp", "iss", "aud", "typ"] {
        tokens.push((format!("no {name}"), without(name)));
    }
    refuse_all(&app, tokens).await;
    let (_, kim) = app.signed_up("kim").await;
    let body = json!({"email": "kim@shoppers.test", "password": "a long enough password"});
    let pair: Value = app.anyone().post_json("/api/auth/login", &body).send().await.good();
    let refresh = pair["data"]["refreshToken"].as_str().expect("a token").to_owned();
    refuse_all(&app, vec![("the other use".to_owned(), refresh)]).await;
    kim.get("/api/users/me").send().await.with_status(200);
}

/// The status with which a token is refused, sent by hand: no client sends such heads.
async fn status_of(app: &App, token: &str) -> Option<u16> {
    let host = app.url().trim_start_matches("http://");
    let mut wire = Wire::open(app).await;
    wire.say(&format!(
        "GET /api/users/me HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
    ))
    .await;
    wire.status().await
}

#[tokio::test]
async fn row_35_tokens_that_are_too_much_are_refused_unread() {
    let mut app = App::start().await;
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let mut claims = json!(Claims::of(1, Role::Admin));
    // Signed with the right key, so that nothing but its size speaks against it.
    claims["more"] = json!("x".repeat(12 << 10));
    let long = forged(&header, &claims, SECRET.as_bytes());
    assert!(long.len() > 16 << 10, "{}", long.len());
    let nested = |inner: &str| {
        let header = json!({"alg": "dir", "enc": "A256GCM", "zip": "DEF", "cty": "JWT"});
        format!("{}..x.{}.x", BASE64.encode(header.to_string()), BASE64.encode(inner))
    };
    let packed = (0..8).fold("x".repeat(2_000), |inner, _| nested(&inner));
    // A head has 128 KiB; what is longer is refused by the reader of heads.
    let tokens = [
        ("16 KiB", long, 401),
        ("nothing but dots", "..".to_owned(), 401),
        ("60,000 dots", ".".repeat(60_000), 401),
        ("a million dots", ".".repeat(1_000_000), 431),
        ("something packed inside", nested("x"), 401),
        ("eight times packed", packed, 401),
        ("a header of a thousand brackets", BASE64.encode("[".repeat(20_000)) + ".e30.x", 401),
    ];
    // More than 40 MiB of tokens each time.
    app.keeps_less_than(8 << 10, async |app| {
        for (what, token, expected) in tokens.iter().cycle().take(40 * tokens.len()) {
            assert_eq!(status_of(app, token).await, Some(*expected), "{what}");
        }
    })
    .await;
    let (_, token, _) = &tokens[0];
    let client = app.anyone().with_token(Some(token.clone()));
    client.get("/api/users/me").send().await.refused(401, "TOKEN_MISMATCH");
}

#[tokio::test]
async fn row_40_each_log_in_is_a_session_of_its_own_with_a_number_nobody_can_guess() {
    let app = App::start().await;
    app.signed_up("kim").await;
    let body = json!({"email": "kim@shoppers.test", "password": "a long enough password"});
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..8 {
        // Whatever token somebody comes with, they leave with another.
        let fixed = app.anyone().with_token(Some(mint(1, Role::User)));
        let pair: Value = fixed.post_json("/api/auth/login", &body).send().await.good();
        let access = pair["data"]["accessToken"].as_str().expect("a token");
        let claims = BASE64.decode(access.split('.').nth(1).expect("three parts")).expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("claims");
        for name in ["jti", "sid"] {
            let number = claims[name].as_str().expect("a number").to_owned();
            assert_eq!(number.len(), 32, "128 bits: {number}");
            assert!(seen.insert(number), "{name} came before");
        }
    }
    let mut claims = Claims::of(1, Role::User);
    claims.jti = "fixed".to_owned();
    let chosen = app.anyone().with_token(Some(mint_claims(&claims, SECRET)));
    chosen.get("/api/users/me").send().await.with_status(200);
}
