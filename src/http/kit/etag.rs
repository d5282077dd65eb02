//! Entity tags (RFC 9110, section 8.8.3): a client that has an answer already names its tag, and is
//! told so instead of getting it again.

use std::fmt::Write as _;

use actix_web::HttpRequest;
use actix_web::http::header::IF_NONE_MATCH;
use sha2::{Digest as _, Sha256};

/// Bytes of the digest in a tag: 128 bits.
const DIGEST: usize = 16;

/// The strong tag of a body: another body has another one.
pub(crate) fn of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(2 * DIGEST + 2);
    tag.push('"');
    for byte in digest.iter().take(DIGEST) {
        write!(tag, "{byte:02x}").expect("a text takes every character");
    }
    tag.push('"');
    tag
}

/// Whether the client says that it has the answer with this tag. A proxy may have made the tag a weak
/// one, which for this question means the same.
pub(crate) fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let lines = request.headers().get_all(IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    let mut named = lines.flat_map(|line| line.split(',')).map(str::trim);
    named.any(|named| named == "*" || named.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_client_is_believed_what_it_has_and_nothing_else() {
        let tag = of(b"one");
        assert_ne!(tag, of(b"other"));
        for (named, is_it) in [
            (tag.clone(), true),
            (format!("W/{tag}"), true),
            (format!("\"0\", {tag}"), true),
            ("*".to_owned(), true),
            (of(b"other"), false),
            (tag.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let asked = TestRequest::default().insert_header((IF_NONE_MATCH, named.clone()));
            assert_eq!(is_known(&asked.to_http_request(), &tag), is_it, "{named}");
        }
        assert!(!is_known(&TestRequest::default().to_http_request(), &tag));
    }
}
