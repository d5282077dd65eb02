//! Which pages may open live connections.
//!
//! No cookie lets anyone in, so a foreign page has nothing to ride on; it is turned away all the
//! same, before the upgrade.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};

use crate::http::{Code, Problem};

/// Refuses a page that is neither ours nor listed in `live.origins`. A program that sends no
/// origin has to show that it is none of a browser's: by a header that pages cannot send with a
/// live connection, or, where `proves_itself_later`, inside the connection.
///
/// # Errors
/// [`Code::ForeignOrigin`].
pub(super) fn check(
    request: &HttpRequest,
    listed: &[String],
    proves_itself_later: bool,
) -> Result<(), Problem> {
    let mut origins = request.headers().get_all(ORIGIN);
    let text =
        |value: &actix_web::http::header::HeaderValue| value.to_str().ok().map(str::to_owned);
    let allowed = match (origins.next(), origins.next()) {
        (None, _) => proves_itself_later || request.headers().contains_key(AUTHORIZATION),
        (Some(origin), None) => text(origin).is_some_and(|origin| {
            let host = request.headers().get(HOST).and_then(text);
            is_own(&origin, host.as_deref()) || listed.contains(&origin)
        }),
        (Some(_), Some(_)) => false,
    };
    if allowed { Ok(()) } else { Err(Code::ForeignOrigin.into()) }
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
            assert_eq!(check(&request, &listed, true).is_ok(), allowed, "{origin}");
        }
        let silent = TestRequest::default().to_http_request();
        assert!(check(&silent, &[], false).is_err());
        assert!(check(&silent, &[], true).is_ok());
        let program =
            TestRequest::default().insert_header((AUTHORIZATION, "Bearer x")).to_http_request();
        assert!(check(&program, &[], false).is_ok());
    }
}
