//! `/console/orders`: all orders of a shop, the newest first; and one of them, fit to be printed.
//!
//! What the list is filtered by stands in its address, so it can be kept and sent. The same filters lead to the
//! API's CSV.

mod words;

use askama::Template;
use hotdeal_actors::order::{OrderMark, ShopOrderSearch};
use hotdeal_domain::order::{OrderLine, PartState, TrackedOrder};
use hotdeal_domain::shop::ShopProfile;
use hotdeal_domain::{OrderId, ProductId, UnixMillis};

use self::words::Words;
use super::open;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::pages::look::{Look, query_value};
use crate::pages::menu::Part;
use crate::pages::say::count;

/// Orders on one page.
const PAGE: u64 = 50;

/// What the list is filtered by.
#[derive(Clone, Default)]
struct Filter {
    state: Option<PartState>,
    /// A day of the mall's zone, as `2026-12-01`.
    day: Option<(String, UnixMillis, UnixMillis)>,
    product: Option<ProductId>,
    behind: Option<OrderMark>,
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Problem> {
        // A form sends its empty fields, too.
        let field = |name| Ok::<_, Problem>(call.query(name)?.filter(|text| !text.is_empty()));
        let state = field("state")?.map(|name| {
            let known = PartState::ALL.map(PartState::name);
            PartState::from_name(&name).ok_or_else(|| Problem::not_among("state", &known))
        });
        let day = field("day")?.map(|day| {
            let start = call.state.zone.read(&format!("{day}T00:00"));
            let start = start.ok_or_else(|| {
                Problem::value("day", "2026-12-01처럼 적어 주세요", "write it as 2026-12-01")
            })?;
            Ok::<_, Problem>((day, start, call.state.zone.next_midnight(start)))
        });
        let product = field("product")?.map(|text| {
            let number = text.trim().parse::<i64>().ok();
            let product = number.and_then(|number| ProductId::try_from(number).ok());
            product.ok_or_else(|| {
                Problem::value("product", "상품 번호가 아닙니다", "not a product's number")
            })
        });
        let behind = field("behind")?.map(|text| {
            let mark = text.split_once('-').and_then(|(at, order)| {
                let order = OrderId::try_from(order.parse::<i64>().ok()?).ok()?;
                Some(OrderMark { ordered_at: UnixMillis(at.parse().ok()?), order })
            });
            mark.ok_or_else(|| {
                Problem::value("behind", "다음 쪽의 표시가 아닙니다", "no mark of a page")
            })
        });
        Ok(Self {
            state: state.transpose()?,
            day: day.transpose()?,
            product: product.transpose()?,
            behind: behind.transpose()?,
        })
    }

    fn is_empty(&self) -> bool {
        self.state.is_none() && self.day.is_none() && self.product.is_none()
    }

    /// The address of the list with this filter.
    fn address(&self, look: &Look) -> String {
        let mut address = format!("/console/orders{}", look.shop_query);
        let mut add = |name: &str, value: &str| {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&format!("{name}={}", query_value(value)));
        };
        if let Some(state) = self.state {
            add("state", state.name());
        }
        if let Some((day, ..)) = &self.day {
            add("day", day);
        }
        if let Some(product) = self.product {
            add("product", &product.to_string());
        }
        if let Some(OrderMark { ordered_at, order }) = &self.behind {
            add("behind", &format!("{}-{order}", ordered_at.0));
        }
        address
    }

    /// The address of the same orders as CSV.
    fn csv(&self, shop: &ShopProfile, look: &Look) -> String {
        let mut address = format!("/api/shops/{}/orders?format=csv&limit=500", shop.id);
        if let Some(state) = self.state {
            address.push_str(&format!("&progress={}", state.name()));
        }
        if let Some((_, from, to)) = &self.day {
            let stamp = |at| query_value(&look.say.stamp(at));
            address.push_str(&format!("&from={}&to={}", stamp(*from), stamp(*to)));
        }
        if let Some(product) = self.product {
            address.push_str(&format!("&productId={product}"));
        }
        address
    }

    fn search(&self, shop: &ShopProfile) -> ShopOrderSearch {
        ShopOrderSearch {
            shop: shop.id,
            states: self.state.into_iter().collect(),
            from: self.day.as_ref().map(|(_, from, _)| *from),
            to: self.day.as_ref().map(|(.., to)| *to),
            product: self.product,
            behind: self.behind,
            limit: PAGE,
        }
    }
}

/// A filter by state that can be chosen.
struct Chip {
    text: &'static str,
    address: String,
    is_chosen: bool,
    count: Option<String>,
}

/// An order in the list and on its page.
struct Row {
    id: i64,
    address: String,
    ordered: String,
    stamp: String,
    name: String,
    pieces: String,
    sum: String,
    state: PartState,
    state_text: &'static str,
    /// When it came to this state, and what is promised or was said.
    told: Vec<String>,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    quantity: String,
    price: String,
    total: String,
}

impl Row {
    fn new(tracked: &TrackedOrder, look: &Look) -> Self {
        let (words, say, order) = (Words(look.language), look.say, &tracked.order);
        let first = order.lines.first().map_or("", |line| line.name.as_ref());
        let name = match order.lines.len() {
            0 | 1 => first.to_owned(),
            lines => words.and_others(first, lines - 1),
        };
        let part = tracked.parts.first();
        let state = part.map_or(PartState::New, |part| part.state);
        let mut told = Vec::new();
        if let Some(part) = part {
            told.push(words.since(say.day_and_time(part.changed_at, look.now)));
            let is_open = state == PartState::Accepted;
            let expected = part.expected_at.filter(|_| is_open);
            told.extend(expected.map(|at| words.expected(say.day_and_time(at, look.now))));
            let said = part.rejection.as_ref().and_then(|rejection| rejection.text.as_deref());
            told.extend(said.map(|text| format!("“{text}”")));
        }
        let line = |line: &OrderLine| Line {
            name: line.name.to_string(),
            quantity: count(line.quantity.get()),
            price: say.money(line.unit_price, order.currency),
            total: say.money(line.total().unwrap_or(order.total), order.currency),
        };
        let pieces = order.lines.iter().map(|line| i64::from(line.quantity.get())).sum::<i64>();
        Self {
            id: order.id.get(),
            address: format!("/console/orders/{}{}", order.id, look.shop_query),
            ordered: say.day_and_time(order.ordered_at, look.now),
            stamp: say.stamp(order.ordered_at),
            name,
            pieces: count(pieces),
            sum: say.money(order.total, order.currency),
            state,
            state_text: state_text(state, words),
            told,
            lines: order.lines.iter().map(line).collect(),
        }
    }

    /// The kind and the icon of its tag.
    fn tag(&self) -> (&'static str, &'static str) {
        match self.state {
            PartState::New => ("hot", "clock"),
            PartState::Accepted => ("warn", "clock"),
            PartState::Ready => ("ok", "check"),
            PartState::Done => ("", "check"),
            PartState::Rejected | PartState::Cancelled => ("", "undo"),
        }
    }
}

fn state_text(state: PartState, words: Words) -> &'static str {
    match state {
        PartState::New => words.new_orders(),
        PartState::Accepted => words.accepted(),
        PartState::Ready => words.ready(),
        PartState::Done => words.done(),
        PartState::Rejected => words.rejected(),
        PartState::Cancelled => words.cancelled(),
    }
}

/// A page of the list.
struct List {
    chips: Vec<Chip>,
    filter: Filter,
    rows: Vec<Row>,
    next: Option<String>,
    first: String,
    csv: String,
    /// What names the shop to an admin, for the form.
    shop: Option<i64>,
}

impl List {
    fn day(&self) -> &str {
        self.filter.day.as_ref().map_or("", |(day, ..)| day)
    }

    fn product(&self) -> String {
        self.filter.product.map(|product| product.to_string()).unwrap_or_default()
    }

    fn state(&self) -> &'static str {
        self.filter.state.map_or("", PartState::name)
    }
}

#[derive(Template)]
#[template(path = "console/orders/list.html")]
struct ListPage<'a> {
    page: &'a Look,
    words: Words,
    shop: String,
    /// `None` for a seller who has no shop yet.
    list: Option<List>,
}

#[derive(Template)]
#[template(path = "console/orders/page.html")]
struct OrderPage<'a> {
    page: &'a Look,
    words: Words,
    shop: String,
    order: Row,
}

/// The list of a shop's orders.
pub(in crate::pages) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (look, shop) = open(call, Part::ShopOrders).await?;
    let name = shop.as_ref().map(|shop| shop.name.to_string()).unwrap_or_default();
    let list = match shop {
        Some(shop) => Some(found(call, &look, &shop).await?),
        None => None,
    };
    look.answer(call, &ListPage { words: Words(look.language), shop: name, list, page: &look })
}

async fn found(call: &Call, look: &Look, shop: &ShopProfile) -> Result<List, Problem> {
    let (filter, orders) = (Filter::read(call)?, call.state.mall.orders());
    let page = orders.shop_orders(&filter.search(shop)).await?;
    let counts = orders.part_counts(shop.id).await?;
    let words = Words(look.language);
    let unpaged = Filter { behind: None, ..filter.clone() };
    let chip = |state: Option<PartState>, number: Option<i64>| Chip {
        text: state.map_or(words.all(), |state| state_text(state, words)),
        address: Filter { state, ..unpaged.clone() }.address(look),
        is_chosen: filter.state == state,
        count: number.map(count),
    };
    let states = PartState::ALL.into_iter().zip(counts.0);
    let states = states.map(|(state, number)| chip(Some(state), Some(number)));
    let next = page.next.map(|mark| Filter { behind: Some(mark), ..filter.clone() }.address(look));
    Ok(List {
        chips: std::iter::once(chip(None, None)).chain(states).collect(),
        rows: page.orders.iter().map(|order| Row::new(order, look)).collect(),
        next,
        first: unpaged.address(look),
        csv: filter.csv(shop, look),
        shop: call.is_admin().then(|| shop.id.get()),
        filter,
    })
}

/// One order of a shop, with its own lines alone.
pub(in crate::pages) async fn show(call: &Call) -> Result<Answer, Problem> {
    let (look, shop) = open(call, Part::ShopOrders).await?;
    let shop = shop.ok_or(Code::OrderNotFound)?;
    let order: OrderId = call.path_id("orderId")?;
    let found = call.state.mall.orders().order(order).await?.ok_or(Code::OrderNotFound)?;
    let seen = found.seen_by(&[shop.id]).ok_or(Code::OrderNotFound)?;
    let (words, order) = (Words(look.language), Row::new(&seen, &look));
    look.answer(call, &OrderPage { words, shop: shop.name.to_string(), order, page: &look })
}
