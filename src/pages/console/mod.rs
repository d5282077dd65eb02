//! `/console/…`: a shop's work, for its seller (their own shop) and for admins (`?shop=`). A folder is a page.

pub(super) mod board;
pub(super) mod orders;

use hotdeal_domain::ShopId;
use hotdeal_domain::shop::ShopProfile;

use super::look::Look;
use super::menu::Part;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Leads to the board: its address ends in a slash.
pub(super) async fn lead(_: &Call) -> Result<Answer, Problem> {
    Ok(Answer::see_other("/console/".to_owned()))
}

/// The look of a page of the console, and the shop that it is about; `None` for a seller who has no shop yet.
async fn open(call: &Call, part: Part) -> Result<(Look, Option<ShopProfile>), Problem> {
    let shop = asked_shop(call).await?;
    let shop_query = shop_query(call, shop.as_ref());
    Ok((Look { shop_query, ..Look::of(call, part) }, shop))
}

/// The shop that the page is about: the one that is named, else a seller's own, else the platform's.
async fn asked_shop(call: &Call) -> Result<Option<ShopProfile>, Problem> {
    let shops = call.state.mall.shops();
    if call.query("shop")?.is_some() {
        let named = call.query_number("shop", 1..=hotdeal_domain::ID_MAX, None)?;
        let named = ShopId::try_from(named).map_err(|_| Code::ShopNotFound)?;
        return own_shop(call, named).await.map(Some);
    }
    Ok(match call.is_admin() {
        true => shops.platform_shop().await?,
        false => shops.shop_of(call.user()?).await?,
    })
}

/// What the addresses of the console say to name this shop: nothing where it is the seller's own.
fn shop_query(call: &Call, shop: Option<&ShopProfile>) -> String {
    let named = shop.filter(|_| call.is_admin());
    named.map(|shop| format!("?shop={}", shop.id)).unwrap_or_default()
}

/// A shop whose orders the caller may see. Another's is answered like one that does not exist.
async fn own_shop(call: &Call, shop: ShopId) -> Result<ShopProfile, Problem> {
    let (found, caller) = (call.state.mall.shops().shop(shop).await?, call.user()?);
    let own = found.filter(|found| found.owner == caller || call.is_admin());
    own.ok_or_else(|| Code::ShopNotFound.into())
}
