//! From which page a request comes, as the browser says: asked where a live connection is opened, and where a
//! form is sent.
//!
//! A live connection by cookie must come from a page of our own, because the browser sends the cookie with
//! whatever page asks. One by token or ticket may come from a page that the settings name. Any other page is
//! refused before the upgrade.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};

use super::code::Code;
use super::problem::Problem;

/// The header in which a browser says which site's page asks; browsers send it only to addresses
/// they trust.
const FETCH_SITE: &str = "sec-fetch-site";

/// Who may open a connection without an `Origin`, in addition to programs. Programs send a token in
/// a header that pages cannot set on a live connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nameless {
    /// Nobody: browsers send an `Origin` with every WebSocket.
    Nobody,
    /// Our own page: browsers send no `Origin` if an `EventSource` reads from the origin of its own
    /// page.
    OwnPage,
    /// Anybody, because a token is asked for inside the connection.
    Later,
}

/// Refuses a page that is neither ours nor listed.
///
/// # Errors
/// [`Code::ForeignOrigin`].
pub(crate) fn check(
    request: &HttpRequest,
    listed: &[String],
    nameless: Nameless,
) -> Result<(), Problem> {
    let mut origins = request.headers().get_all(ORIGIN);
    let text =
        |value: &actix_web::http::header::HeaderValue| value.to_str().ok().map(str::to_owned);
    let allowed = match (origins.next(), origins.next()) {
        (None, _) if request.headers().contains_key(AUTHORIZATION) => true,
        (None, _) => match nameless {
            Nameless::Nobody => false,
            Nameless::OwnPage => is_asked_by_own(request),
            Nameless::Later => true,
        },
        (Some(origin), None) => text(origin).is_some_and(|origin| {
            let host = request.headers().get(HOST).and_then(text);
            is_own(&origin, host.as_deref()) || listed.contains(&origin)
        }),
        (Some(_), Some(_)) => false,
    };
    if allowed { Ok(()) } else { Err(Code::ForeignOrigin.into()) }
}

/// Whether one of our own pages asks, or a person who entered the address, as far as the browser
/// says. A browser that says nothing would have sent an `Origin` for another page.
fn is_asked_by_own(request: &HttpRequest) -> bool {
    let mut sites = request.headers().get_all(FETCH_SITE);
    sites.all(|site| site == "same-origin" || site == "none")
}

fn is_own(origin: &str, host: Option<&str>) -> bool {
    let place = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    place.is_some() && place == host
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_our_own_pages_and_listed_ones_may_open_connections() {
        let listed = ["https://shop.example".to_owned()];
        for (origin, allowed) in [
            ("http://mall.example:8080", true),
            ("https://mall.example:8080", true),
            ("https://shop.example", true),
            ("null", false),
            ("http://mall.example", false),
            ("http://mall.example:8080.evil.example", false),
            ("http://evil.example/mall.example:8080", false),
            ("https://shop.example.evil.example", false),
            ("ftp://mall.example:8080", false),
            ("", false),
        ] {
            let request = TestRequest::default()
                .insert_header((HOST, "mall.example:8080"))
                .insert_header((ORIGIN, origin))
                .to_http_request();
            assert_eq!(check(&request, &listed, Nameless::Later).is_ok(), allowed, "{origin}");
        }
        let silent = TestRequest::default().to_http_request();
        assert!(check(&silent, &[], Nameless::Nobody).is_err());
        assert!(check(&silent, &[], Nameless::OwnPage).is_ok());
        assert!(check(&silent, &[], Nameless::Later).is_ok());
        let program =
            TestRequest::default().insert_header((AUTHORIZATION, "Bearer x")).to_http_request();
        assert!(check(&program, &[], Nameless::Nobody).is_ok());
    }
}
