//! Settings, read once into types that cannot be wrong. Layers, the later wins:
//! `config/default.toml` < the file of `--config` < `HOTDEAL__SECTION__KEY` < flags.

mod layers;
mod live;
mod pages;
mod secret;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use hotdeal_actors::MallSettings;
use hotdeal_domain::notice::SUBSCRIPTIONS_MAX;
use secrecy::SecretString;

pub use layers::SettingsError;
use layers::{Layers, Reader};
pub use live::LiveSettings;
pub use pages::PageSettings;

use crate::auth::{CommonPasswords, HashingBounds, HashingCost};
use crate::clock::Zone;
use crate::limits::{Group, Quota, Quotas, TrustedProxies};

/// The database used where none is named: everything in one file, made at the first start.
pub const EMBEDDED_DATABASE: &str = "sqlite://data/hotdeal.db";

/// Days notices can be kept at most: ten years.
const NOTICES_KEPT_DAYS_MAX: u32 = 3_650;
/// Days the profile of a withdrawn account can be kept at most, likewise.
const PROFILE_KEPT_DAYS_MAX: u32 = 3_650;

/// Seconds a shop can be given to answer an order at most: 30 days.
const ANSWER_WITHIN_S_MAX: u32 = 2_592_000;

/// All settings of the server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to speak HTTP.
    pub http: HttpSettings,
    /// Where the data is.
    pub database: DatabaseSettings,
    /// Who may log in, and how.
    pub auth: AuthSettings,
    /// Bounds and times of live connections.
    pub live: LiveSettings,
    /// Pages for people.
    pub pages: PageSettings,
    /// How often one may call.
    pub limits: LimitSettings,
    /// Whether a new database gets something to try.
    pub demo: DemoSettings,
    /// The offset in which times are written, and read if they come without one; and whether
    /// existing clients get times without an offset.
    pub zone: Zone,
    /// What to log, and how.
    pub log: LogSettings,
    /// Bounds of actors and ledger.
    pub mall: MallSettings,
}

/// Section `http`.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Where to listen, as it was written.
    pub bind: String,
    /// The addresses `bind` stands for.
    pub addresses: Vec<SocketAddr>,
    /// The only addresses where admins are served; `None` for everywhere.
    pub admin: Option<(String, Vec<SocketAddr>)>,
    /// Worker threads; 0 is one for each core.
    pub workers: usize,
    /// The largest body taken, in bytes.
    pub body_max_bytes: usize,
    /// How long a body may take to arrive.
    pub body_deadline: Duration,
    /// How long a head may take to arrive.
    pub head_deadline: Duration,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// Open connections, if the system allows as many files.
    pub connections_max: usize,
    /// Open connections of one address.
    pub connections_per_address_max: usize,
    /// Connections waiting to be accepted.
    pub backlog: u32,
    /// Requests of a kind under way.
    pub under_way_max: usize,
    /// How long requests under way may take at a stop, in seconds.
    pub stop_deadline_s: u64,
    /// How long a client may leave unread what it was sent.
    pub unread_deadline: Duration,
    /// Origins of foreign pages that may call us and read our answers.
    pub cors_origins: Vec<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
}

/// Section `database`.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `sqlite://…` or `postgres://…`.
    pub url: String,
}

impl DatabaseSettings {
    /// Whether it is SQLite, which migrates itself at the start.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Whether it is in memory: it ends with the process, and no other process can see it.
    pub fn is_in_memory(&self) -> bool {
        self.is_sqlite() && (self.url.contains(":memory:") || self.url.contains("mode=memory"))
    }

    /// Whether it is the one used where none is named.
    pub fn is_embedded_default(&self) -> bool {
        self.url == EMBEDDED_DATABASE
    }

    /// The address without a password, fit to be printed.
    pub fn shown(&self) -> String {
        match self.url.split_once("://").and_then(|(scheme, rest)| {
            let (login, place) = rest.rsplit_once('@')?;
            let (user, _) = login.split_once(':')?;
            Some(format!("{scheme}://{user}:***@{place}"))
        }) {
            Some(shown) => shown,
            None => self.url.clone(),
        }
    }
}

/// Section `auth`.
#[derive(Debug, Clone)]
pub struct AuthSettings {
    /// Signs the tokens; `None` if one has to be made. Use [`Settings::resolve_secret`].
    pub secret: Option<SecretString>,
    /// The first admin's e-mail address.
    pub admin_email: String,
    /// The first admin's password; `None` where a random one is to be made.
    pub admin_password: Option<SecretString>,
    /// How long an access token is good for, in seconds.
    pub access_ttl_s: i64,
    /// How long a refresh token is good for, in seconds.
    pub refresh_ttl_s: i64,
    /// How long a session lasts however often it is renewed, in seconds.
    pub session_ttl_s: i64,
    /// What happens to passwords that many others have chosen.
    pub common_passwords: CommonPasswords,
    /// What the hash of a password costs.
    pub hashing: HashingCost,
    /// How many passwords may wait to be hashed.
    pub hashing_bounds: HashingBounds,
    /// Wrong passwords for one account from one address in a window.
    pub wrong_per_account_max: u32,
    /// Wrong passwords from one address in a window.
    pub wrong_per_address_max: u32,
    /// The window in which wrong passwords are counted.
    pub wrong_window: Duration,
}

/// Section `limits`.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Persons and addresses counted at the same time.
    pub keys_max: usize,
    /// The quotas of each group, in the order of [`Group::ALL`].
    pub quotas: [Quotas; Group::ALL.len()],
}

/// Section `demo`.
#[derive(Debug, Clone, Copy)]
pub struct DemoSettings {
    /// Whether a new database gets shops, products, deals, a coupon event and accounts.
    pub enabled: bool,
    /// Whether a robot shops there.
    pub robot: bool,
}

/// Section `log`.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Directives of what to log.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Settings {
    /// Reads the layers. `flags` are pairs of key (`http.bind`) and value.
    ///
    /// # Errors
    /// A [`SettingsError`] that names the origin, the key and what is allowed: for a key that is
    /// unknown, a value that is wrong, or a file that cannot be read.
    pub fn load(
        config_file: Option<&Path>,
        flags: &[(String, String)],
    ) -> Result<Self, SettingsError> {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        Self::from_layers(config_file, environment, flags)
    }

    /// Reads the layers with this environment instead of the process's own.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_layers(
        config_file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        flags: &[(String, String)],
    ) -> Result<Self, SettingsError> {
        let mut layers = Layers::defaults()?;
        if let Some(path) = config_file {
            layers.add_file(path)?;
        }
        layers.add_environment(environment)?;
        layers.add_flags(flags)?;
        Self::read(&layers.reader())
    }

    fn read(reader: &Reader<'_>) -> Result<Self, SettingsError> {
        let database = DatabaseSettings { url: reader.checked("database.url", database_url)? };
        let demo = match reader.one_of("demo.enabled", &["auto", "true", "false"])? {
            "auto" => database.is_embedded_default(),
            choice => choice == "true",
        };
        let robot = reader.one_of("demo.robot", &["true", "false"])? == "true";
        let http = read_http(reader)?;
        let mut live = live::read(reader)?;
        live.origins.extend_from_slice(&http.cors_origins);
        Ok(Self {
            http,
            auth: read_auth(reader)?,
            live,
            pages: pages::read(reader)?,
            limits: read_limits(reader)?,
            demo: DemoSettings { enabled: demo, robot: demo && robot },
            zone: reader
                .checked("time.zone_offset", zone)?
                .with_local_times(reader.one_of("wire.local_times", &["true", "false"])? == "true"),
            log: LogSettings {
                filter: reader.checked("log.filter", log_filter)?,
                json: reader.one_of("log.format", &["text", "json"])? == "json",
            },
            mall: read_mall(reader)?,
            database,
        })
    }
}

fn read_http(reader: &Reader<'_>) -> Result<HttpSettings, SettingsError> {
    let (bind, addresses) = reader.checked("http.bind", listen_address)?;
    Ok(HttpSettings {
        bind,
        addresses,
        admin: reader.optional("http.admin_bind", listen_address)?,
        workers: reader.size("http.workers", 0..=1_024)?,
        body_max_bytes: reader.size("http.body_max_bytes", 1_024..=64 << 20)?,
        body_deadline: reader.millis("http.body_deadline_ms", 10..=600_000)?,
        head_deadline: reader.millis("http.head_deadline_ms", 10..=600_000)?,
        keep_alive: Duration::from_secs(reader.number("http.keep_alive_s", 1..=3_600)?),
        connections_max: reader.size("http.connections_max", 1..=1_000_000)?,
        connections_per_address_max: reader
            .size("http.connections_per_address_max", 1..=1_000_000)?,
        backlog: reader.number("http.backlog", 1..=65_535)?,
        under_way_max: reader.size("http.under_way_max", 1..=1_000_000)?,
        stop_deadline_s: reader.number("http.stop_deadline_s", 0..=600)?,
        unread_deadline: reader.millis("http.unread_deadline_ms", 100..=600_000)?,
        cors_origins: reader.checked("http.cors_origins", live::origins)?,
        trusted_proxies: reader.checked("http.trusted_proxies", trusted_proxies)?,
    })
}

fn read_auth(reader: &Reader<'_>) -> Result<AuthSettings, SettingsError> {
    let common_passwords = match reader.one_of("auth.common_passwords", &["refused", "taken"])? {
        "refused" => CommonPasswords::Refused,
        _ => CommonPasswords::Taken,
    };
    Ok(AuthSettings {
        common_passwords,
        secret: reader.optional("auth.secret", secret::strong_enough)?.map(SecretString::from),
        admin_email: reader.checked("auth.admin_email", email)?,
        admin_password: reader
            .optional("auth.admin_password", |text| admin_password(text, common_passwords))?
            .map(SecretString::from),
        access_ttl_s: reader.number("auth.access_ttl_s", 10..=86_400)?,
        refresh_ttl_s: reader.number("auth.refresh_ttl_s", 60..=31_536_000)?,
        session_ttl_s: reader.number("auth.session_ttl_s", 60..=31_536_000)?,
        hashing: HashingCost {
            memory_kib: reader.number("auth.hashing_memory_kib", 19_456..=1_048_576)?,
            passes: reader.number("auth.hashing_passes", 2..=16)?,
        },
        hashing_bounds: HashingBounds {
            checks_max: reader.size("auth.hashing_queue_max", 1..=10_000)?,
            new_max: reader.size("auth.signup_queue_max", 1..=10_000)?,
            per_address_max: reader.size("auth.hashing_per_address_max", 1..=10_000)?,
        },
        wrong_per_account_max: reader.number("auth.wrong_per_account_max", 1..=1_000_000)?,
        wrong_per_address_max: reader.number("auth.wrong_per_address_max", 1..=1_000_000)?,
        wrong_window: Duration::from_secs(reader.number("auth.wrong_window_s", 1..=86_400)?),
    })
}

fn read_limits(reader: &Reader<'_>) -> Result<LimitSettings, SettingsError> {
    // At sign-up there is no user yet, and what everybody sees is shown without asking who it is.
    const KEYS: [(Option<&str>, &str); Group::ALL.len()] = [
        (Some("limits.auth_user"), "limits.auth_address"),
        (None, "limits.signup_address"),
        (None, "limits.public_address"),
        (Some("limits.read_user"), "limits.read_address"),
        (Some("limits.write_user"), "limits.write_address"),
        (Some("limits.sale_user"), "limits.sale_address"),
        (Some("limits.live_user"), "limits.live_address"),
        (Some("limits.admin_user"), "limits.admin_address"),
    ];
    let mut quotas = [Quotas::default(); Group::ALL.len()];
    for (of_group, (user, address)) in quotas.iter_mut().zip(KEYS) {
        of_group.user = user.map(|key| reader.checked(key, quota)).transpose()?.flatten();
        of_group.address = reader.checked(address, quota)?;
    }
    Ok(LimitSettings { keys_max: reader.size("limits.keys_max", 1..=10_000_000)?, quotas })
}

fn read_mall(reader: &Reader<'_>) -> Result<MallSettings, SettingsError> {
    Ok(MallSettings {
        mailbox_max: reader.size("actors.mailbox_max", 1..=1_000_000)?,
        idle_after_s: reader.number("actors.idle_after_s", 1..=86_400)?,
        arbiters: reader.size("actors.arbiters", 1..=256)?,
        ledger_queue_max: reader.size("ledger.queue_max", 1..=1_000_000)?,
        ledger_batch_entries_max: reader.size("ledger.batch_entries_max", 1..=100_000)?,
        ledger_batch_rows_max: reader.size("ledger.batch_rows_max", 1..=1_000_000)?,
        subscriptions_per_user_max: reader
            .size("subscriptions.per_user_max", 1..=SUBSCRIPTIONS_MAX)?,
        answer_within_s: reader.number("orders.answer_within_s", 0..=ANSWER_WITHIN_S_MAX)?,
        profile_kept_days: reader.number("auth.profile_kept_days", 1..=PROFILE_KEPT_DAYS_MAX)?,
        notices_kept_days: reader.number("notices.kept_days", 1..=NOTICES_KEPT_DAYS_MAX)?,
    })
}

fn database_url(text: &str) -> Result<String, &'static str> {
    const ALLOWED: &str = "sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME";
    let schemes = ["sqlite://", "postgres://", "postgresql://"];
    let named = schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if named { Ok(text.to_owned()) } else { Err(ALLOWED) }
}

fn listen_address(text: &str) -> Result<(String, Vec<SocketAddr>), &'static str> {
    const ALLOWED: &str = "ADDRESS:PORT of this machine, as 127.0.0.1:8080";
    let addresses: Vec<_> = text.to_socket_addrs().map_err(|_| ALLOWED)?.collect();
    if addresses.is_empty() { Err(ALLOWED) } else { Ok((text.to_owned(), addresses)) }
}

fn quota(text: &str) -> Result<Option<Quota>, &'static str> {
    const ALLOWED: &str = "CALLS/SECONDS as 600/60, up to 1000000 calls in 86400 s, or off";
    if text == "off" {
        return Ok(None);
    }
    let (calls, window_s) = text.split_once('/').ok_or(ALLOWED)?;
    let bounded = |text: &str, most: u32| {
        text.trim().parse::<u32>().ok().filter(|number| (1..=most).contains(number))
    };
    let calls = bounded(calls, 1_000_000).ok_or(ALLOWED)?;
    Ok(Some(Quota { calls, window_s: bounded(window_s, 86_400).ok_or(ALLOWED)? }))
}

fn trusted_proxies(text: &str) -> Result<TrustedProxies, &'static str> {
    TrustedProxies::parse(text).ok_or("addresses and networks as 10.0.0.0/8, ::1; or nothing")
}

fn zone(text: &str) -> Result<Zone, &'static str> {
    Zone::parse(text).ok_or("an offset from UTC between -18:00 and +18:00, as +09:00, or Z")
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    match text.parse::<tracing_subscriber::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("directives as `info` or `info,hotdeal=debug`"),
    }
}

fn email(text: &str) -> Result<String, &'static str> {
    crate::auth::email_address(text).ok_or("an e-mail address")
}

fn admin_password(text: &str, common: CommonPasswords) -> Result<String, &'static str> {
    match crate::auth::check_password(text, common) {
        Ok(()) => Ok(text.to_owned()),
        Err(_) => Err("a password of at least 8 characters that nobody would guess"),
    }
}

#[cfg(test)]
mod tests;
