//! Lists of orders: one's own, and those of a shop, which can also be had as CSV.

use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, HeaderName, HeaderValue, VARY};
use hotdeal_actors::order::{OrderMark, ShopOrderSearch};
use hotdeal_domain::order::PartState;
use hotdeal_domain::{OrderId, UnixMillis};

use super::csv;
use super::shapes::{OrderAnswer, OrdersAnswer, PartCountsAnswer, ShopOrdersAnswer};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use crate::http::shop::shops;

/// The longest and the default page, in orders. A page ends earlier where its orders have many lines.
const PAGE_MAX: i64 = 100;
const PAGE: i64 = 20;
const SHOP_PAGE_MAX: i64 = 500;
const SHOP_PAGE: i64 = 50;
/// Characters of a cursor at most: two numbers of 19 digits and the sign between them.
const CURSOR_MAX: usize = 40;

/// How the lists are paged.
pub(crate) const PAGES: Paging = Paging::falling("orders in a page", PAGE_MAX, PAGE);
pub(crate) const SHOP_PAGES: Paging =
    Paging::named(CURSOR_MAX, "orders in a page", SHOP_PAGE_MAX, SHOP_PAGE);
/// Which orders of a shop.
pub(crate) const PROGRESS: Parameter =
    q("progress", false, "only those whose part of the shop is in one of these states")
        .words(|| PartState::ALL.map(PartState::name).to_vec());
pub(crate) const FROM: Parameter = q("from", false, "made then or later").time();
pub(crate) const TO: Parameter = q("to", false, "made before then").time();
pub(crate) const PRODUCT: Parameter = q("productId", false, "with this product in it").id();
pub(crate) const FORMAT: Parameter =
    q("format", false, "how it is written; without it `Accept` says so").word(|| FORMATS.to_vec());
const FORMATS: [&str; 2] = ["json", "csv"];

/// What a shop's list is like depends on what is accepted, and a browser saves it as a file.
static OF_CSV: [(HeaderName, HeaderValue); 2] = [
    (VARY, HeaderValue::from_static("accept")),
    (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"orders.csv\"")),
];
static OF_JSON: [(HeaderName, HeaderValue); 1] = [(VARY, HeaderValue::from_static("accept"))];

/// The caller's own orders, the newest first.
pub(crate) async fn own(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let page = call.state.mall.orders().orders_of(call.user()?, asked.from, asked.limit()).await?;
    let items = page.orders.iter().map(|order| OrderAnswer::new(order, call.state.zone)).collect();
    let next_cursor = page.next.map(|next| next.order.to_string());
    Ok(Answer::ok(&OrdersAnswer { items, next_cursor }))
}

/// A shop's orders, the newest first, with its own lines and part alone.
pub(crate) async fn of_shop(call: &Call) -> Result<Answer, Problem> {
    let shop = shops::own(call, Some(call.path_id("shopId")?)).await?;
    let (search, as_csv) = (search(call, shop.id)?, wants_csv(call)?);
    let (mall, zone) = (&call.state.mall, call.state.zone);
    let page = mall.orders().shop_orders(&search).await?;
    let next = page.next.map(|OrderMark { ordered_at, order }| format!("{}-{order}", ordered_at.0));
    let next_page = call.address_of(&SHOP_PAGES, next.clone());
    if as_csv {
        let text = csv::written(&page.orders, zone);
        return Ok(Answer::bytes(csv::MEDIA, text).followed_by(next_page).with(&OF_CSV));
    }
    let counts = mall.orders().part_counts(shop.id).await?;
    let items = page.orders.iter().map(|order| OrderAnswer::new(order, zone)).collect();
    let answer =
        ShopOrdersAnswer { items, counts: PartCountsAnswer::from(counts), next_cursor: next };
    Ok(Answer::ok(&answer).followed_by(next_page).with(&OF_JSON))
}

fn search(call: &Call, shop: hotdeal_domain::ShopId) -> Result<ShopOrderSearch, Problem> {
    let asked = call.named_page(&SHOP_PAGES)?;
    let behind = asked.from.as_deref().map(|cursor| mark(asked.named, cursor)).transpose()?;
    let states = call.words(&PROGRESS)?;
    Ok(ShopOrderSearch {
        shop,
        states: states.iter().filter_map(|name| PartState::from_name(name)).collect(),
        from: call.time(&FROM)?,
        to: call.time(&TO)?,
        product: call.query_id(&PRODUCT)?,
        behind,
        limit: asked.limit(),
    })
}

fn mark(member: &'static str, cursor: &str) -> Result<OrderMark, Problem> {
    let read = || {
        let (at, order) = cursor.split_once('-')?;
        let order = OrderId::try_from(order.parse::<i64>().ok()?).ok()?;
        Some(OrderMark { ordered_at: UnixMillis(at.parse().ok()?), order })
    };
    let (ko, en) = ("앞 페이지의 nextCursor여야 합니다", "the nextCursor of the page before");
    read().ok_or_else(|| Problem::value(member, ko, en))
}

/// Whether CSV is asked for: by name, or by accepting it and no JSON.
fn wants_csv(call: &Call) -> Result<bool, Problem> {
    match call.query(FORMAT.name)?.as_deref() {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => Err(Problem::not_among(FORMAT.name, &FORMATS)),
        None => {
            let accepts = call.request.headers().get_all(ACCEPT);
            let accepts: Vec<&str> = accepts.filter_map(|accept| accept.to_str().ok()).collect();
            let names = |media| accepts.iter().any(|accept| accept.contains(media));
            Ok(names("text/csv") && !names("application/json"))
        }
    }
}
