//! The interactive page of the API. Its script and style come with the binary, so it needs no other
//! host, and its content policy allows none.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use utoipa_swagger_ui::Config;

use crate::http::kit::answer::{Answer, JSON};
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// The media type of the page.
pub(crate) const PAGE_MEDIA: &str = "text/html; charset=utf-8";
const SCRIPT_MEDIA: &str = "text/javascript; charset=utf-8";
const STYLE_MEDIA: &str = "text/css; charset=utf-8";
const ICON_MEDIA: &str = "image/png";
/// The media types of the page's files.
pub(crate) const FILES_MEDIA: &[&str] = &[SCRIPT_MEDIA, STYLE_MEDIA, ICON_MEDIA];

/// The script that starts the page, beside the library.
const START: &str = r##"window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/api/openapi.json",
    dom_id: "#page",
    deepLinking: true,
    filter: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
});
"##;

/// Allows nothing from other hosts and nothing inline, except the pictures in the style sheet. No
/// other page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

static PAGE_HEADERS: [(HeaderName, HeaderValue); 4] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];
/// The page asks for each file with a version made from its contents, so a stored copy never
/// becomes stale.
static FILE_HEADERS: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// A part of the page.
struct File {
    name: &'static str,
    media: &'static str,
    body: Bytes,
    /// Changes with the contents.
    version: String,
}

static FILES: LazyLock<[File; 4]> = LazyLock::new(|| {
    [
        file("start.js", SCRIPT_MEDIA, Bytes::from_static(START.as_bytes())),
        file("swagger-ui-bundle.js", SCRIPT_MEDIA, vendored("swagger-ui-bundle.js")),
        file("swagger-ui.css", STYLE_MEDIA, vendored("swagger-ui.css")),
        file("favicon-32x32.png", ICON_MEDIA, vendored("favicon-32x32.png")),
    ]
});

fn file(name: &'static str, media: &'static str, body: Bytes) -> File {
    let digest = Sha256::digest(&body);
    let version = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    File { name, media, body, version }
}

/// A file of the library, as it was put into the program.
fn vendored(name: &str) -> Bytes {
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default()));
    let file = found.ok().flatten().expect("the library brings the file");
    Bytes::from(file.bytes.into_owned())
}

static PAGE: LazyLock<Bytes> = LazyLock::new(|| {
    let address = |name: &str| {
        let file = FILES.iter().find(|file| file.name == name).expect("a file of the page");
        format!("/docs/{name}?v={}", file.version)
    };
    let page = format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>HotDeal API</title>
<link rel="icon" type="image/png" href="{icon}">
<link rel="stylesheet" href="{style}">
<script src="{library}" defer></script>
<script src="{start}" defer></script>
</head>
<body>
<main id="page"></main>
<noscript>This page needs JavaScript; <a href="/api/openapi.json">the document itself</a> does not.</noscript>
</body>
</html>
"#,
        icon = address("favicon-32x32.png"),
        style = address("swagger-ui.css"),
        library = address("swagger-ui-bundle.js"),
        start = address("start.js"),
    );
    Bytes::from(page)
});

/// The document.
pub(crate) async fn describe(call: &Call) -> Result<Answer, Problem> {
    Ok(Answer::bytes(JSON, call.state.table.written()))
}

/// The page.
pub(crate) async fn page(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::bytes(PAGE_MEDIA, PAGE.clone()).with(&PAGE_HEADERS))
}

/// A file the page is made of.
pub(crate) async fn part(call: &Call) -> Result<Answer, Problem> {
    let wanted = call.path("file");
    let file = FILES.iter().find(|file| file.name == wanted).ok_or(Code::NotFound)?;
    Ok(Answer::bytes(file.media, file.body.clone()).with(&FILE_HEADERS))
}
