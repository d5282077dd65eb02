//! How often one may call: each person and each address, for each group of routes.
//!
//! The check runs before a body is read and before any work is done. It takes one lookup for a
//! person and one for an address, and no further memory. Counts are kept in memory only: a restart
//! gives everybody a whole allowance, and no more.
//!
//! A route is in a group (`charged_to` in its line of the table); a group has an allowance for a person and
//! one for an address. The address is charged before the token is looked at, and the person right after. A
//! sale's routes have no limit by address: its crowd may well come from one. The address is the other end of
//! the connection, unless trusted proxies name another.

mod buckets;
mod pace;
mod proxies;

use std::net::IpAddr;
use std::time::Instant;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use hotdeal_domain::UserId;

use buckets::Buckets;
pub(crate) use pace::Pace;
pub use proxies::TrustedProxies;
pub(crate) use proxies::ipv6_prefix;

/// The fields of draft-ietf-httpapi-ratelimit-headers-11.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// Routes that share their allowances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Accounts: logging in and out.
    Auth,
    /// Opening accounts.
    SignUp,
    /// Looking at what is shown to everybody.
    Public,
    /// Looking things up.
    Read,
    /// Changing what is offered.
    Write,
    /// Ordering, and being issued coupons.
    Sale,
    /// Opening live streams.
    Live,
    /// Running the mall.
    Admin,
}

impl Group {
    /// Every group, in the order of the settings.
    pub const ALL: [Self; 8] = [
        Self::Auth,
        Self::SignUp,
        Self::Public,
        Self::Read,
        Self::Write,
        Self::Sale,
        Self::Live,
        Self::Admin,
    ];

    /// Its name in the description of the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::SignUp => "signup",
            Self::Public => "public",
            Self::Read => "read",
            Self::Write => "write",
            Self::Sale => "sale",
            Self::Live => "live",
            Self::Admin => "admin",
        }
    }

    /// The names of its policies on the wire: of a person and of an address.
    const fn policies(self) -> [&'static str; 2] {
        match self {
            Self::Auth => ["auth-user", "auth-address"],
            Self::SignUp => ["signup-user", "signup-address"],
            Self::Public => ["public-user", "public-address"],
            Self::Read => ["read-user", "read-address"],
            Self::Write => ["write-user", "write-address"],
            Self::Sale => ["sale-user", "sale-address"],
            Self::Live => ["live-user", "live-address"],
            Self::Admin => ["admin-user", "admin-address"],
        }
    }
}

/// A number of calls in a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls.
    pub calls: u32,
    /// Seconds.
    pub window_s: u32,
}

/// The quotas of a group; `None` where there is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Of a person.
    pub user: Option<Quota>,
    /// Of an address.
    pub address: Option<Quota>,
}

struct Policy {
    name: &'static str,
    pace: Pace,
    /// The value of `RateLimit` for this policy, up to the numbers.
    begins: String,
}

struct OfGroup {
    /// Of a person, and of an address.
    policies: [Option<Policy>; 2],
    /// The value of `RateLimit-Policy`.
    policy_header: Option<HeaderValue>,
}

/// Whose allowance it is: the index of its policy in a group.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Person = 0,
    Address = 1,
}

/// The counters of all callers.
pub(crate) struct Limits {
    buckets: Buckets,
    groups: [OfGroup; Group::ALL.len()],
    proxies: TrustedProxies,
    started: Instant,
}

/// A call that exceeds an allowance. Nothing was done, and this allowance was not charged. If it is
/// the person's, the address was charged: the person is known only from the token, which is read
/// later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limited {
    /// The policy that was exceeded.
    pub(crate) policy: &'static str,
    /// Seconds until there is room for a call.
    pub(crate) retry_after_s: u32,
}

/// How much of its allowances the caller of a request has left.
pub(crate) struct Standing {
    now: Instant,
    group: Option<Group>,
    tightest: Option<Tightest>,
}

/// The policy with the fewest calls left.
struct Tightest {
    whose: Whose,
    left: i64,
    /// Microseconds until all calls are left, or, if none is left, until one is.
    wait: i64,
}

impl Limits {
    pub(crate) fn new(
        keys_max: usize,
        quotas: [Quotas; Group::ALL.len()],
        proxies: TrustedProxies,
    ) -> Self {
        let mut groups = Group::ALL.into_iter().zip(quotas).map(|(group, quotas)| {
            let [user, address] = group.policies();
            let policy = |name, quota: Option<Quota>| quota.map(|quota| Policy::new(name, quota));
            OfGroup {
                policy_header: policy_header(&[(user, quotas.user), (address, quotas.address)]),
                policies: [policy(user, quotas.user), policy(address, quotas.address)],
            }
        });
        Self {
            buckets: Buckets::new(keys_max),
            groups: std::array::from_fn(|_| groups.next().expect("as many as there are groups")),
            proxies,
            started: Instant::now(),
        }
    }

    /// Whether this is the address of a proxy whose headers are believed.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        self.proxies.trusts(peer)
    }

    /// The address of a request: its peer, or the one that trusted proxies name.
    pub(crate) fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.proxies.is_empty() {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
        self.proxies.origin(peer, hops.into_iter())
    }

    /// Charges the address of a call. `origin` is called only if addresses have a limit.
    ///
    /// # Errors
    /// [`Limited`].
    pub(crate) fn charge_address(
        &self,
        group: Group,
        origin: impl FnOnce() -> Option<IpAddr>,
        standing: &mut Standing,
    ) -> Result<(), Limited> {
        standing.group = Some(group);
        match &self.groups[group as usize].policies[Whose::Address as usize] {
            None => Ok(()),
            Some(policy) => match origin().map(ipv6_prefix) {
                None => Ok(()),
                // The lower half of an IPv6 network is unused, so it holds what tells keys apart.
                Some(IpAddr::V6(v6)) => {
                    self.charge(policy, Whose::Address, v6.to_bits() | mark(group, 2), standing)
                }
                Some(IpAddr::V4(v4)) => {
                    let key = u128::from(v4.to_bits()) << 64 | mark(group, 1);
                    self.charge(policy, Whose::Address, key, standing)
                }
            },
        }
    }

    /// Charges the person who calls.
    ///
    /// # Errors
    /// [`Limited`].
    pub(crate) fn charge_user(
        &self,
        group: Group,
        user: UserId,
        standing: &mut Standing,
    ) -> Result<(), Limited> {
        match &self.groups[group as usize].policies[Whose::Person as usize] {
            None => Ok(()),
            Some(policy) => {
                let key = u128::from(user.get().unsigned_abs()) << 64 | mark(group, 0);
                self.charge(policy, Whose::Person, key, standing)
            }
        }
    }

    fn charge(
        &self,
        policy: &Policy,
        whose: Whose,
        key: u128,
        standing: &mut Standing,
    ) -> Result<(), Limited> {
        let since = standing.now.saturating_duration_since(self.started);
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 4_000_000);
        let now = seconds * 1_000_000 + i64::from(since.subsec_micros());
        match self.buckets.charge(key, policy.pace, now) {
            Ok(whole_at) => {
                let left = policy.pace.left(whole_at, now);
                if standing.tightest.as_ref().is_none_or(|known| left < known.left) {
                    standing.tightest = Some(Tightest { whose, left, wait: whole_at - now });
                }
                Ok(())
            }
            Err(wait) => {
                standing.tightest = Some(Tightest { whose, left: 0, wait });
                let retry_after_s = u32::try_from(whole_seconds(wait)).unwrap_or(u32::MAX);
                Err(Limited { policy: policy.name, retry_after_s })
            }
        }
    }

    /// Tells the caller in the headers of the answer how many calls are left.
    pub(crate) fn tell(&self, standing: &Standing, headers: &mut HeaderMap) {
        let (Some(group), Some(tightest)) = (standing.group, &standing.tightest) else { return };
        let of_group = &self.groups[group as usize];
        let Some(policy) = &of_group.policies[tightest.whose as usize] else { return };
        if let Some(policy_header) = &of_group.policy_header {
            headers.insert(POLICY, policy_header.clone());
        }
        let mut text = Text::default();
        text.push(policy.begins.as_bytes());
        text.number(tightest.left.unsigned_abs());
        text.push(b";t=");
        text.number(whole_seconds(tightest.wait));
        if let Ok(value) = HeaderValue::from_bytes(text.bytes()) {
            headers.insert(STANDING, value);
        }
    }
}

/// What tells keys of different kinds and groups apart.
fn mark(group: Group, kind: u8) -> u128 {
    u128::from(group as u8) << 8 | u128::from(kind)
}

/// A short line, written without the formatting machinery, because it is written for each answer.
struct Text {
    line: [u8; 64],
    length: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self { line: [0; 64], length: 0 }
    }
}

impl Text {
    /// Adds as much of `part` as there is room for.
    fn push(&mut self, part: &[u8]) {
        let room = &mut self.line[self.length..];
        let some = part.len().min(room.len());
        room[..some].copy_from_slice(&part[..some]);
        self.length += some;
    }

    fn number(&mut self, mut number: u64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                return self.push(&digits[at..]);
            }
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.line[..self.length]
    }
}

impl Policy {
    fn new(name: &'static str, quota: Quota) -> Self {
        let window_us = i64::from(quota.window_s).saturating_mul(1_000_000);
        let pace = Pace::new(quota.calls, window_us);
        Self { name, pace, begins: format!("\"{name}\";r=") }
    }
}

impl Standing {
    /// The standing of a request that came at this instant, before anything is charged.
    pub(crate) fn at(now: Instant) -> Self {
        Self { now, group: None, tightest: None }
    }
}

/// Microseconds as whole seconds, rounded up, so that a caller who waits that long has waited long
/// enough.
fn whole_seconds(micros: i64) -> u64 {
    micros.max(0).unsigned_abs().div_ceil(1_000_000)
}

/// The value lives as long as the process, like the setting it is made from. So answers share it
/// without a reference count.
fn policy_header(policies: &[(&str, Option<Quota>)]) -> Option<HeaderValue> {
    let named = policies.iter().filter_map(|(name, quota)| {
        let Quota { calls, window_s } = (*quota)?;
        Some(format!("\"{name}\";q={calls};w={window_s}"))
    });
    let text = named.collect::<Vec<_>>().join(", ");
    (!text.is_empty()).then(|| HeaderValue::from_static(text.leak()))
}

#[cfg(test)]
mod tests;
