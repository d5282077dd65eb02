//! Deals as everybody sees them, logged in or not: those that run, begin soon, or ended lately.

use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::DealAnswer;
use crate::clock::Zone;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::money::Money;
use crate::http::kit::openapi::words::CurrencyCode;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use crate::http::kit::shown::{self, json};
use crate::http::shop::shapes::picture;
use crate::http::shop::words::CategoryCode;
use crate::storefront::{DealPlace, ShownDeal, ShownProduct, Storefront, View};

/// Deals in a page, each with at most a dozen products.
const PAGE: usize = 20;
/// Where a page begins. Its length is the same for everybody, as is its text.
pub(crate) const CURSOR: Parameter = q("cursor", false, "nextCursor of the page before").text(64);

/// A deal as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownDealAnswer<'a> {
    #[serde(flatten)]
    deal: DealAnswer,
    /// Pieces in orders that stand, over all products.
    sold: i64,
    /// The first of its products that are on sale, at most 12.
    products: Vec<ShownProductAnswer<'a>>,
}

/// A product of a deal, with its price before and after.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownProductAnswer<'a> {
    product_id: i64,
    product_name: &'a str,
    product_image_uri: &'a str,
    #[schema(value_type = CategoryCode)]
    product_category: &'a str,
    shop_id: i64,
    shop_name: &'a str,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    /// What one piece costs without the deal.
    original_price: Money,
    /// What one piece costs by the deal; `null` where the deal would leave nothing to pay, and so does
    /// not hold.
    #[schema(required)]
    discount_price: Option<Money>,
    /// Pieces sold at the deal's price, in orders that stand.
    sold: u32,
    /// Pieces its quota leaves; `null` where it has none.
    #[schema(required)]
    quota_left: Option<u32>,
    /// Pieces that can be ordered at the deal's price now.
    left: u32,
}

/// A page of deals: those that run, then those that begin soon, then those that ended within a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownDeals<'a> {
    items: Vec<ShownDealAnswer<'a>>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl<'a> ShownDeals<'a> {
    fn new(view: &'a View<ShownDeal>, from: usize, zone: Zone) -> Self {
        let behind = view.items.get(from..).unwrap_or_default();
        let page = behind.get(..PAGE).unwrap_or(behind);
        let deal = |shown: &'a ShownDeal| ShownDealAnswer {
            deal: DealAnswer::new(&shown.view, view.as_of, zone),
            sold: shown.sales.pieces,
            products: shown.products.iter().map(ShownProductAnswer::new).collect(),
        };
        let last = page.last().filter(|_| page.len() < behind.len());
        Self {
            items: page.iter().map(deal).collect(),
            next_cursor: last.map(|shown| shown.place().to_string()),
        }
    }
}

impl<'a> ShownProductAnswer<'a> {
    fn new(shown: &'a ShownProduct) -> Self {
        let ShownProduct { product, shop_name, deal_price, sold, quota_left, left } = shown;
        Self {
            product_id: product.id.get(),
            product_name: &product.name,
            product_image_uri: picture(product),
            product_category: &product.category,
            shop_id: product.shop.get(),
            shop_name,
            currency: product.currency.code(),
            original_price: Money(product.price, product.currency),
            discount_price: deal_price.map(|price| Money(price, product.currency)),
            sold: *sold,
            quota_left: *quota_left,
            left: *left,
        }
    }
}

pub(crate) async fn deals(call: &Call) -> Result<Answer, Problem> {
    let after = call.text(&CURSOR)?.map(|text| place(&text)).transpose()?;
    let view = call.part::<Storefront>().deals().await?;
    // A deal that has moved on since the page before does not lose the others their place.
    let from = after.map_or(0, |after| view.items.partition_point(|deal| deal.place() <= after));
    let zone = call.state.zone;
    Ok(shown::page(call, &view, from, |view| json(&ShownDeals::new(view, from, zone))))
}

fn place(text: &str) -> Result<DealPlace, Problem> {
    let (ko, en) = ("nextCursor로 받은 값이어야 합니다", "as nextCursor has it");
    text.parse().map_err(|_| Problem::value(CURSOR.name, ko, en))
}
