//! Tickets: how a page opens a live connection, since a browser cannot send headers with one.
//!
//! A ticket is good once, for a short time that the settings give, and only from the address to
//! which it was given. It is in the URL of the request, where logs may show it, but by then it is
//! used up.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;

use super::Bearer;

/// Tickets that are open at a time: about three thousand a second at a life of half a minute.
const TICKETS_MAX: usize = 100_000;

type Secret = [u8; 16];

struct Ticket {
    bearer: Bearer,
    address: Option<IpAddr>,
}

#[derive(Default)]
struct Sold {
    open: HashMap<Secret, Ticket>,
    /// In the order in which they end, in milliseconds of the monotonic clock.
    ends: VecDeque<(i64, Secret)>,
}

/// The tickets that were not used yet.
pub(crate) struct Tickets {
    sold: Mutex<Sold>,
    /// Seconds each is good for.
    pub(crate) good_for_s: i64,
}

impl Tickets {
    /// No ticket is sold yet; each will be good for this many seconds.
    pub(crate) fn good_for(seconds: i64) -> Self {
        Self { sold: Mutex::default(), good_for_s: seconds }
    }

    /// A ticket for this bearer at this address; `None` when too many are open.
    pub(crate) fn sell(
        &self,
        bearer: Bearer,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Option<String> {
        let mut sold = self.sold.lock();
        sold.forget_ended(now_ms);
        if sold.ends.len() >= TICKETS_MAX {
            return None;
        }
        let secret: Secret = rand::random();
        sold.open.insert(secret, Ticket { bearer, address });
        sold.ends.push_back((now_ms + self.good_for_s * 1_000, secret));
        Some(URL_SAFE_NO_PAD.encode(secret))
    }

    /// The holder to whom this ticket was sold, which uses it up; `None` if the ticket is not good
    /// here.
    pub(crate) fn redeem(
        &self,
        ticket: &str,
        address: Option<IpAddr>,
        now_ms: i64,
    ) -> Option<Bearer> {
        let secret: Secret = URL_SAFE_NO_PAD.decode(ticket).ok()?.try_into().ok()?;
        let mut sold = self.sold.lock();
        sold.forget_ended(now_ms);
        let ticket = sold.open.remove(&secret)?;
        (ticket.address == address).then_some(ticket.bearer)
    }
}

impl Sold {
    fn forget_ended(&mut self, now_ms: i64) {
        while let Some((end, secret)) = self.ends.front().copied().filter(|(end, _)| *end <= now_ms)
        {
            debug_assert!(end <= now_ms);
            self.ends.pop_front();
            self.open.remove(&secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use hotdeal_actors::account::Role;
    use hotdeal_domain::account::TokenId;
    use hotdeal_domain::{UnixMillis, UserId};

    use super::*;

    fn bearer() -> Bearer {
        Bearer {
            user: UserId::try_from(7).expect("an id"),
            role: Role::User,
            token: TokenId(1),
            session: None,
            epoch: 0,
            expires_at: UnixMillis(i64::MAX),
            is_fresh: true,
        }
    }

    #[test]
    fn a_ticket_is_good_once_for_thirty_seconds_from_one_address() {
        let tickets = Tickets::good_for(30);
        let home = Some(IpAddr::from([127, 0, 0, 1]));
        let sell = |at_ms| tickets.sell(bearer(), home, at_ms).expect("room");
        let once = sell(0);
        assert_eq!(tickets.redeem(&once, home, 1), Some(bearer()));
        assert_eq!(tickets.redeem(&once, home, 1), None);
        let late = sell(0);
        assert_eq!(tickets.redeem(&late, home, 30_000), None);
        let stolen = sell(0);
        let elsewhere = Some(IpAddr::from([127, 0, 0, 2]));
        assert_eq!(tickets.redeem(&stolen, elsewhere, 1), None);
        assert_eq!(tickets.redeem(&stolen, home, 1), None);
        for forged in ["", "AAAA", "no base64!", &"A".repeat(22)] {
            assert_eq!(tickets.redeem(forged, home, 1), None);
        }
        assert!(tickets.sold.lock().open.is_empty());
    }
}
