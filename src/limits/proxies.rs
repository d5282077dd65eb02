//! The address a request came from, if there are proxies in between.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

impl TrustedProxies {
    /// Reads a list of addresses and networks: `10.0.0.0/8, 192.168.1.7, ::1`; `None` if the text
    /// is no such list.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Option<Vec<_>>>().map(|networks| Self { networks })
    }

    /// Whether no proxy is trusted.
    pub(crate) fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// The address a request came from. `hops`: the parts of `X-Forwarded-For`, as they came.
    ///
    /// Each proxy appends the address from which it got the request. So the list is read from its
    /// end, for as long as the proxy that wrote an entry is trusted. Anybody may have made up the
    /// entries before that.
    pub(crate) fn origin<'a>(
        &self,
        peer: IpAddr,
        hops: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut speaker = peer.to_canonical();
        for hop in hops.rev() {
            if !self.trusts(speaker) {
                break;
            }
            let Some(heard_from) = address(hop) else { break };
            speaker = heard_from;
        }
        speaker
    }

    /// Whether this is the address of a trusted proxy, in IPv4 or in mapped IPv6 form.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }
}

/// The /64 network of an IPv6 address, because whoever has one address of it has all of them. An
/// IPv4 address stays as it is.
pub(crate) fn ipv6_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn network(text: &str) -> Option<IpNet> {
    let Some((address, bits)) = text.split_once('/') else {
        return text.parse::<IpAddr>().ok().map(IpNet::from);
    };
    IpNet::new(address.trim().parse().ok()?, bits.trim().parse().ok()?).ok()
}

/// An address as proxies write it, with or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.parse::<IpAddr>().ok();
    let address = bare.or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|at| at.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(trusted: &str, peer: &str, hops: &str) -> String {
        let proxies = TrustedProxies::parse(trusted).expect("a list");
        let peer = peer.parse().expect("an address");
        let hops: Vec<&str> = hops.split(',').filter(|hop| !hop.is_empty()).collect();
        proxies.origin(peer, hops.into_iter()).to_string()
    }

    #[test]
    fn only_the_word_of_a_trusted_hop_counts() {
        for (trusted, peer, hops, expected) in [
            ("", "1.1.1.1", "9.9.9.9", "1.1.1.1"),
            ("10.0.0.0/8", "1.1.1.1", "9.9.9.9", "1.1.1.1"),
            ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "9.9.9.9", "9.9.9.9"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 9.9.9.9", "9.9.9.9"),
            ("10.0.0.0/8", "10.0.0.1", "6.6.6.6, 9.9.9.9, 10.0.0.2", "9.9.9.9"),
            ("10.0.0.0/8", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.0/8", "10.0.0.1", "9.9.9.9, nonsense", "10.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", "9.9.9.9:443", "9.9.9.9"),
            ("10.0.0.1", "10.0.0.2", "9.9.9.9", "10.0.0.2"),
            ("::1, fd00::/8", "fd12::1", "[2001:db8::5]:80, ::1", "2001:db8::5"),
            ("127.0.0.1", "::ffff:127.0.0.1", "9.9.9.9", "9.9.9.9"),
            ("0.0.0.0/0", "1.1.1.1", "9.9.9.9, 8.8.8.8", "9.9.9.9"),
        ] {
            assert_eq!(origin(trusted, peer, hops), expected, "{trusted} | {peer} | {hops}");
        }
    }

    #[test]
    fn an_address_of_ipv4_is_the_same_in_the_form_of_ipv6() {
        let proxies = TrustedProxies::parse("10.0.0.1").expect("an address");
        assert!(proxies.trusts("::ffff:10.0.0.1".parse().expect("an address")));
        assert!(!proxies.trusts("::ffff:10.0.0.2".parse().expect("an address")));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["x", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0"] {
            assert_eq!(TrustedProxies::parse(wrong), None, "{wrong}");
        }
        assert!(TrustedProxies::parse(" ").is_some_and(|none| none.is_empty()));
    }

    #[test]
    fn an_ipv6_network_counts_as_one_household() {
        let of = |text: &str| ipv6_prefix(text.parse().expect("an address")).to_string();
        assert_eq!(of("2001:db8:0:1:aa:bb:cc:dd"), "2001:db8:0:1::");
        assert_eq!(of("10.1.2.3"), "10.1.2.3");
        assert_eq!(of("::ffff:10.1.2.3"), "10.1.2.3");
    }
}
