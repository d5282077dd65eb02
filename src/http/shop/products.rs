//! The catalogue.

use std::time::Instant;

use actix_web::http::StatusCode;
use hotdeal_actors::shop::{ChangeProduct, CreateProduct, ProductSearch, ProductText};
use hotdeal_domain::shop::Category;
use hotdeal_domain::{Amount, Currency, ProductId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::pages::Pages;
use super::shapes::{ProductAnswer, ProductAsk, ProductChangeAsk, ProductCreated, SearchAsk};
use super::shops;
use super::words::CategoryCode;
use crate::http::kit::answer::{Answer, JSON};
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::member;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// Characters at most.
const NAME_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 1_000;
const IMAGE_URL_MAX: usize = 2_000;
/// The longest and the default page, in products.
const PAGE_MAX: i64 = 200;
const PAGE: i64 = 50;

/// Parameters of the query.
pub(crate) const SHOP: Parameter = q("shopId", false, "only this shop's").id();
pub(crate) const CATEGORY: Parameter = q("category", false, "only this category's, by code")
    .word(|| Category::ALL.map(Category::code).to_vec());
pub(crate) const NAME: Parameter =
    q("q", false, "only those whose name contains this").text(NAME_MAX);
pub(crate) const PAGES: Paging = Paging::rising("products in a page", PAGE_MAX, PAGE);

/// A category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CategoryAnswer {
    /// As products carry it.
    #[schema(value_type = CategoryCode)]
    code: &'static str,
    /// As shoppers read it.
    #[schema(value_type = String)]
    name: &'static str,
}

/// A page of products.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductsAnswer<'a> {
    pub(super) items: Vec<ProductAnswer<'a>>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next_cursor: Option<String>,
}

/// Whether this is an absolute web address, and not a text that a browser would run.
pub(crate) fn is_web_address(text: &str) -> bool {
    let has_scheme = |scheme: &&&str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let Some(scheme) = ["http://", "https://"].iter().find(has_scheme) else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || r#""<>\^`{|}"#.contains(c);
    let rest = &text[scheme.len()..];
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // With `@` the host is not the one that it seems to be.
    !host.is_empty() && !host.contains('@') && !text.contains(odd)
}

/// A product as it came in, before it is checked.
pub(crate) struct Raw<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) price: &'a RawValue,
    pub(crate) image_url: &'a str,
    pub(crate) category: Option<&'a str>,
}

/// The names of a product's members in the request that it came in.
pub(crate) struct Members {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) price: &'static str,
    pub(crate) image_url: &'static str,
    pub(crate) category: &'static str,
}

const MEMBERS: Members = Members {
    name: "productName",
    description: "productDescription",
    price: "productPrice",
    image_url: "productImageUrl",
    category: "productCategory",
};

/// Checks the members of a product.
///
/// # Errors
/// A problem that names the member.
pub(crate) fn checked(
    raw: &Raw<'_>,
    members: &Members,
    currency: Currency,
) -> Result<ProductText, Problem> {
    Ok(ProductText {
        price: price(members.price, raw.price, currency)?,
        name: member::text(members.name, raw.name, 1, NAME_MAX)?,
        description: member::text(members.description, raw.description, 0, DESCRIPTION_MAX)?,
        image_url: picture(members.image_url, raw.image_url)?,
        category: category(members.category, raw.category)?.code().to_owned(),
    })
}

fn price(member: &'static str, raw: &RawValue, currency: Currency) -> Result<Amount, Problem> {
    let price = member::money(member, raw, currency)?;
    if price == Amount::ZERO {
        return Err(Problem::value(member, "0보다 커야 합니다", "above zero"));
    }
    Ok(price)
}

/// The address of a picture: empty, or one that a browser shows and does not run.
fn picture(member: &'static str, text: &str) -> Result<String, Problem> {
    let address = member::text(member, text, 0, IMAGE_URL_MAX)?;
    if address.is_empty() || is_web_address(&address) {
        return Ok(address);
    }
    let (ko, en) =
        ("비어 있거나 http(s) 주소여야 합니다", "empty, or an absolute http or https address");
    Err(Problem::value(member, ko, en))
}

fn described(ask: &ProductAsk, currency: Currency) -> Result<ProductText, Problem> {
    let raw = Raw {
        name: &ask.product_name,
        description: &ask.product_description,
        price: &ask.product_price,
        image_url: &ask.product_image_url,
        category: ask.product_category.as_deref(),
    };
    checked(&raw, &MEMBERS, currency)
}

pub(crate) async fn create(call: &Call) -> Result<Answer, Problem> {
    let ask: ProductAsk = call.json()?;
    let shop = shops::own(call, ask.shop_id).await?;
    let ProductText { name, description, price, image_url, category } =
        described(&ask, shop.currency)?;
    let create = CreateProduct { shop: shop.id, name, description, price, image_url, category };
    let created = call.state.mall.shops().create_product(create, call.key()).await?;
    let location = format!("/api/products/{}", created.value.id);
    let answer = ProductCreated::new(&created.value);
    Ok(Answer::json(StatusCode::CREATED, &answer).at(location).replayed(created.replayed))
}

/// Changes the members that are in the body; the others stay. A shop in the body moves nothing.
pub(crate) async fn change(call: &Call) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    let ask: ProductChangeAsk = call.json()?;
    let sellers = call.state.mall.shops().sellers(&[product]).await?;
    let shop = sellers.get(&product).copied().ok_or(Code::ProductNotFound)?;
    let shop = shops::own(call, Some(shop)).await?;
    let change = change_of(product, &ask, shop.currency)?;
    let changed = call.state.mall.shops().change_product(change, call.key()).await?;
    Ok(Answer::ok(&ProductCreated::new(&changed.value)).replayed(changed.replayed))
}

fn change_of(
    product: ProductId,
    ask: &ProductChangeAsk,
    currency: Currency,
) -> Result<ChangeProduct, Problem> {
    let text = |member, given: &Option<String>, low, high| {
        given.as_deref().map(|given| member::text(member, given, low, high)).transpose()
    };
    let (given, picked) = (ask.product_price.as_deref(), ask.product_category.as_deref());
    let (linked, picked) = (ask.product_image_url.as_deref(), picked.map(Some));
    let category = picked.map(|code| category(MEMBERS.category, code)).transpose()?;
    Ok(ChangeProduct {
        product,
        price: given.map(|raw| price(MEMBERS.price, raw, currency)).transpose()?,
        name: text(MEMBERS.name, &ask.product_name, 1, NAME_MAX)?,
        description: text(MEMBERS.description, &ask.product_description, 0, DESCRIPTION_MAX)?,
        image_url: linked.map(|link| picture(MEMBERS.image_url, link)).transpose()?,
        category: category.map(|category| category.code().to_owned()),
    })
}

pub(crate) async fn withdraw(call: &Call) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    shops::own_product(call, product).await?;
    let withdrawn = call.state.mall.shops().withdraw_product(product, call.key()).await?;
    Ok(Answer::nothing().replayed(withdrawn.replayed))
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let product = call.state.mall.shops().product(call.path_id("productId")?).await?;
    let product = product.ok_or(Code::ProductNotFound)?;
    Ok(Answer::ok(&ProductAnswer::new(&product)))
}

/// The products that exist; a missing one does not hide the others.
pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let found = call.state.mall.shops().products(&ask.products()?).await?;
    let answer: Vec<ProductAnswer<'_>> = found.iter().map(ProductAnswer::new).collect();
    Ok(Answer::ok(&answer))
}

/// The products on sale by number, a page at a time, as they were at most a second ago.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (query, pages) = (call.request.query_string(), call.part::<Pages>());
    let ((catalogue, is_sure), read_at) = (call.state.mall.shops().catalogue(), Instant::now());
    if let Some((body, age)) = pages.get(query, catalogue) {
        return Ok(Answer::bytes(JSON, body).aged(age));
    }
    let answer = read_page(call).await?.aged(0);
    if is_sure {
        pages.keep(query, answer.body().clone(), read_at, catalogue);
    }
    Ok(answer)
}

async fn read_page(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let named = call.query(CATEGORY.name)?;
    let search = ProductSearch {
        shop: call.query_id(&SHOP)?,
        category: match &named {
            Some(code) => Some(category(CATEGORY.name, Some(code))?.code().to_owned()),
            None => None,
        },
        name: call.text(&NAME)?,
        after: asked.from,
        limit: asked.look_for(),
    };
    let found = call.state.mall.shops().search_products(&search).await?;
    let page = asked.page(found, |product| product.id.to_string());
    let items = page.items.iter().map(ProductAnswer::new).collect();
    Ok(Answer::ok(&ProductsAnswer { items, next_cursor: page.next }))
}

pub(crate) async fn categories(_: &Call) -> Result<Answer, Problem> {
    let known = Category::ALL
        .map(|category| CategoryAnswer { code: category.code(), name: category.korean() });
    Ok(Answer::ok(&known.as_slice()))
}

fn category(member: &'static str, asked: Option<&str>) -> Result<Category, Problem> {
    let Some(code) = asked else { return Ok(Category::Other) };
    Category::from_code(code)
        .ok_or_else(|| Problem::not_among(member, &Category::ALL.map(Category::code)))
}
