//! What a new database needs before anybody comes: an admin and the platform's own shop.

use std::net::SocketAddr;
use std::time::Instant;

use hotdeal_actors::Mall;
use hotdeal_actors::account::{OpenAccount, Role};
use hotdeal_actors::shop::OpenShop;
use hotdeal_domain::{Currency, UserId};
use rand::RngExt as _;
use secrecy::ExposeSecret as _;

use super::{StartError, demo};
use crate::auth::Passwords;
use crate::auth::first_password::{FirstPassword, Holder, LINK_HOLDS};
use crate::clock;
use crate::settings::Settings;

/// The platform's own shop, for products without a named seller.
const PLATFORM: &str = "HotDeal";
/// Characters of generated passwords: none looks like another.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters of a password: 55^20 is above 2^115.
const PASSWORD_LETTERS: usize = 20;

/// What the server runs on.
pub(super) fn greeting(settings: &Settings) -> Vec<String> {
    let version = env!("CARGO_PKG_VERSION");
    vec![format!("HotDeal {version} on {}", settings.database.shown())]
}

/// Where to look.
pub(super) fn where_to_look(address: SocketAddr, has_admins: bool) -> Vec<String> {
    let shown = clickable(address);
    let mut lines = vec![
        format!("shop front        http://{shown}/"),
        format!("a shop's board    http://{shown}/console/"),
        format!("API, to try it    http://{shown}/docs"),
        format!("health, metrics   http://{shown}/readyz  http://{shown}/metrics"),
    ];
    if has_admins {
        lines.insert(2, format!("for admins        http://{shown}/admin/"));
    }
    lines
}

/// The address that a browser on this machine opens. One that stands for all of them is none.
fn clickable(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("localhost:{}", address.port()),
        false => address.to_string(),
    }
}

/// The same for admins, where they have an address of their own.
pub(super) fn where_admins_look(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().map(|address| format!("for admins alone  http://{address}/admin/")).collect()
}

/// What a start has made.
#[derive(Default)]
pub(super) struct First {
    /// What to print about it.
    pub(super) lines: Vec<String>,
    pub(super) password: FirstPassword,
}

/// Makes the first admin, the platform's shop and, where asked for, the demo, if the database has none. `at` is
/// where an admin's browser reaches the server.
pub(super) async fn prepare(
    settings: &Settings,
    mall: &Mall,
    passwords: &Passwords,
    at: SocketAddr,
) -> Result<First, StartError> {
    if mall.shops().platform_shop().await.map_err(failed)?.is_some() {
        let lines = without_effect(settings, mall, passwords).await?;
        return Ok(First { lines, ..First::default() });
    }
    let (admin, mut first) = first_admin(settings, mall, passwords, at).await?;
    mall.shops().open_shop(shop(admin, PLATFORM), None).await.map_err(failed)?;
    if settings.demo.enabled {
        first.lines.extend(demo::prepare(mall, passwords).await?);
    }
    Ok(first)
}

/// A warning if the password that is set is not the first admin's: the setting counts only for a
/// new database.
async fn without_effect(
    settings: &Settings,
    mall: &Mall,
    passwords: &Passwords,
) -> Result<Vec<String>, StartError> {
    let Some(set) = &settings.auth.admin_password else { return Ok(Vec::new()) };
    let email = &settings.auth.admin_email;
    let Some(known) = mall.accounts().credentials(email).await.map_err(failed)? else {
        let how = "auth.admin_email and auth.admin_password count only where the database is new";
        let told = format!("{email} has no account: {how}; see `hotdeal user create`");
        return Ok(vec![told]);
    };
    let is_so = passwords.check(set.expose_secret().to_owned(), Some(known.password_phc), None);
    Ok(match is_so.await {
        // Too busy to check at the very start: then there is no warning.
        Ok(true) | Err(_) => Vec::new(),
        Ok(false) => vec![format!(
            "auth.admin_password is not the password of {email}: it counts only where the database \
             is new; stop the server and use `hotdeal user reset-password {email}`"
        )],
    })
}

/// A shop in won, opened by its owner. No token exists yet that could become void.
pub(super) fn shop(owner: UserId, name: &str) -> OpenShop {
    let (name, by, void_until) = (name.to_owned(), owner, clock::now());
    OpenShop { owner, name, currency: Currency::Krw, by, void_until }
}

/// The admin exists already if an earlier start ended before the shop was made.
async fn first_admin(
    settings: &Settings,
    mall: &Mall,
    passwords: &Passwords,
    at: SocketAddr,
) -> Result<(UserId, First), StartError> {
    let email = &settings.auth.admin_email;
    if let Some(known) = mall.accounts().credentials(email).await.map_err(failed)? {
        return Ok((known.account.user, First::default()));
    }
    let (password, first) = match &settings.auth.admin_password {
        Some(set) => {
            let lines = vec![format!("admin {email}, password as set")];
            (set.expose_secret().to_owned(), First { lines, ..First::default() })
        }
        None => {
            let made = random_password();
            (made.clone(), with_link(email, made, at))
        }
    };
    Ok((account(mall, passwords, email, "Admin", password, Role::Admin).await?, first))
}

/// The first admin's password, and a link that sets another.
fn with_link(email: &str, made: String, at: SocketAddr) -> First {
    let at = clickable(at);
    let line = format!("admin {email}, password {made} (shown this once)");
    let holder = Holder { email: email.to_owned(), password: made.into() };
    let (password, token) = FirstPassword::open(holder, Instant::now());
    let minutes = LINK_HOLDS.as_secs() / 60;
    let link = format!(
        "set another one   http://{at}/first-password?token={token} (once, within {minutes} minutes)"
    );
    First { lines: vec![line, link], password }
}

/// Opens an account.
pub(super) async fn account(
    mall: &Mall,
    passwords: &Passwords,
    email: &str,
    name: &str,
    password: String,
    role: Role,
) -> Result<UserId, StartError> {
    let hashed = passwords.hash(password, None).await;
    let password_phc =
        hashed.map_err(|_| StartError::First("a password cannot be hashed".to_owned()))?;
    let open = OpenAccount { email: email.to_owned(), name: name.to_owned(), password_phc, role };
    Ok(mall.accounts().open_account(open, None).await.map_err(failed)?.value.user)
}

/// A random password.
pub(crate) fn random_password() -> String {
    let mut random = rand::rng();
    let letter = |_| char::from(LETTERS[random.random_range(0..LETTERS.len())]);
    (0..PASSWORD_LETTERS).map(letter).collect()
}

pub(super) fn failed(error: impl std::fmt::Display) -> StartError {
    StartError::First(error.to_string())
}
