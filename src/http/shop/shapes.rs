//! The JSON of shops, products and stock: what comes in, and what leaves.

use std::collections::HashSet;

use hotdeal_actors::shop::{ProductSales, ProductView, StockView};
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{Currency, ProductId, ShopId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::products::is_web_address;
use super::words::{CategoryCode, PictureAddress};
use crate::clock::{Stamp, WireStamp, Zone};
use crate::http::kit::money::{Money, decimal};
use crate::http::kit::openapi::words::{CurrencyCode, Id, PersonsName, Price};
use crate::http::kit::problem::Problem;
use crate::http::kit::whole::{id_if_any, ids};

/// Ids in one search at most; as many as an order can have lines.
const SEARCH_MAX: usize = 10_000;

/// To open a shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "Lamp House", "currency": "KRW"}))]
pub(crate) struct ShopAsk {
    #[schema(value_type = PersonsName)]
    pub(crate) name: String,
    /// `KRW`, `JPY`, `GBP`, `EUR` or `USD`; `KRW` where absent.
    #[serde(default)]
    #[schema(value_type = Option<CurrencyCode>)]
    pub(crate) currency: Option<String>,
    /// The owner; oneself where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) owner_id: Option<UserId>,
}

impl ShopAsk {
    /// The currency, by name.
    pub(crate) fn currency(&self) -> Result<Currency, Problem> {
        let Some(code) = &self.currency else {
            return Ok(Currency::Krw);
        };
        Currency::from_code(code)
            .ok_or_else(|| Problem::not_among("currency", &Currency::ALL.map(Currency::code)))
    }
}

/// To offer a product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "productName": "Desk lamp",
    "productDescription": "It gives light.",
    "productPrice": 12900,
    "productImageUrl": "https://example.com/lamp.png",
    "productCategory": "HOME_LIVING",
}))]
pub(crate) struct ProductAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) product_name: String,
    /// Up to 1,000 characters.
    #[serde(default)]
    #[schema(max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub(crate) product_description: String,
    /// Above zero, in the currency of the shop.
    #[schema(value_type = Price)]
    pub(crate) product_price: Box<RawValue>,
    #[serde(default)]
    #[schema(value_type = PictureAddress)]
    pub(crate) product_image_url: String,
    /// `ELECTRONICS`, `FASHION` …; `OTHER` where absent.
    #[serde(default)]
    #[schema(value_type = Option<CategoryCode>)]
    pub(crate) product_category: Option<String>,
    /// The shop; the seller's own, or the platform's, where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) shop_id: Option<ShopId>,
}

/// To describe a product anew: what is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productName": "Better desk lamp", "productPrice": 13900}))]
pub(crate) struct ProductChangeAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) product_name: Option<String>,
    /// Up to 1,000 characters.
    #[schema(max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub(crate) product_description: Option<String>,
    /// Above zero, in the currency of the shop.
    #[schema(value_type = Option<Price>)]
    pub(crate) product_price: Option<Box<RawValue>>,
    #[schema(value_type = Option<PictureAddress>)]
    pub(crate) product_image_url: Option<String>,
    /// `ELECTRONICS`, `FASHION` …
    #[schema(value_type = Option<CategoryCode>)]
    pub(crate) product_category: Option<String>,
}

/// To look up several products.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productIds": [6, 7, 8]}))]
pub(crate) struct SearchAsk {
    /// 1 to 10,000 ids.
    #[serde(deserialize_with = "ids")]
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 10_000)]
    product_ids: Vec<ProductId>,
}

impl SearchAsk {
    /// The ids, each once, in the order asked.
    pub(crate) fn products(self) -> Result<Vec<ProductId>, Problem> {
        if !(1..=SEARCH_MAX).contains(&self.product_ids.len()) {
            return Err(Problem::value(
                "productIds",
                "1개 이상 10000개 이하여야 합니다",
                "1 to 10000 ids",
            ));
        }
        let mut seen = HashSet::with_capacity(self.product_ids.len());
        Ok(self.product_ids.into_iter().filter(|id| seen.insert(*id)).collect())
    }
}

/// A shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopAnswer {
    shop_id: i64,
    owner_id: i64,
    name: String,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    opened_at: Stamp,
}

impl ShopAnswer {
    pub(crate) fn new(shop: &ShopProfile, zone: Zone) -> Self {
        Self {
            shop_id: shop.id.get(),
            owner_id: shop.owner.get(),
            name: shop.name.as_ref().to_owned(),
            currency: shop.currency.code(),
            opened_at: zone.stamp(shop.opened_at),
        }
    }
}

/// A page of shops.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopsAnswer {
    pub(crate) items: Vec<ShopAnswer>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) next_cursor: Option<String>,
}

/// What one product has sold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SalesAnswer {
    product_id: i64,
    units: i64,
    orders: i64,
    /// Money.
    #[schema(value_type = f64, minimum = 0)]
    value: Box<RawValue>,
}

impl SalesAnswer {
    /// `None` when the value is no amount, which only a broken table can hold.
    pub(crate) fn new(sales: &ProductSales, currency: Currency) -> Option<Self> {
        let value = decimal(sales.value, currency);
        Some(Self {
            product_id: sales.product.get(),
            units: sales.units,
            orders: sales.orders,
            value: RawValue::from_string(value).ok()?,
        })
    }
}

/// A product just created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductCreated {
    product_id: i64,
    product_name: String,
    product_description: String,
    product_price: Money,
    shop_id: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl ProductCreated {
    pub(crate) fn new(product: &ProductView) -> Self {
        Self {
            product_id: product.id.get(),
            product_name: product.name.as_ref().to_owned(),
            product_description: product.description.as_ref().to_owned(),
            product_price: Money(product.price, product.currency),
            shop_id: product.shop.get(),
            currency: product.currency.code(),
        }
    }
}

/// A product as shoppers see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductAnswer<'a> {
    product_id: i64,
    product_name: &'a str,
    original_price: Money,
    product_description: &'a str,
    product_image_uri: &'a str,
    #[schema(value_type = CategoryCode)]
    product_category: &'a str,
    shop_id: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl<'a> ProductAnswer<'a> {
    pub(crate) fn new(product: &'a ProductView) -> Self {
        Self {
            product_id: product.id.get(),
            product_name: &product.name,
            original_price: Money(product.price, product.currency),
            product_description: &product.description,
            product_image_uri: picture(product),
            product_category: &product.category,
            shop_id: product.shop.get(),
            currency: product.currency.code(),
        }
    }
}

/// The address of a product's picture, or nothing. Older addresses were stored unchecked; a bad one is
/// not given out.
pub(crate) fn picture(product: &ProductView) -> &str {
    if is_web_address(&product.image_url) { &product.image_url } else { "" }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockAnswer {
    /// The product's own number: there is one stock for each product.
    stock_id: i64,
    product_id: i64,
    /// Pieces that can be ordered now: on hand, less those held, less those sold.
    quantity: u32,
    /// Whether any can be ordered now.
    available: bool,
    /// Pieces put in, less those taken out by hand.
    on_hand: u32,
    /// Pieces set aside for orders being made.
    held: u32,
    /// Pieces in orders that stand.
    sold: u32,
    #[schema(required)]
    last_updated: Option<WireStamp>,
    /// At so many unsold pieces or fewer its shop is told that it is low.
    low_at: u32,
}

impl StockAnswer {
    pub(crate) fn new(view: &StockView, zone: Zone) -> Self {
        Self {
            stock_id: view.product.get(),
            product_id: view.product.get(),
            quantity: view.stock.available(),
            available: view.stock.available() > 0,
            on_hand: view.stock.on_hand,
            held: view.stock.held,
            sold: view.stock.sold,
            last_updated: view.updated_at.map(|at| zone.wire_stamp(at)),
            low_at: view.low_at,
        }
    }
}
