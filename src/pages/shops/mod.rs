//! `/shops`: the shops that have deals, and `/shops/{id}`: what a shop sells.

use std::collections::BTreeMap;

use askama::Template;
use hotdeal_actors::shop::ProductSearch;
use hotdeal_domain::{ID_MAX, ShopId};

use super::Site;
use super::front::Card;
use super::look::Look;
use super::menu::Part;
use super::words::words;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Products on one page of a shop.
const PRODUCTS_MAX: u64 = 24;

words! {
    /// What the pages of shops say.
    Words {
        title: "가게" / "Shops";
        deals(count): "딜 {count}개" / "Deals: {count}";
        none: "지금 딜이 있는 가게가 없습니다" / "No shop has a deal now";
        none_more: "딜이 열리면 여기에 뜹니다." / "Shops show up here once they have one.";
        in_deals: "지금 딜" / "Deals now";
        all_products: "모든 상품" / "All products";
        empty: "아직 파는 상품이 없습니다" / "Nothing is sold here yet";
        since(day): "{day}부터" / "since {day}";
    }
}

struct Row {
    id: i64,
    name: String,
    deals: String,
}

#[derive(Template)]
#[template(path = "shops/list.html")]
struct ListPage<'a> {
    page: &'a Look,
    words: Words,
    shops: Vec<Row>,
}

struct Product {
    id: i64,
    name: String,
    price: String,
    picture: Option<String>,
}

#[derive(Template)]
#[template(path = "shops/page.html")]
struct ShopPage<'a> {
    page: &'a Look,
    words: Words,
    name: String,
    since: String,
    cards: Vec<Card>,
    products: Vec<Product>,
    next: Option<i64>,
}

/// The shops that have deals.
pub(super) async fn list(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Shops);
    let offering = call.part::<Site>().offers.read().await?;
    let mut shops: BTreeMap<i64, (String, u32)> = BTreeMap::new();
    let running = [offering.open(look.now), offering.soon(look.now)];
    for offer in running.into_iter().flatten() {
        let shop = shops.entry(offer.product.shop.get());
        shop.or_insert_with(|| (offer.shop.to_string(), 0)).1 += 1;
    }
    let words = Words(look.language);
    let row =
        |(id, (name, deals)): (i64, (String, u32))| Row { id, name, deals: words.deals(deals) };
    let shops = shops.into_iter().map(row).collect();
    look.answer(call, &ListPage { page: &look, words, shops })
}

/// What a shop sells.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let (look, site, mall) = (Look::of(call, Part::Shops), call.part::<Site>(), &call.state.mall);
    let id: ShopId = call.path_id("shopId")?;
    let shop = mall.shops().shop(id).await?.ok_or(Code::ShopNotFound)?;
    let after = call.query_number("after", 0..=ID_MAX, Some(0))?;
    let limit = PRODUCTS_MAX + 1;
    let search = ProductSearch { shop: Some(id), category: None, name: None, after, limit };
    let mut found = mall.shops().search_products(&search).await?;
    let goes_on = found.len() as u64 > PRODUCTS_MAX;
    found.truncate(usize::try_from(PRODUCTS_MAX).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| goes_on).map(|product| product.id.get());
    let offering = site.offers.read().await?;
    let open = offering.open(look.now);
    let own = open.iter().filter(|offer| offer.product.shop == id);
    let page = ShopPage {
        words: Words(look.language),
        name: shop.name.to_string(),
        since: look.say.day(shop.opened_at),
        cards: own.map(|offer| Card::new(offer, site, look.say, look.now)).collect(),
        products: found
            .into_iter()
            .map(|product| Product {
                id: product.id.get(),
                name: product.name.to_string(),
                price: look.say.money(product.price, product.currency),
                picture: site.picture(&product.image_url).map(str::to_owned),
            })
            .collect(),
        next,
        page: &look,
    };
    look.answer(call, &page)
}
