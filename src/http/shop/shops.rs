//! Shops, and who may act for one.

use actix_web::http::StatusCode;
use hotdeal_actors::shop::OpenShop;
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{ProductId, ShopId};

use super::shapes::{SalesAnswer, ShopAnswer, ShopAsk, ShopsAnswer};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::member;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;

/// Characters of a shop's name at most.
const NAME_MAX: usize = 100;
/// The longest and the default page, of the sales report, in products.
const SALES_PAGE_MAX: i64 = 1_000;
const SALES_PAGE: i64 = 100;
/// The longest and the default page, in shops.
const PAGE_MAX: i64 = 200;
const PAGE: i64 = 50;
/// How the report is paged.
pub(crate) const PAGES: Paging =
    Paging::rising("products in a page", SALES_PAGE_MAX, SALES_PAGE).linked().formerly("after");

/// How the list of shops is paged.
pub(crate) const LIST_PAGES: Paging = Paging::rising("shops in a page", PAGE_MAX, PAGE);

pub(crate) async fn open(call: &Call) -> Result<Answer, Problem> {
    let ask: ShopAsk = call.json()?;
    let caller = call.user()?;
    let owner = ask.owner_id.unwrap_or(caller);
    if owner != caller && !call.is_admin() {
        return Err(Problem::from(Code::Forbidden).of_member("ownerId"));
    }
    let (name, currency) = (member::name("name", &ask.name, 1, NAME_MAX)?, ask.currency()?);
    let void_until = call.void_until();
    let open = OpenShop { owner, name, currency, by: caller, void_until };
    let opened = call.state.mall.shops().open_shop(open, call.key()).await?;
    let location = format!("/api/shops/{}", opened.value.id);
    let answer = ShopAnswer::new(&opened.value, call.state.zone);
    Ok(Answer::json(StatusCode::CREATED, &answer).at(location).replayed(opened.replayed))
}

/// Shops by number, a page at a time.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&LIST_PAGES)?;
    let found = call.state.mall.shops().list(asked.from, asked.look_for()).await?;
    let page = asked.page(found, |shop| shop.id.to_string());
    let items = page.items.iter().map(|shop| ShopAnswer::new(shop, call.state.zone)).collect();
    Ok(Answer::ok(&ShopsAnswer { items, next_cursor: page.next }))
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let shop = shop(call, call.path_id("shopId")?).await?;
    Ok(Answer::ok(&ShopAnswer::new(&shop, call.state.zone)))
}

pub(crate) async fn sales(call: &Call) -> Result<Answer, Problem> {
    let shop = own(call, Some(call.path_id("shopId")?)).await?;
    let asked = call.page(&PAGES)?;
    let sales = call.state.mall.shops().sales(shop.id, asked.from, asked.look_for()).await?;
    let page = asked.page(sales, |sales| sales.product.to_string());
    let rows: Option<Vec<SalesAnswer>> =
        page.items.iter().map(|sales| SalesAnswer::new(sales, shop.currency)).collect();
    let next = call.address_of(&PAGES, page.next);
    Ok(Answer::ok(&rows.ok_or(Code::Internal)?).followed_by(next))
}

async fn shop(call: &Call, id: ShopId) -> Result<ShopProfile, Problem> {
    call.state.mall.shops().shop(id).await?.ok_or_else(|| Code::ShopNotFound.into())
}

/// The shop the caller acts for: the one named, or else the seller's own, or the platform's for
/// an admin. Another's shop is refused openly, because its existence is public.
pub(crate) async fn own(call: &Call, named: Option<ShopId>) -> Result<ShopProfile, Problem> {
    let caller = call.user()?;
    let found = match (named, call.is_admin()) {
        (Some(id), _) => Some(shop(call, id).await?),
        (None, true) => call.state.mall.shops().platform_shop().await?,
        (None, false) => call.state.mall.shops().shop_of(caller).await?,
    };
    let shop = found.ok_or(Code::ShopNotFound)?;
    if shop.owner == caller || call.is_admin() { Ok(shop) } else { Err(Code::Forbidden.into()) }
}

/// Whether the caller may act for the shop that offered a product.
pub(crate) async fn own_product(call: &Call, product: ProductId) -> Result<(), Problem> {
    if call.is_admin() {
        return Ok(());
    }
    let sellers = call.state.mall.shops().sellers(&[product]).await?;
    let shop = sellers.get(&product).copied().ok_or(Code::ProductNotFound)?;
    own(call, Some(shop)).await.map(|_| ())
}
