//! The routes of pages.

use super::{
    account, admin, assets, console, coupons, deal, front, notices, orders, product, shops, stream,
};
use crate::http::kit::route::Need::{Account, Admin, Anyone, Seller, User};
use crate::http::kit::route::{Route, form, opens, page, to};
use crate::limits::Group;

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    vec![
        page("/", Anyone, "showFront", to!(front::show)),
        page("/products/{productId}", Anyone, "showProduct", to!(product::show)),
        form("/products/{productId}/order", User, "sendOrder", to!(product::order)).charged_to(Group::Sale),
        form("/products/{productId}/follow", User, "sendFollow", to!(product::follow)),
        form("/products/{productId}/unfollow", User, "sendUnfollow", to!(product::unfollow)),
        page("/deals/{eventId}", Anyone, "showDeal", to!(deal::show)),
        page("/coupons", Anyone, "showCoupons", to!(coupons::show)),
        form("/coupons/{eventId}/claim", User, "sendClaim", to!(coupons::claim)).charged_to(Group::Sale),
        page("/orders", User, "showOrders", to!(orders::list)),
        page("/orders/{orderId}", User, "showOrder", to!(orders::show)),
        form("/orders/{orderId}/cancel", User, "sendCancel", to!(orders::cancel)).charged_to(Group::Sale),
        page("/notices", User, "showNotices", to!(notices::show)),
        form("/notices/read", User, "sendRead", to!(notices::read)),
        page("/shops", Anyone, "showShops", to!(shops::list)),
        page("/shops/{shopId}", Anyone, "showShop", to!(shops::show)),
        page("/console", Seller, "leadToBoard", to!(console::lead)),
        page("/console/", Seller, "showBoard", to!(console::board::show)),
        page("/console/orders", Seller, "showShopOrders", to!(console::orders::list)),
        page("/console/orders/{orderId}", Seller, "showShopOrder", to!(console::orders::show)),
        form("/console/shops/{shopId}/orders/{orderId}/accept", Seller, "sendAccept", to!(console::board::accept)),
        form("/console/shops/{shopId}/orders/{orderId}/ready", Seller, "sendReady", to!(console::board::ready)),
        form("/console/shops/{shopId}/orders/{orderId}/done", Seller, "sendDone", to!(console::board::done)),
        form("/console/shops/{shopId}/orders/{orderId}/reject", Seller, "sendReject", to!(console::board::reject)),
        page("/admin", Admin, "leadToOverview", to!(admin::lead)).charged_to(Group::Admin),
        page("/admin/", Admin, "showOverview", to!(admin::overview::show)).charged_to(Group::Admin),
        page("/admin/actors", Admin, "showActors", to!(admin::actors::list)).charged_to(Group::Admin),
        page("/admin/actors/{kind}/{id}", Admin, "showActor", to!(admin::actors::show)).charged_to(Group::Admin),
        page("/admin/users", Admin, "showUsers", to!(admin::users::list)).charged_to(Group::Admin),
        form("/admin/users/{userId}/role", Admin, "sendRole", to!(admin::users::set_role)).charged_to(Group::Admin),
        page("/admin/log", Admin, "showLog", to!(admin::log::show)).charged_to(Group::Admin),
        form("/admin/log", Admin, "sendLog", to!(admin::log::set)).charged_to(Group::Admin),
        page("/login", Anyone, "showLogIn", to!(account::log_in_page)),
        form("/login", Anyone, "sendLogIn", to!(account::log_in)).charged_to(Group::Auth).secret(),
        page("/signup", Anyone, "showSignUp", to!(account::sign_up_page)),
        form("/signup", Anyone, "sendSignUp", to!(account::sign_up)).charged_to(Group::SignUp).secret(),
        form("/logout", Account, "sendLogOut", to!(account::log_out)).charged_to(Group::Auth),
        page("/me", Account, "showMe", to!(account::me)),
        form("/me/password", Account, "sendPassword", to!(account::passwords::change)).charged_to(Group::Auth).secret(),
        page("/first-password", Anyone, "showFirstPassword", to!(account::passwords::first)).charged_to(Group::Auth),
        form("/first-password", Anyone, "sendFirstPassword", to!(account::passwords::set_first)).charged_to(Group::Auth).secret(),
        form("/preferences", Anyone, "sendPreferences", to!(account::prefer)),
        page("/live", Anyone, "watchOffers", opens!(stream::open)).charged_to(Group::Live),
        page("/assets/{folder}/{file}", Anyone, "getAsset", to!(assets::file)),
        page("/favicon.svg", Anyone, "getIcon", to!(assets::icon)),
        page("/favicon.ico", Anyone, "getOldIcon", to!(assets::icon)),
    ]
}
