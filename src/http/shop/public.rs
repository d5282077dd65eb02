//! The catalogue, its stock and the shops as everybody sees them, logged in or not.

use hotdeal_actors::shop::StockView;
use hotdeal_domain::ID_MAX;
use hotdeal_domain::shop::ShopProfile;
use serde::Serialize;
use utoipa::ToSchema;

use super::products::{self, ProductsAnswer};
use super::shapes::ProductAnswer;
use crate::clock::{Stamp, Zone};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::openapi::words::CurrencyCode;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use crate::http::kit::shown::{self, json, next};
use crate::storefront::Storefront;

/// Where a page begins. Its length is the same for everybody, as is its text.
pub(crate) const CURSOR: Parameter =
    q("cursor", false, "nextCursor of the page before").whole(0, ID_MAX).or(0);

/// What is left of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownStock {
    product_id: i64,
    /// Pieces that can be ordered now.
    quantity: u32,
    /// Whether any can be ordered now.
    available: bool,
}

/// A page of stocks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownStocks {
    items: Vec<ShownStock>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl ShownStock {
    fn new(view: &StockView) -> Self {
        let quantity = view.stock.available();
        Self { product_id: view.product.get(), quantity, available: quantity > 0 }
    }
}

/// A shop, without what concerns its owner alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownShop {
    shop_id: i64,
    name: String,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    opened_at: Stamp,
}

/// A page of shops.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownShops {
    items: Vec<ShownShop>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl ShownShop {
    fn new(shop: &ShopProfile, zone: Zone) -> Self {
        Self {
            shop_id: shop.id.get(),
            name: shop.name.as_ref().to_owned(),
            currency: shop.currency.code(),
            opened_at: zone.stamp(shop.opened_at),
        }
    }
}

/// Products on sale by number.
pub(crate) async fn products(call: &Call) -> Result<Answer, Problem> {
    let (shop, after) = (call.query_id(&products::SHOP)?, call.number(&CURSOR)?);
    let view = call.part::<Storefront>().products(shop, after).await?;
    Ok(shown::page(call, &view, 0, |view| {
        let items = view.items.iter().map(ProductAnswer::new).collect();
        let next_cursor = next(view, |product| product.id.to_string());
        json(&ProductsAnswer { items, next_cursor })
    }))
}

/// The stock of the same products, in the same pages.
pub(crate) async fn stocks(call: &Call) -> Result<Answer, Problem> {
    let (shop, after) = (call.query_id(&products::SHOP)?, call.number(&CURSOR)?);
    let view = call.part::<Storefront>().stocks(shop, after).await?;
    Ok(shown::page(call, &view, 0, |view| {
        let items = view.items.iter().map(ShownStock::new).collect();
        let next_cursor = next(view, |stock| stock.product.to_string());
        json(&ShownStocks { items, next_cursor })
    }))
}

/// Shops by number.
pub(crate) async fn shops(call: &Call) -> Result<Answer, Problem> {
    let view = call.part::<Storefront>().shops(call.number(&CURSOR)?).await?;
    Ok(shown::page(call, &view, 0, |view| {
        let items = view.items.iter().map(|shop| ShownShop::new(shop, call.state.zone)).collect();
        json(&ShownShops { items, next_cursor: next(view, |shop| shop.id.to_string()) })
    }))
}
