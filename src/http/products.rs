//! The catalogue.

use actix_web::http::StatusCode;
use hotdeal_actors::api::CreateProduct;

use super::answer::Answer;
use super::asks::{self, ProductAsk, SearchAsk};
use super::call::Call;
use super::code::Code;
use super::problem::Problem;
use super::shapes::{ProductAnswer, ProductCreated};
use super::shops;

/// Characters at most.
const NAME_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 1_000;
const IMAGE_URL_MAX: usize = 2_000;
/// The categories there are.
pub(crate) const CATEGORIES: [&str; 15] = [
    "ELECTRONICS",
    "FASHION",
    "BEAUTY",
    "HOME_LIVING",
    "FOOD",
    "SPORTS",
    "BOOKS",
    "HEALTH",
    "BABY",
    "PET",
    "CAR",
    "HOBBY",
    "OFFICE",
    "DIGITAL",
    "OTHER",
];

pub(crate) async fn create(call: &Call) -> Result<Answer, Problem> {
    let ask: ProductAsk = call.json()?;
    let shop = shops::own(call, ask.shop_id).await?;
    let price = asks::money("productPrice", &ask.product_price, shop.currency)?;
    if price == hotdeal_domain::Amount::ZERO {
        return Err(Problem::value("productPrice", "0보다 커야 합니다", "above zero"));
    }
    let create = CreateProduct {
        shop: shop.id,
        name: asks::text("productName", &ask.product_name, 1, NAME_MAX)?,
        description: asks::text(
            "productDescription",
            &ask.product_description,
            0,
            DESCRIPTION_MAX,
        )?,
        price,
        image_url: asks::text("productImageUrl", &ask.product_image_url, 0, IMAGE_URL_MAX)?,
        category: category(ask.product_category)?,
    };
    let created = call.state.mall.create_product(create, call.key()).await?;
    let location = format!("/api/products/{}", created.value.id);
    let answer = ProductCreated::new(&created.value);
    Ok(Answer::json(StatusCode::CREATED, &answer).at(location).replayed(created.replayed))
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let found = call.state.mall.products(&[call.path_id("productId")?]).await?;
    let product = found.first().ok_or(Code::ProductNotFound)?;
    Ok(Answer::ok(&ProductAnswer::new(product)))
}

/// Those that exist: one that is gone does not hide the others.
pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let found = call.state.mall.products(&ask.products()?).await?;
    let answer: Vec<ProductAnswer> = found.iter().map(ProductAnswer::new).collect();
    Ok(Answer::ok(&answer))
}

fn category(asked: Option<String>) -> Result<String, Problem> {
    let category = asked.unwrap_or_else(|| "OTHER".to_owned());
    if CATEGORIES.contains(&category.as_str()) {
        return Ok(category);
    }
    let known = CATEGORIES.join(", ");
    let ko = format!("{known} 중 하나여야 합니다");
    Err(Problem::value("productCategory", &ko, &format!("one of {known}")))
}
