//! HTTP: from a request to a question the mall understands, and from its answer to a response.
//!
//! Two floors. `kit` is what every wing is made of, and knows none. A wing is what belongs to one
//! aggregate: its routes, its handlers of a few lines, its shapes (JSON in and out) and its refusals.
//! It imports only wings below it (account, shop, deal, coupon, order, notice). Live connections
//! (`crate::live`), `operations` and `docs` stand beside the wings. Pages for people (`crate::pages`) stand on
//! them. The table of all routes is here, on top.
//!
//! Every request goes one way: [`serve`](kit::serve::serve) finds its line in the table,
//! [`Call::admit`](kit::call::Call::admit) checks the caller and takes in the body, a handler asks
//! the mall, and answer or problem is written.
//!
//! What a wing keeps in memory of its own (the pages of the catalogue, say) is put into the application by
//! `configure`, and found by [`Call::part`](kit::call::Call::part).

pub(crate) mod account;
mod coupon;
mod deal;
mod docs;
pub(crate) mod kit;
mod notice;
pub(crate) mod operations;
pub(crate) mod order;
mod shop;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use actix_web::HttpRequest;
use actix_web::web::{self, Data, ServiceConfig};

use self::kit::route::{Route, Table, Tag};
use self::kit::serve::serve;
use self::kit::state::State;
use self::shop::pages::Pages;
use crate::live::{self, Live};
use crate::pages::{self, Site};
use crate::storefront::Storefront;

/// Every route.
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let parts = [
        account::routes::routes(),
        shop::routes::routes(),
        deal::routes::routes(),
        coupon::routes::routes(),
        order::routes::routes(),
        notice::routes::routes(),
        live::routes::routes(),
        operations::routes::routes(),
        docs::routes::routes(),
        pages::routes::routes(),
    ];
    let mut routes: Vec<Route> = parts.into_iter().flatten().collect();
    for (place, route) in routes.iter_mut().enumerate() {
        route.place = place;
    }
    routes
});

/// The group of what everybody sees, of all wings.
const PUBLIC: Tag =
    Tag::new("public", "What everybody sees, logged in or not. It is at most a second old.");

/// The table, with its groups in the order in which the description of the API shows them.
pub(crate) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let [auth] = account::routes::TAGS;
    let [subscribe, notifications] = notice::routes::TAGS;
    let tags = vec![
        auth,
        shop::routes::SHOPS,
        shop::routes::PRODUCTS,
        shop::routes::STOCKS,
        deal::routes::TAG,
        order::routes::TAG,
        coupon::routes::TAG,
        PUBLIC,
        subscribe,
        notifications,
        live::routes::TAG,
        operations::routes::TAG,
    ];
    let table = Table::new(&ROUTES, tags, vec![coupon::routes::HELD]);
    table.showing_refusals(pages::refusal_page)
});

/// What handlers can reach: made once, and shared by all threads.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) state: Data<State>,
    pub(crate) live: Data<Live>,
    pages: Data<Pages>,
    storefront: Data<Storefront>,
    site: Data<Site>,
}

impl Parts {
    /// What all can reach, and what live connections share.
    pub(crate) fn new(state: State, live: Live, site: Site) -> Self {
        let storefront = Data::new(Storefront::new(state.mall.clone()));
        let (state, live, site) = (Data::new(state), Data::new(live), Data::new(site));
        Self { state, live, pages: Data::default(), storefront, site }
    }

    /// From now on the server says that it is not ready, and live connections end: they would
    /// otherwise keep it from stopping.
    pub(crate) fn begin_stopping(&self) {
        self.live.fanout.close();
        self.site.viewers.close();
        self.state.begin_stopping();
    }
}

/// Puts every route of the table into the application; all else is answered 404.
pub(crate) fn configure(parts: Parts) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(parts.state).app_data(parts.live).app_data(parts.pages);
        config.app_data(parts.storefront).app_data(parts.site);
        for resource in &TABLE.resources {
            let handle = move |state: Data<State>, request: HttpRequest, payload: web::Payload| {
                serve(Some(resource), state, request, payload)
            };
            config.service(web::resource(resource.path).to(handle));
        }
        config.default_service(web::to(
            |state: Data<State>, request: HttpRequest, payload: web::Payload| {
                serve(None, state, request, payload)
            },
        ));
    }
}
