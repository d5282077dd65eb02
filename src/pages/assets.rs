//! Styles, scripts and pictures: files of `src/pages/assets`, carried by the program.
//!
//! What pages are made of lies at `/assets/{version}/{file}`. The version is made from all files together, so a
//! script finds those it imports beside it, and a copy that a browser keeps never becomes stale. The pictures
//! of the demo have addresses that stay, `/assets/demo/{file}`, because they are values of products.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// The folder of the demo's pictures.
const DEMO: &str = "demo";

#[derive(RustEmbed)]
#[folder = "src/pages/assets"]
struct Files;

/// A file as it is sent.
struct File {
    media: &'static str,
    plain: Bytes,
    gzipped: Bytes,
    tag: String,
}

static FILES: LazyLock<BTreeMap<String, File>> = LazyLock::new(|| {
    let read = |name: std::borrow::Cow<'static, str>| {
        let file = Files::get(&name)?;
        let plain = Bytes::from(file.data.into_owned());
        let tag = format!("\"{}\"", digest(&plain));
        Some((name.to_string(), File { media: media(&name), gzipped: gzipped(&plain), plain, tag }))
    };
    Files::iter().filter_map(read).collect()
});

/// Changes with any of the files.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let tags: String = FILES.iter().map(|(name, file)| format!("{name}{}", file.tag)).collect();
    digest(tags.as_bytes())
});

static KEPT: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (VARY, HeaderValue::from_static("accept-encoding")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE)),
];
static KEPT_A_DAY: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (VARY, HeaderValue::from_static("accept-encoding")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(ALONE)),
];
/// A picture that is opened by itself is a document: it may load and run nothing.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn media(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

fn gzipped(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).expect("memory can be written").into()
}

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Whether this is the address of a picture that the program carries.
pub(super) fn is_picture(address: &str) -> bool {
    address
        .strip_prefix("/assets/")
        .is_some_and(|name| name.starts_with("demo/") && FILES.contains_key(name))
}

/// A file of the pages, or a picture of the demo.
pub(super) async fn file(call: &Call) -> Result<Answer, Problem> {
    let (folder, name) = (call.path("folder"), call.path("file"));
    if folder == DEMO {
        let file = FILES.get(&format!("{DEMO}/{name}")).ok_or(Code::NotFound)?;
        return Ok(sent(call, file, &KEPT_A_DAY));
    }
    // Of another version there is nothing here: a page and its scripts belong together.
    let file = FILES.get(name).filter(|_| folder == *VERSION).ok_or(Code::NotFound)?;
    Ok(sent(call, file, &KEPT))
}

/// The mark of the pages, where browsers look for it by themselves.
pub(super) async fn icon(call: &Call) -> Result<Answer, Problem> {
    let file = FILES.get("favicon.svg").ok_or(Code::NotFound)?;
    Ok(sent(call, file, &KEPT_A_DAY))
}

fn sent(call: &Call, file: &File, headers: &'static [(HeaderName, HeaderValue)]) -> Answer {
    let header =
        |name| call.request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let tag = HeaderValue::try_from(&file.tag).expect("a tag is plain");
    if header(IF_NONE_MATCH).is_some_and(|known| known.contains(&file.tag)) {
        let same = Answer::nothing().with_status(StatusCode::NOT_MODIFIED);
        return same.with(headers).header(ETAG, tag);
    }
    let takes_gzip = header(ACCEPT_ENCODING).is_some_and(|takes| takes.contains("gzip"));
    let answer = match takes_gzip {
        true => Answer::bytes(file.media, file.gzipped.clone())
            .header(CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        false => Answer::bytes(file.media, file.plain.clone()),
    };
    answer.with(headers).header(ETAG, tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_loads_little() {
        let weight = |ending: &str, but: &str| -> usize {
            let files =
                FILES.iter().filter(|(name, _)| name.ends_with(ending) && !name.starts_with(but));
            files.map(|(_, file)| file.gzipped.len()).sum()
        };
        let (scripts, styles) = (weight(".js", "console"), weight(".css", "console"));
        println!("{scripts} bytes of scripts, {styles} bytes of styles, compressed");
        assert!(scripts > 0 && scripts <= 30 << 10, "{scripts} bytes of scripts");
        assert!(styles > 0 && styles <= 20 << 10, "{styles} bytes of styles");
    }

    #[test]
    fn only_our_own_pictures_are_ours() {
        assert!(is_picture("/assets/demo/rose.svg"));
        for other in [
            "/assets/demo/none.svg",
            "/assets/shop.css",
            "demo/rose.svg",
            "/assets/demo/../shop.css",
        ] {
            assert!(!is_picture(other), "{other}");
        }
    }

    #[test]
    fn no_file_names_another_host_or_runs_what_it_is_given() {
        for (name, file) in FILES.iter() {
            let text = String::from_utf8_lossy(&file.plain);
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for banned in ["http://", "https://", "@import", "eval(", "innerHTML", "document.write"]
            {
                assert!(!text.contains(banned), "{name}: {banned}");
            }
        }
    }
}
