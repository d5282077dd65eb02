//! What is accepted as a token, and what is not.

use super::*;

const SECRET: &str = "d7f0c36a1b9e48f25a6c0d9e7b3f4182";

fn now() -> UnixMillis {
    crate::clock::now()
}

fn user() -> UserId {
    UserId::try_from(7).expect("an id")
}

fn forged(header: &serde_json::Value, claims: &serde_json::Value, secret: &str) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn claims() -> serde_json::Value {
    let iat = now().0 / 1_000;
    serde_json::json!({
        "sub": "7", "role": "USER", "jti": "x", "iat": iat, "exp": iat + 60,
        "iss": "hotdeal", "aud": "hotdeal", "typ": "access",
    })
}

fn with(member: &str, value: serde_json::Value) -> serde_json::Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

#[test]
fn a_minted_token_goes_the_short_way_and_names_its_holder() {
    let tokens = Tokens::new(SECRET);
    let token = tokens.mint_access(user(), Role::Seller, now());
    assert!(PLAIN_HEADERS.contains(&token.split('.').next().expect("a header")));
    let bearer = tokens.verify_access(&token, now());
    let bearer = bearer.expect("a sound token");
    assert_eq!((bearer.user, bearer.role), (user(), Role::Seller));
    assert_eq!((bearer.session, bearer.epoch), (None, 0));
    assert_eq!(tokens.check_the_long_way(&token), Ok(()));
}

#[test]
fn both_ways_to_write_the_header_and_longer_ones_are_accepted() {
    let tokens = Tokens::new(SECRET);
    for header in [
        serde_json::json!({"alg": "HS256", "typ": "JWT"}),
        serde_json::json!({"alg": "HS256"}),
        serde_json::json!({"alg": "HS256", "typ": "JWT", "kid": "../../etc/passwd"}),
    ] {
        let token = forged(&header, &claims(), SECRET);
        assert!(tokens.verify_access(&token, now()).is_ok(), "{header}");
        let token = forged(&header, &claims(), "another-one");
        assert!(tokens.verify_access(&token, now()).is_err(), "{header} and another key");
    }
}

#[test]
fn other_algorithms_keys_and_forms_are_refused() {
    let tokens = Tokens::new(SECRET);
    let hs256 = serde_json::json!({"alg": "HS256", "typ": "JWT"});
    for algorithm in ["none", "None", "nOnE", "HS512", "RS256", "hs256", ""] {
        let header = serde_json::json!({"alg": algorithm, "typ": "JWT"});
        let token = forged(&header, &claims(), SECRET);
        assert_eq!(tokens.verify_access(&token, now()), Err(TokenFault::Invalid), "{algorithm}");
    }
    let good = forged(&hs256, &claims(), SECRET);
    let unsigned = format!("{}.", good.rsplit_once('.').expect("three parts").0);
    let long = format!("{good}{}", "A".repeat(16_384));
    let other_key = forged(&hs256, &claims(), "another-one");
    for wrong in [&unsigned, &long, &other_key, "", ".", "..", "a.b.c", &".".repeat(4_000)] {
        assert_eq!(tokens.verify_access(wrong, now()), Err(TokenFault::Invalid));
    }
}

#[test]
fn each_claim_is_checked() {
    let tokens = Tokens::new(SECRET);
    let soon = now().0 / 1_000 + 3_600;
    for (member, value) in [
        ("iss", "other".into()),
        ("aud", "other".into()),
        ("typ", "refresh".into()),
        ("role", "KING".into()),
        ("sub", "0".into()),
        ("sub", "kim".into()),
        ("nbf", soon.into()),
        ("exp", serde_json::Value::Null),
    ] {
        for header in ["JWT", "long way"] {
            let header = serde_json::json!({"alg": "HS256", "typ": header});
            let token = forged(&header, &with(member, value.clone()), SECRET);
            assert!(tokens.verify_access(&token, now()).is_err(), "{member} {header}");
        }
    }
    let old = forged(
        &serde_json::json!({"alg": "HS256", "typ": "JWT"}),
        &with("exp", (now().0 / 1_000 - 60).into()),
        SECRET,
    );
    assert_eq!(tokens.verify_access(&old, now()), Err(TokenFault::Expired));
}

fn logged_in() -> LoggedIn {
    let account = hotdeal_actors::account::Account {
        user: user(),
        email: String::new(),
        name: String::new(),
        role: Role::User,
        created_at: now(),
    };
    let session = SessionView {
        session: SessionId(77),
        generation: 3,
        renewed_at: now(),
        ends_at: now().plus(3_600_000),
        epoch: 2,
    };
    LoggedIn { account, session }
}

#[test]
fn a_pair_belongs_to_its_session_and_is_the_same_each_time() {
    let (tokens, mut who) = (Tokens::new(SECRET), logged_in());
    let (access, refresh) = tokens.mint_pair(&who);
    let bearer = tokens.verify_access(&access, now()).expect("a sound token");
    assert_eq!((bearer.session, bearer.epoch), (Some(SessionId(77)), 2));
    let expected = Refresh { user: user(), session: SessionId(77), generation: 3 };
    assert_eq!(tokens.verify_refresh(&refresh, now()), Ok(expected));
    assert_eq!(tokens.mint_pair(&who), (access.clone(), refresh.clone()));
    assert_ne!(Tokens::new(&format!("{SECRET}x")).mint_pair(&who).0, access);
    // Neither is good for the other's use.
    assert_eq!(tokens.verify_access(&refresh, now()), Err(TokenFault::Invalid));
    assert_eq!(tokens.verify_refresh(&access, now()), Err(TokenFault::Invalid));
    // Another generation or epoch has another number, so that one can be void without the other.
    let number = bearer.token;
    who.session.generation += 1;
    let number_of =
        |who: &LoggedIn| tokens.verify_access(&tokens.mint_pair(who).0, now()).map(|b| b.token);
    let next = number_of(&who).expect("a sound token");
    who.session.epoch += 1;
    let last = number_of(&who).expect("a sound token");
    assert!(number != next && next != last && last != number);
}

#[test]
fn no_refresh_token_outlives_its_session() {
    let (tokens, mut who) = (Tokens::new(SECRET), logged_in());
    who.session.ends_at = now().plus(10_000);
    let (_, refresh) = tokens.mint_pair(&who);
    assert!(tokens.verify_refresh(&refresh, now()).is_ok());
    let later = now().plus(20_000);
    assert_eq!(tokens.verify_refresh(&refresh, later), Err(TokenFault::Expired));
}
