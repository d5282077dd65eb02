//! `/deals/{id}`: all products of a deal.

use askama::Template;
use hotdeal_domain::{EventId, ProductId};

use super::Site;
use super::front::Card;
use super::look::Look;
use super::menu::Part;
use super::offers::Offer;
use super::words::words;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Products on one page.
const PRODUCTS_MAX: u64 = 48;

words! {
    /// What the page of a deal says.
    Words {
        title(off): "{off} 딜" / "{off} off";
        runs(window): "{window}까지" / "until {window}";
        products: "딜 상품" / "Products of the deal";
        empty: "이 딜에는 지금 파는 상품이 없습니다" / "Nothing of this deal is sold now";
    }
}

#[derive(Template)]
#[template(path = "deal/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    cards: Vec<Card>,
    off: String,
    until: String,
    next: Option<i64>,
}

/// The page of a deal.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let (look, site, mall) = (Look::of(call, Part::Deals), call.part::<Site>(), &call.state.mall);
    let event: EventId = call.path_id("eventId")?;
    let deal = mall.deals().deal(event).await?.ok_or(Code::EventNotFound)?.deal;
    let after = call.query_number("after", 0..=hotdeal_domain::ID_MAX, Some(0))?;
    let mut items = mall.deals().deal_items(event, after, PRODUCTS_MAX + 1).await?;
    let goes_on = items.len() as u64 > PRODUCTS_MAX;
    items.truncate(PRODUCTS_MAX as usize);
    let next = items.last().filter(|_| goes_on).map(|item| item.product.get());
    let ids: Vec<ProductId> = items.iter().map(|item| item.product).collect();
    let (products, stocks) = (mall.shops().products(&ids).await?, mall.shops().stocks(&ids).await?);
    let deal = std::sync::Arc::new(deal);
    let mut cards = Vec::with_capacity(products.len());
    for product in products {
        let Some(price) = deal.terms.price_of(product.price) else { continue };
        let stock = stocks.iter().find(|view| view.product == product.id);
        let stock = stock.map(|view| view.stock).unwrap_or_default();
        let sold = items.iter().find(|item| item.product == product.id).map_or(0, |item| item.sold);
        let shop = mall.shops().shop(product.shop).await?.map(|shop| shop.name);
        let quota = deal.terms.quota.unwrap_or(u32::MAX);
        let offer = Offer {
            deal: deal.clone(),
            shop: shop.unwrap_or_default(),
            price,
            total: stock.on_hand.min(quota),
            left: stock.available().min(quota.saturating_sub(sold)),
            sold,
            product: std::sync::Arc::new(product),
        };
        cards.push(Card::new(&offer, site, look.say, look.now));
    }
    let currency = deal.currency.unwrap_or(hotdeal_domain::Currency::Krw);
    let page = Page {
        words: Words(look.language),
        off: look.say.discount(deal.terms.discount, currency),
        until: look.say.day_and_time(deal.terms.window.end, look.now),
        next,
        cards,
        page: &look,
    };
    look.answer(call, &page)
}
