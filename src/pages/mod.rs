//! Pages for people: the shop front. Everything comes from this program: templates, styles, scripts, pictures.
//!
//! A folder is a page: `mod.rs` (what it shows, and what its forms do), its template, and its `words.rs`. A page
//! is a [`Route`](crate::http::kit::route::Route) like those of the API, made with `page` or `form` instead of
//! `get` or `post`. So limits, log-in, bodies and keys are checked in the same place. The description of the API
//! leaves pages out, and their refusals are shown as pages ([`refused`]).
//!
//! ```text
//! GET  -> the page's function -> the mall's handles, offers -> a template -> look::Look::answer
//! POST -> the page's function -> the same handle as the API's -> 303, or the page again with what went wrong
//! ```
//! Each form has the token of its session and an idempotency key in hidden fields (`src/http/kit/cookie.rs`).
//! So it works without a script, and sent twice it happens once. Scripts (`assets/*.js`) are small custom
//! elements that use the API, and put the answer where the form would have led.
//!
//! What all visitors see alike is read once for all of them: [`offers`]. It is told live by [`stream`].
//!
//! What is said stands in [`words::words!`], both languages side by side. How numbers, money and times are
//! written is in [`say`]. The look of all pages is `layout.html`, `assets/tokens.css` and `assets/shop.css`.
//!
//! This floor stands on the wings of HTTP. Only the table of routes and the start of the server know it.

mod account;
mod admin;
mod assets;
mod console;
mod coupons;
mod deal;
mod front;
mod look;
mod menu;
mod notices;
pub(crate) mod offers;
mod orders;
mod product;
mod refused;
pub(crate) mod routes;
mod say;
mod shops;
pub(crate) mod stream;
mod words;

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use hotdeal_actors::Mall;

pub(crate) use refused::refusal_page;

use self::offers::Offers;
use self::stream::Viewers;
use crate::settings::PageSettings;

/// What all pages share.
pub(crate) struct Site {
    /// What all visitors see alike.
    pub(crate) offers: Arc<Offers>,
    /// Who is told live what has changed of it.
    pub(crate) viewers: Arc<Viewers>,
    /// What the pages may load, and from where.
    policy: HeaderValue,
    /// Hosts whose pictures of products are shown.
    image_hosts: Vec<String>,
}

impl Site {
    /// Nothing has been read yet. Must be called within an actix system.
    pub(crate) fn open(settings: &PageSettings, mall: &Mall) -> Self {
        let offers = Arc::new(Offers::new(mall.clone()));
        let viewers = Viewers::start(settings, offers.clone());
        let policy = look::policy(&settings.image_hosts);
        Self { offers, viewers, policy, image_hosts: settings.image_hosts.clone() }
    }

    /// The address of a product's picture, if a page may show it: one that the program carries, or one on a
    /// host of the settings.
    fn picture<'a>(&self, address: &'a str) -> Option<&'a str> {
        let is_there = |host: &String| {
            let rest = address.strip_prefix(host.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        };
        let is_shown = assets::is_picture(address) || self.image_hosts.iter().any(is_there);
        is_shown.then_some(address)
    }
}
