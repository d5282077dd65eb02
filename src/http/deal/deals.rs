//! Deals: open, look up, pause, resume, cancel.

use std::collections::HashSet;

use actix_web::http::StatusCode;
use hotdeal_actors::deal::{MoveDeal, OpenDeal};
use hotdeal_domain::deal::{DEAL_DAYS_MAX, DEAL_PRODUCTS_MAX, DealMove, DealRefusal, DealTerms};
use hotdeal_domain::{Discount, EventId, ProductId, SaleWindow};

use super::refusals;
use super::shapes::{BestDealAnswer, DealAnswer, DealAsk, DealDetail, DealItemAnswer, DealOpened};
use super::words::HOT_DEAL;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::member;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::times::{days_later, time};
use crate::http::shop::shapes::SearchAsk;

/// Bytes of a body that opens a deal: 100,000 ids of 16 digits, with room for white space.
pub(crate) const BODY_MAX_BYTES: usize = 4 << 20;
/// The longest and the default page, in deals or products.
const PAGE_MAX: i64 = 1_000;
const PAGE: i64 = 100;
/// How deals, and the products of one, are paged.
pub(crate) const PAGES: Paging =
    Paging::falling("entries in a page", PAGE_MAX, PAGE).linked().formerly("after");
pub(crate) const PAGES_OF_PRODUCTS: Paging =
    Paging::rising("entries in a page", PAGE_MAX, PAGE).formerly("after");

pub(crate) async fn open(call: &Call) -> Result<Answer, Problem> {
    let ask: DealAsk = call.json()?;
    if ask.event_type != HOT_DEAL {
        return Err(Problem::value("eventType", "HOT_DEAL만 가능합니다", HOT_DEAL));
    }
    let window = window(call, &ask)?;
    let (quota, person_limit) = (ask.quota, ask.person_limit);
    let products = each_once(&ask.product_ids)?;
    let discount = discount(call, &ask, &products).await?;
    let terms = DealTerms { discount, window, quota, person_limit };
    let open = OpenDeal { by: call.user()?, terms, products };
    let opened = call.state.mall.deals().open_deal(open, call.key()).await?;
    let answer = DealOpened::new(&opened.value, call.state.zone);
    let location = format!("/api/event/{}", opened.value.deal.id);
    Ok(Answer::json(StatusCode::CREATED, &answer).at(location).replayed(opened.replayed))
}

pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let found = call.state.mall.deals().best_deals(call.user()?, &ask.products()?).await?;
    let answer: Vec<BestDealAnswer> =
        found.iter().map(|best| BestDealAnswer::new(best, call.state.zone)).collect();
    Ok(Answer::ok(&answer))
}

pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let found = call.state.mall.deals().list(asked.from, asked.look_for()).await?;
    let page = asked.page(found, |view| view.deal.id.to_string());
    let answer: Vec<DealAnswer> =
        page.items.iter().map(|view| DealAnswer::new(view, call.now, call.state.zone)).collect();
    Ok(Answer::ok(&answer).followed_by(call.address_of(&PAGES, page.next)))
}

pub(crate) async fn get(call: &Call) -> Result<Answer, Problem> {
    let event: EventId = call.path_id("eventId")?;
    let asked = call.page(&PAGES_OF_PRODUCTS)?;
    let mall = &call.state.mall;
    let (view, sales) = mall.deals().deal_with_sales(event).await?.ok_or(Code::EventNotFound)?;
    let items = mall.deals().deal_items(event, asked.from, asked.look_for()).await?;
    let page = asked.page(items, |item| item.product.to_string());
    let deal = DealAnswer::new(&view, call.now, call.state.zone);
    let quota = view.deal.terms.quota;
    Ok(Answer::ok(&DealDetail {
        deal,
        sold: sales.pieces,
        sold_lines: sales.lines,
        items: page.items.iter().map(|item| DealItemAnswer::new(item, quota)).collect(),
        next_cursor: page.next,
    }))
}

pub(crate) async fn pause(call: &Call) -> Result<Answer, Problem> {
    moved(call, DealMove::Pause).await
}

pub(crate) async fn resume(call: &Call) -> Result<Answer, Problem> {
    moved(call, DealMove::Resume).await
}

pub(crate) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    moved(call, DealMove::Cancel).await
}

async fn moved(call: &Call, asked: DealMove) -> Result<Answer, Problem> {
    let ask = MoveDeal { deal: call.path_id("eventId")?, asked };
    let moved = call.state.mall.deals().move_deal(ask, call.key()).await?;
    let answer = DealAnswer::new(&moved.value.view, moved.value.at, call.state.zone);
    Ok(Answer::ok(&answer).replayed(moved.replayed))
}

/// The ids in the order asked, each once.
fn each_once(ids: &[ProductId]) -> Result<Vec<ProductId>, Problem> {
    if !(1..=DEAL_PRODUCTS_MAX).contains(&ids.len()) {
        return Err(refusals::terms(DealRefusal::ProductCount));
    }
    // Usually the ids are in order, and so without a repeat.
    if ids.is_sorted_by(|one, next| one < next) {
        return Ok(ids.to_vec());
    }
    let mut seen = HashSet::with_capacity(ids.len());
    Ok(ids.iter().copied().filter(|id| seen.insert(*id)).collect())
}

async fn discount(call: &Call, ask: &DealAsk, products: &[ProductId]) -> Result<Discount, Problem> {
    match (&ask.event_discount, &ask.discount_amount) {
        (Some(percent), None) => {
            let points = member::percentage("eventDiscount", percent)?;
            Ok(Discount::Rate(points))
        }
        (None, Some(amount)) => {
            let currency = call.state.mall.deals().currency_of(products).await?;
            Ok(Discount::Fixed(member::money("discountAmount", amount, currency)?))
        }
        (None, None) => Err(Problem::missing("eventDiscount")),
        (Some(_), Some(_)) => Err(Problem::value(
            "eventDiscount",
            "eventDiscount와 discountAmount 중 하나만 보낼 수 있습니다",
            "either eventDiscount or discountAmount",
        )),
    }
}

fn window(call: &Call, ask: &DealAsk) -> Result<SaleWindow, Problem> {
    let start = time(call.state.zone, "startEventTime", &ask.start_event_time)?;
    let end = match (ask.event_duration, &ask.end_event_time) {
        (Some(days), None) if (1..=DEAL_DAYS_MAX).contains(&days) => {
            days_later("eventDuration", start, days)?
        }
        (Some(_), None) => {
            return Err(Problem::out_of_range("eventDuration", 1, DEAL_DAYS_MAX));
        }
        (None, Some(end)) => time(call.state.zone, "endEventTime", end)?,
        (None, None) => return Err(Problem::missing("eventDuration")),
        (Some(_), Some(_)) => {
            return Err(Problem::value(
                "eventDuration",
                "eventDuration과 endEventTime 중 하나만 보낼 수 있습니다",
                "either eventDuration or endEventTime",
            ));
        }
    };
    Ok(SaleWindow { start, end })
}
