//! The address of a server.

use std::fmt;
use std::str::FromStr;

/// The server to talk to, from a URL such as `http://127.0.0.1:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
}

/// Why a text is no address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Another scheme than `http://`.
    #[error("expected http://HOST:PORT (this client speaks plain HTTP only)")]
    Scheme,
    /// No host, or one with blanks or a user name.
    #[error("the host is missing or malformed: expected http://HOST:PORT")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// There is a path behind the address.
    #[error("a path is not expected behind http://HOST:PORT")]
    Path,
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        let rest = url.strip_prefix("http://").ok_or(TargetError::Scheme)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(TargetError::Path);
        }
        // In `[::1]:8080` the colons before the bracket belong to the address.
        let (host, port) = match authority.rfind(':') {
            Some(colon) if !authority[colon..].contains(']') => {
                let port = authority[colon + 1..].parse().map_err(|_| TargetError::Port)?;
                (&authority[..colon], port)
            }
            _ => (authority, 80),
        };
        let malformed = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        if host.is_empty() || host.contains(malformed) {
            return Err(TargetError::Host);
        }
        if port == 0 {
            return Err(TargetError::Port);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

impl Target {
    /// Host and port, as the `Host` header carries them.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Host (without brackets) and port, to connect to.
    pub(super) fn socket(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_server_or_says_why_not() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", Ok(("127.0.0.1", 8080))),
            ("http://shop.example/", Ok(("shop.example", 80))),
            ("http://[::1]:9", Ok(("::1", 9))),
            ("http://[::1]", Ok(("::1", 80))),
            ("https://shop.example", Err(TargetError::Scheme)),
            ("127.0.0.1:8080", Err(TargetError::Scheme)),
            ("http://:80", Err(TargetError::Host)),
            ("http://a b:80", Err(TargetError::Host)),
            ("http://shop:0", Err(TargetError::Port)),
            ("http://shop:65536", Err(TargetError::Port)),
            ("http://shop:80/api", Err(TargetError::Path)),
        ] {
            let read = url.parse::<Target>();
            assert_eq!(read.as_ref().map(Target::socket), expected.as_ref().copied(), "{url}");
        }
    }
}
