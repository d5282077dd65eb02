//! `/products/{id}`: a product, at the price of its deal where one runs. The one big button says what can be
//! done: it opens later, it can be bought, it is sold out, it has ended.
//!
//! The order is placed at the price that the page has shown, or not at all: the form carries that price, and it
//! is compared with the price of this moment before anything is asked of the shop. A deal can have room for one
//! piece and not for all that are ordered: then the list makes the price, as always, and the page of the order
//! says so.

mod words;

use actix_web::http::StatusCode;
use askama::Template;
use hotdeal_actors::deal::BestDeal;
use hotdeal_actors::notice::{Following, Subscribe, Unsubscribe};
use hotdeal_actors::order::PlaceOrder;
use hotdeal_actors::shop::ProductView;
use hotdeal_domain::order::Basket;
use hotdeal_domain::shop::Quantity;
use hotdeal_domain::{Amount, ID_MAX, ProductId, UserId};

pub(super) use self::words::Words;
use super::Site;
use super::front::Card;
use super::look::Look;
use super::menu::Part;
use super::offers::Offer;
use super::say::count;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;

/// Pieces in one line of this page at most; the API takes more.
const PIECES_MAX: u32 = 99;

/// What can be done with a product now: the state of the big button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doable {
    Soon,
    Open,
    SoldOut,
    Ended,
}

impl Doable {
    const fn name(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Open => "open",
            Self::SoldOut => "soldout",
            Self::Ended => "ended",
        }
    }
}

/// What went wrong, in one sentence and another.
struct Refused {
    what: String,
    more: String,
    status: StatusCode,
}

/// A product with all that a page tells of it.
struct Shown {
    product: std::sync::Arc<ProductView>,
    shop: String,
    /// The offer that runs, begins or has ended; `None` for the price of the list.
    card: Option<Card>,
    person_limit: Option<u32>,
    price: Amount,
    left: u32,
    total: u32,
    doable: Doable,
    is_followed: bool,
    /// Why the deal that runs does not make the price for this person.
    without_deal: Option<String>,
}

#[derive(Template)]
#[template(path = "product/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    shown: Shown,
    refused: Option<Refused>,
    quantity: u32,
    picture: Option<String>,
    price: String,
    before: String,
    currency: &'static str,
    category: &'static str,
    window: String,
}

impl Page<'_> {
    fn product(&self) -> i64 {
        self.shown.product.id.get()
    }

    /// Pieces that one person can take at once.
    fn most(&self) -> u32 {
        self.shown.person_limit.unwrap_or(PIECES_MAX).min(PIECES_MAX).min(self.shown.left.max(1))
    }

    fn limit(&self) -> Option<String> {
        self.shown.person_limit.map(|limit| self.words.up_to(count(limit)))
    }

    fn state(&self) -> &'static str {
        self.shown.doable.name()
    }

    fn is(&self, state: &str) -> bool {
        self.state() == state
    }

    /// Digits after the point in minor units.
    fn digits(&self) -> u32 {
        self.shown.product.currency.minor_digits()
    }
}

/// The page of a product.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Deals);
    let shown = find(call, &look, call.path_id("productId")?).await?;
    answer(call, &look, shown, None, 1)
}

fn answer(
    call: &Call,
    look: &Look,
    shown: Shown,
    refused: Option<Refused>,
    quantity: u32,
) -> Result<Answer, Problem> {
    let site = call.part::<Site>();
    let (product, words) = (&shown.product, Words(look.language));
    let status = refused.as_ref().map_or(StatusCode::OK, |refused| refused.status);
    let window = shown.card.as_ref().map(|card| {
        let (from, until) = (card.starts_at.clone(), look.say.day_and_time(card.ends, look.now));
        format!("{from} – {until}")
    });
    let page = Page {
        words,
        picture: site.picture(&product.image_url).map(str::to_owned),
        price: look.say.money(shown.price, product.currency),
        before: look.say.money(product.price, product.currency),
        currency: product.currency.code(),
        category: category(&product.category, look),
        window: window.unwrap_or_default(),
        refused,
        quantity,
        shown,
        page: look,
    };
    Ok(look.answer(call, &page)?.with_status(status))
}

fn category(code: &str, look: &Look) -> &'static str {
    let known = hotdeal_domain::shop::Category::from_code(code);
    match (known, look.language) {
        (Some(category), crate::http::kit::code::Language::Ko) => category.korean(),
        (Some(category), crate::http::kit::code::Language::En) => Words::english(category.code()),
        (None, _) => "",
    }
}

/// Everything the page tells of a product.
async fn find(call: &Call, look: &Look, id: ProductId) -> Result<Shown, Problem> {
    let (mall, site) = (&call.state.mall, call.part::<Site>());
    let product = mall.shops().product(id).await?.ok_or(Code::ProductNotFound)?;
    let stock = mall.shops().stock(id).await?.map(|view| view.stock).unwrap_or_default();
    let shop = mall.shops().shop(product.shop).await?.map(|shop| shop.name.to_string());
    let running = running(call, look.visitor.map(|visitor| visitor.user), id).await?;
    let offering = site.offers.read().await?;
    let offer = match &running {
        Some(best) => Some(of_best(best, &product, shop.as_deref().unwrap_or_default(), stock)),
        None => other(&offering, id, look),
    };
    let (price, left) = match (&offer, &running) {
        (Some(offer), Some(_)) => (offer.price, offer.left),
        (Some(offer), None) if offer.deal.terms.window.start > look.now => {
            (offer.price, stock.available())
        }
        _ => (product.price, stock.available()),
    };
    let without_deal = match running {
        Some(_) => None,
        None => passed_over(&offering, id, look),
    };
    let window = offer.as_ref().map(|offer| offer.deal.terms.window);
    let doable = match window {
        Some(window) if look.now < window.start => Doable::Soon,
        Some(window) if look.now >= window.end => Doable::Ended,
        _ if left == 0 => Doable::SoldOut,
        _ => Doable::Open,
    };
    let is_followed = match look.visitor {
        Some(visitor) => {
            mall.notices().is_subscribed(Following { user: visitor.user, product: id }).await?
        }
        None => false,
    };
    Ok(Shown {
        shop: shop.unwrap_or_default(),
        person_limit: offer.as_ref().and_then(|offer| offer.deal.terms.person_limit),
        card: offer.as_ref().map(|offer| Card::new(offer, site, look.say, look.now)),
        total: offer.as_ref().map_or(stock.on_hand, |offer| offer.total),
        product,
        price,
        left,
        doable,
        is_followed,
        without_deal,
    })
}

/// The deal that makes the price of one piece for this person now.
async fn running(
    call: &Call,
    user: Option<UserId>,
    product: ProductId,
) -> Result<Option<BestDeal>, Problem> {
    // A stranger has bought nothing so far, like the number that no account ever gets.
    let user = user.unwrap_or_else(|| UserId::try_from(ID_MAX).expect("the largest id is one"));
    Ok(call.state.mall.deals().best_deals(user, &[product]).await?.pop())
}

fn of_best(
    best: &BestDeal,
    product: &std::sync::Arc<ProductView>,
    shop: &str,
    stock: hotdeal_domain::shop::Stock,
) -> Offer {
    let quota = best.deal.terms.quota.unwrap_or(u32::MAX);
    Offer {
        deal: best.deal.clone(),
        product: product.clone(),
        shop: shop.into(),
        price: best.price,
        total: stock.on_hand.min(quota),
        left: stock.available().min(quota),
        sold: 0,
    }
}

/// Why a deal that runs is passed over: its share is sold, or this person has had theirs.
fn passed_over(
    offering: &super::offers::Offering,
    product: ProductId,
    look: &Look,
) -> Option<String> {
    let open = offering.open(look.now);
    let offer = open.iter().find(|offer| offer.product.id == product)?;
    let words = Words(look.language);
    match offer.deal.terms.person_limit {
        Some(limit) if offer.left > 0 => Some(words.limit_reached(count(limit))),
        _ if offer.deal.terms.quota.is_some() && offer.left == 0 => {
            Some(words.quota_sold().to_owned())
        }
        _ => None,
    }
}

/// Where no deal makes the price: the deal that begins next, or, within the day, the last that ended. A deal
/// that runs without making this person's price is told as if there were none.
fn other(offering: &super::offers::Offering, product: ProductId, look: &Look) -> Option<Offer> {
    let is_it = |offer: &&&Offer| offer.product.id == product;
    let soon = offering.soon(look.now);
    let ended = offering.ended(look.now);
    soon.iter().find(is_it).or_else(|| ended.iter().find(is_it)).map(|offer| (*offer).clone())
}

/// Buys, and leads to the order; or shows the page again with what was in the way.
pub(super) async fn order(call: &Call) -> Result<Answer, Problem> {
    let id: ProductId = call.path_id("productId")?;
    let look = Look::of(call, Part::Deals);
    let asked = call.form().field("quantity").trim().parse::<u32>().ok();
    let asked = asked.filter(|pieces| (1..=PIECES_MAX).contains(pieces));
    let outcome = match asked {
        None => Err(Refused::quantity(&look)),
        Some(quantity) => place(call, &look, id, quantity).await?,
    };
    match outcome {
        Ok((order, how)) => Ok(Answer::see_other(format!("/orders/{order}?{how}"))),
        Err(refused) => {
            let shown = find(call, &look, id).await?;
            answer(call, &look, shown, Some(refused), asked.unwrap_or(1))
        }
    }
}

/// Places the order, unless its price is not the one that was shown: its number, and how it went.
async fn place(
    call: &Call,
    look: &Look,
    id: ProductId,
    quantity: u32,
) -> Result<Result<(i64, &'static str), Refused>, Problem> {
    let user = call.user()?;
    let product = call.state.mall.shops().product(id).await?.ok_or(Code::ProductNotFound)?;
    let price = running(call, Some(user), id).await?.map_or(product.price, |best| best.price);
    if call.form().field("price") != price.minor().to_string() {
        return Ok(Err(Refused::price(look)));
    }
    let quantity = Quantity::try_from(quantity).expect("it is within the bounds of a line");
    let basket = Basket::new(&[(id, quantity)]).expect("one line is a basket");
    let placed =
        call.state.mall.orders().place_order(PlaceOrder { user, basket }, call.key()).await;
    match placed.map_err(Problem::from) {
        Ok(placed) => {
            let is_as_shown = placed.value.lines.iter().all(|line| line.unit_price == price);
            let how = if is_as_shown { "placed" } else { "placed-at-list-price" };
            Ok(Ok((placed.value.id.get(), how)))
        }
        Err(problem) if problem.code() == Code::ProductShortage => {
            Ok(Err(Refused::shortage(look, problem.available().unwrap_or(0))))
        }
        Err(problem) => Err(problem),
    }
}

impl Refused {
    fn quantity(look: &Look) -> Self {
        let words = Words(look.language);
        let (what, more) = (words.how_many().to_owned(), words.how_many_more(PIECES_MAX));
        Self { what, more, status: StatusCode::BAD_REQUEST }
    }

    fn price(look: &Look) -> Self {
        let words = Words(look.language);
        let (what, more) =
            (words.price_changed().to_owned(), words.price_changed_more().to_owned());
        Self { what, more, status: StatusCode::CONFLICT }
    }

    fn shortage(look: &Look, available: u32) -> Self {
        let words = Words(look.language);
        let what = match available {
            0 => words.last_gone().to_owned(),
            some => words.few_left(count(some)),
        };
        let status = Code::ProductShortage.status();
        Self { what, more: words.not_charged().to_owned(), status }
    }
}

/// Follows a product, and leads back.
pub(super) async fn follow(call: &Call) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    let subscribe = Subscribe { user: call.user()?, products: vec![product] };
    call.state.mall.notices().subscribe(subscribe, call.key()).await?;
    Ok(Answer::see_other(format!("/products/{product}")))
}

/// Follows it no longer; again changes nothing.
pub(super) async fn unfollow(call: &Call) -> Result<Answer, Problem> {
    let product: ProductId = call.path_id("productId")?;
    let unsubscribe = Unsubscribe { user: call.user()?, product };
    let done = call.state.mall.notices().unsubscribe(unsubscribe, call.key()).await;
    match done.map_err(Problem::from) {
        Err(problem) if problem.code() != Code::SubscriptionNotFound => Err(problem),
        _ => Ok(Answer::see_other(format!("/products/{product}"))),
    }
}

/// Says of these cards which of their products the visitor follows. A page has a dozen at most.
pub(super) async fn mark_followed(call: &Call, cards: &mut [Card]) -> Result<(), Problem> {
    let Some(visitor) = call.visitor() else { return Ok(()) };
    for card in cards {
        let Ok(product) = ProductId::try_from(card.product) else { continue };
        let following = Following { user: visitor.user, product };
        card.is_followed = call.state.mall.notices().is_subscribed(following).await?;
    }
    Ok(())
}
