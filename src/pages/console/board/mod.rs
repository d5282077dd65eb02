//! `/console/`: the order board of a shop.
//!
//! ```text
//! GET /console/ -> orders().board: what the live board of the API begins with -> columns of cards
//! script        -> /api/shops/{id}/live?since= the last fact in the page -> the same cards, as things happen
//! POST …/accept, ready, done, reject -> orders().advance_part, as the API's -> 303 to the board
//! ```
//! The page is whole without a script. With one, `assets/console-board.js` takes the buttons over: it uses the
//! API under one key for each press, and moves the card once the answer says that it is written. It makes cards
//! from templates of the page, so how a card looks stands in `card.html` alone.

mod card;
mod steps;
mod words;

use askama::Template;
use hotdeal_actors::order::{ShopBoard, ShopOrderSearch};
use hotdeal_domain::order::{PartState, TrackedOrder};
use hotdeal_domain::shop::ShopProfile;

use self::card::Card;
use self::words::Words;
use super::open;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;
use crate::pages::look::Look;
use crate::pages::menu::Part;
use crate::pages::say::count;

pub(in crate::pages) use self::steps::{accept, done, ready, reject};

/// Open orders on the board: as many as the live board of the API begins with.
const OPEN_MAX: usize = 200;
/// Orders in the last column: only to look back at.
const DONE_MAX: u64 = 10;
/// The columns, from left to right: what the buyer has is the last state that stands.
const COLUMNS: [PartState; 4] =
    [PartState::New, PartState::Accepted, PartState::Ready, PartState::Done];

/// The orders in one state.
struct Column {
    state: PartState,
    title: &'static str,
    note: &'static str,
    count: i64,
    cards: Vec<Card>,
}

impl Column {
    fn name(&self) -> &'static str {
        self.state.name()
    }

    fn counted(&self) -> String {
        count(self.count)
    }
}

/// A board with the orders of one shop.
struct Board {
    shop: i64,
    name: String,
    /// The id of the last event whose effect the page shows.
    since: String,
    digits: u32,
    columns: Vec<Column>,
    /// A card of each state for the script to fill in.
    blanks: Vec<Card>,
}

#[derive(Template)]
#[template(path = "console/board/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    /// `None` for a seller who has no shop yet.
    board: Option<Board>,
}

/// The order board.
pub(in crate::pages) async fn show(call: &Call) -> Result<Answer, Problem> {
    let (look, shop) = open(call, Part::Board).await?;
    let board = match shop {
        Some(shop) => Some(board(call, &look, &shop).await?),
        None => None,
    };
    look.answer(call, &Page { words: Words(look.language), board, page: &look })
}

async fn board(call: &Call, look: &Look, shop: &ShopProfile) -> Result<Board, Problem> {
    let orders = call.state.mall.orders();
    let found = orders.board(shop.id, OPEN_MAX).await?;
    let done = ShopOrderSearch {
        shop: shop.id,
        states: vec![PartState::Done],
        from: None,
        to: None,
        product: None,
        behind: None,
        limit: DONE_MAX,
    };
    let done = orders.shop_orders(&done).await?.orders;
    let (words, shop_id) = (Words(look.language), shop.id.get());
    let columns = COLUMNS.map(|state| Column {
        cards: cards(state, &found, &done, look),
        ..column(state, words, &found)
    });
    Ok(Board {
        shop: shop_id,
        name: shop.name.to_string(),
        since: format!("shop:{shop_id}:{}", found.through),
        digits: shop.currency.minor_digits(),
        columns: columns.into(),
        blanks: COLUMNS.map(|state| Card::blank(state, shop, look)).into(),
    })
}

fn cards(state: PartState, found: &ShopBoard, done: &[TrackedOrder], look: &Look) -> Vec<Card> {
    if state == PartState::Done {
        return done.iter().filter_map(|order| Card::of_done(order, look)).collect();
    }
    let here = found.orders.iter().filter(|order| order.part.state == state);
    here.map(|order| Card::new(order, look)).collect()
}

/// A column without its cards.
fn column(state: PartState, words: Words, found: &ShopBoard) -> Column {
    let place = PartState::ALL.iter().position(|known| *known == state);
    let (title, note) = match state {
        PartState::New => (words.new_orders(), words.new_note()),
        PartState::Accepted => (words.accepted(), words.accepted_note()),
        PartState::Ready => (words.ready(), words.ready_note()),
        PartState::Done | PartState::Rejected | PartState::Cancelled => {
            (words.done(), words.done_note())
        }
    };
    let count = place.and_then(|place| found.counts.0.get(place).copied()).unwrap_or_default();
    Column { state, title, note, count, cards: Vec::new() }
}
