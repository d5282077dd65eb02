//! What every page is told: language, colours, who looks at it; and the headers it is sent with.
//!
//! Language and colours come from cookies, which `/preferences` sets. Without one the language is the browser's,
//! as [`words::preferred`] reads it, and the colours are the browser's, too.

use actix_web::HttpRequest;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, HeaderName,
    HeaderValue, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use askama::Template;
use hotdeal_domain::UnixMillis;

use super::menu::{self, Entry, Frame, Part};
use super::say::Say;
use super::words::{self, Common};
use super::{Site, assets};
use crate::auth::Bearer;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Language;
use crate::http::kit::cookie;
use crate::http::kit::problem::Problem;
use crate::http::kit::route::Need;
use crate::http::kit::state::State;

/// The media type of pages.
pub(crate) const PAGE_MEDIA: &str = "text/html; charset=utf-8";
/// The cookies of preferences.
pub(crate) const LANGUAGE: &str = "language";
pub(crate) const THEME: &str = "theme";
/// Bytes of a path to return to at most.
const RETURN_MAX: usize = 512;

/// What every page is told.
pub(crate) struct Look {
    pub(crate) language: Language,
    pub(crate) words: Common,
    pub(crate) say: Say,
    /// `light` or `dark`; `None` for the browser's own.
    pub(crate) theme: Option<&'static str>,
    pub(crate) visitor: Option<Bearer>,
    /// What a form of this session has to send along; empty without one.
    pub(crate) csrf: String,
    /// Where the page is, to come back to it.
    pub(crate) path: String,
    pub(crate) part: Part,
    /// The query that names the shop of a console's page to an admin, as `?shop=3`; empty for a seller, whose shop is
    /// known.
    pub(crate) shop_query: String,
    pub(crate) now: UnixMillis,
}

impl Look {
    /// The look of the page that a call asks for.
    pub(crate) fn of(call: &Call, part: Part) -> Self {
        let visitor = call.visitor();
        let mut look = Self::of_request(&call.state, &call.request, part);
        let session = visitor.and_then(|visitor| visitor.session);
        look.csrf = session.map(|session| call.state.csrf_token(session)).unwrap_or_default();
        Self { visitor, now: call.now, ..look }
    }

    /// The same where nobody knows who asks.
    pub(crate) fn of_request(state: &State, request: &HttpRequest, part: Part) -> Self {
        let accept = request.headers().get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok());
        let language = match cookie::read(request, LANGUAGE) {
            Some("ko") => Language::Ko,
            Some("en") => Language::En,
            _ => words::preferred(accept),
        };
        let theme = match cookie::read(request, THEME) {
            Some("light") => Some("light"),
            Some("dark") => Some("dark"),
            _ => None,
        };
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        Self {
            language,
            words: Common(language),
            say: Say { language, zone: state.zone },
            theme,
            visitor: None,
            csrf: String::new(),
            path: local_path(path).to_owned(),
            part,
            shop_query: String::new(),
            now: crate::clock::now(),
        }
    }

    /// The address of a file.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// An idempotency key for a form, new with each page.
    pub(crate) fn key(&self) -> String {
        uuid::Uuid::new_v4().simple().to_string()
    }

    /// Whether the page belongs to this part of the menu.
    pub(crate) fn is_at(&self, part: Part) -> bool {
        self.part == part
    }

    /// Whether the page is for these people.
    pub(crate) fn is_for(&self, frame: Frame) -> bool {
        self.part.frame() == frame
    }

    /// The menu of these people.
    pub(crate) fn menu(&self) -> Vec<Entry> {
        menu::of(self)
    }

    /// Whether there is an order board for who looks.
    pub(crate) fn runs_a_shop(&self) -> bool {
        self.visitor.is_some_and(|visitor| Need::Seller.admits(visitor.role))
    }

    /// Whether there are admins' pages for who looks.
    pub(crate) fn is_admin(&self) -> bool {
        self.visitor.is_some_and(|visitor| Need::Admin.admits(visitor.role))
    }

    /// The colours after these: light, dark, the browser's.
    pub(crate) fn next_theme(&self) -> &'static str {
        match self.theme {
            None => "light",
            Some("light") => "dark",
            Some(_) => "browser",
        }
    }

    /// What the scripts of the page say.
    pub(crate) fn script_words(&self) -> String {
        super::front::script::words(self.language)
    }

    /// The page, as it is sent.
    ///
    /// # Errors
    /// None in practice: a template only writes to memory.
    pub(crate) fn answer(&self, call: &Call, template: &impl Template) -> Result<Answer, Problem> {
        let answer = Answer::bytes(PAGE_MEDIA, written(template))
            .header(CONTENT_SECURITY_POLICY, call.part::<Site>().policy.clone());
        let cache = if self.visitor.is_some() { "private, no-store" } else { "private, no-cache" };
        Ok(answer
            .with(&HEADERS)
            .header(CACHE_CONTROL, HeaderValue::from_static(cache))
            .header(CONTENT_LANGUAGE, HeaderValue::from_static(self.language.tag())))
    }
}

/// The text of a page.
pub(crate) fn written(template: &impl Template) -> String {
    template.render().expect("a template only writes to memory")
}

/// What every page is sent with.
pub(crate) static HEADERS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Forms tell us their own origin, and other hosts are told nothing.
    (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (VARY, HeaderValue::from_static("cookie, accept-language")),
];

/// Nothing inline, and nothing from other hosts but pictures from those of the settings. No other page may
/// frame ours.
pub(crate) fn policy(image_hosts: &[String]) -> HeaderValue {
    let pictures: String = image_hosts.iter().map(|host| format!(" {host}")).collect();
    let policy = format!(
        "default-src 'self'; img-src 'self'{pictures}; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("the settings let in plain origins only")
}

/// A path of this server to return to; the front page, if the text is none. `//host` and `/\host` would be
/// another server's.
pub(crate) fn local_path(text: &str) -> &str {
    let is_local = text.starts_with('/')
        && !text[1..].starts_with(['/', '\\'])
        && text.len() <= RETURN_MAX
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_local { text } else { "/" }
}

/// A text as a value of a query.
pub(crate) fn query_value(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_returns_to_this_server_only() {
        for (text, path) in [
            ("/orders/7?x=1", "/orders/7?x=1"),
            ("/", "/"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a b", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(local_path(text), path, "{text}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(RETURN_MAX))), "/");
        assert_eq!(query_value("/orders?a=1&b"), "/orders%3Fa%3D1%26b");
    }

    #[test]
    fn pictures_come_from_named_hosts_only() {
        let none = policy(&[]);
        assert!(none.to_str().expect("text").contains("img-src 'self';"));
        let one = policy(&["https://pictures.example".to_owned()]);
        assert!(one.to_str().expect("text").contains("img-src 'self' https://pictures.example;"));
    }
}
