//! What we do by hand although a library does it too, against that library: what each request costs.

use std::hint::black_box;
use std::time::Instant;

use hotdeal::auth::Tokens;
use hotdeal::clock::now;
use hotdeal_actors::account::Role;
use hotdeal_domain::UserId;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::ROUNDS;
use super::world::{Outcome, report};

const TIMES: u32 = 200_000;
const SECRET: &str = "a secret of the benchmark, long enough";

/// Nanoseconds that `work` takes, of many times.
fn nanos(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..TIMES {
        work();
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(TIMES)
}

/// Measures both in turns; reports the share that ours takes.
fn compare(what: &str, mut ours: impl FnMut(), mut theirs: impl FnMut()) {
    let (mut ratios, mut note) = (Vec::new(), String::new());
    for _ in 0..ROUNDS {
        let (own, other) = (nanos(&mut ours), nanos(&mut theirs));
        ratios.push(own / other);
        note = format!("{own:.0} ns; the library {other:.0} ns");
    }
    report(what, ratios, "< 1", &note);
}

/// The claims that a verified token is read for.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    role: String,
    jti: String,
}

pub(crate) fn measure() -> Outcome<()> {
    let tokens = Tokens::new(SECRET);
    let now = now();
    let token = tokens.mint_access(UserId::try_from(7)?, Role::User, now);
    let key = DecodingKey::from_secret(SECRET.as_bytes());
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_nbf = true;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(&token, &key, &validation)?.claims;
    assert_eq!((&*claims.sub, &*claims.role, claims.jti.len()), ("7", "USER", 32));
    assert_eq!(tokens.verify_access(&token, now)?.user.get(), 7);
    compare(
        "verify an access token ÷ jsonwebtoken",
        || {
            black_box(tokens.verify_access(black_box(&token), now)).expect("ours");
        },
        || {
            black_box(jsonwebtoken::decode::<Claims>(black_box(&token), &key, &validation))
                .expect("ours");
        },
    );
    Ok(())
}
