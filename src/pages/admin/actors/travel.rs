//! What a stream was at an earlier fact: a chart with a slider, and a step to the fact before and after.
//!
//! The moment stands in the address (`?sequence=`), so it works without a script and can be sent to somebody. The
//! chart is drawn by the fact's number, as the slider has it.

use hotdeal_actors::history::{Moment, Past, PastState, Point};
use hotdeal_domain::deal::DealState;
use hotdeal_domain::{ID_MAX, ProductId, ShopId, StreamId};

use super::Words;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;
use crate::pages::look::Look;
use crate::pages::say::count;

/// The chart's size in its own units.
const WIDTH: i64 = 1_000;
const HEIGHT: i64 = 200;

/// A line of the table behind the chart.
pub(super) struct Line {
    pub(super) sequence: String,
    pub(super) at: String,
    pub(super) stamp: String,
    pub(super) available: String,
    pub(super) on_hand: String,
    pub(super) sold: String,
}

/// The stock as it became what it is.
pub(super) struct Chart {
    /// Paths: what lies under the line up to the moment, the line up to it, and the line after it.
    pub(super) under: String,
    pub(super) past: String,
    pub(super) later: String,
    /// Where the moment is.
    pub(super) x: i64,
    pub(super) labels: [String; 3],
    pub(super) label: String,
    pub(super) lines: Vec<Line>,
}

/// A look back at a stream.
pub(super) struct Travel {
    pub(super) title: &'static str,
    pub(super) figure: String,
    pub(super) when: String,
    /// The first fact, the one that is shown, the last.
    pub(super) first: i64,
    pub(super) at: i64,
    pub(super) last: i64,
    pub(super) address: String,
    pub(super) product: String,
    pub(super) is_shop: bool,
    pub(super) chart: Option<Chart>,
}

impl Travel {
    /// The look back that a page of one actor shows; `None` where its stream is none that can be looked back at.
    pub(super) async fn of(
        call: &Call,
        look: &Look,
        words: Words,
    ) -> Result<Option<Self>, Problem> {
        let (kind, id) = (call.path("kind"), call.path("id"));
        let stream = match format!("{kind}:{id}").parse() {
            Ok(stream @ (StreamId::Shop(_) | StreamId::Event(_) | StreamId::Deal(_))) => stream,
            Ok(_) | Err(_) => return Ok(None),
        };
        let field = |name| Ok::<_, Problem>(call.query(name)?.filter(|text| !text.is_empty()));
        let product = field("product")?.map(|text| {
            let number = text.trim().parse::<i64>().ok();
            number
                .and_then(|number| ProductId::try_from(number).ok())
                .ok_or_else(|| Problem::out_of_range("product", 1, ID_MAX))
        });
        let product = product.transpose()?;
        let moment = match field("sequence")? {
            None => Moment::Last,
            Some(_) => Moment::Sequence(call.query_number("sequence", 1..=ID_MAX, None)?),
        };
        let history = call.state.mall.history();
        let Some(past) = history.at(stream, product, moment).await? else { return Ok(None) };
        let chart = match stream {
            StreamId::Shop(shop) => chart(call, look, words, (shop, product), &past).await?,
            _ => None,
        };
        let (title, figure) = told(&past, words);
        Ok(Some(Self {
            title,
            figure,
            when: words.at(count(past.at.sequence), look.say.second(past.at.at)),
            first: past.first.sequence,
            at: past.at.sequence,
            last: past.last.sequence,
            address: format!("/admin/actors/{kind}/{id}"),
            product: product.map(|product| product.to_string()).unwrap_or_default(),
            is_shop: matches!(stream, StreamId::Shop(_)),
            chart,
        }))
    }

    /// The address of another fact.
    pub(super) fn to(&self, sequence: i64) -> String {
        let product = match self.product.is_empty() {
            true => String::new(),
            false => format!("&product={}", self.product),
        };
        format!("{}?sequence={sequence}{product}", self.address)
    }

    /// The addresses of the fact before and of the one after, where there are any.
    pub(super) fn before(&self) -> Option<String> {
        (self.at > self.first).then(|| self.to(self.at - 1))
    }

    pub(super) fn after(&self) -> Option<String> {
        (self.at < self.last).then(|| self.to(self.at + 1))
    }
}

fn told(past: &Past, words: Words) -> (&'static str, String) {
    match past.state {
        PastState::Stock(stock) => {
            (words.travel(), words.pieces(count(stock.on_hand - stock.sold)))
        }
        PastState::Coupons { issued } => (words.travel_coupons(), words.coupons(count(issued))),
        PastState::Deal(state) => {
            let state = match state {
                DealState::Open => words.open_deal(),
                DealState::Paused => words.paused_deal(),
                DealState::Cancelled => words.cancelled_deal(),
            };
            (words.travel_deal(), state.to_owned())
        }
    }
}

async fn chart(
    call: &Call,
    look: &Look,
    words: Words,
    (shop, product): (ShopId, Option<ProductId>),
    past: &Past,
) -> Result<Option<Chart>, Problem> {
    let points = call.state.mall.history().stock_series(shop, product).await?;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(None) };
    let left = |point: &Point| point.stock.on_hand - point.stock.sold;
    let most = points.iter().map(left).max().unwrap_or(0).max(1);
    let x = |sequence: i64| {
        let whole = (past.last.sequence - past.first.sequence).max(1);
        ((sequence - past.first.sequence).clamp(0, whole) * WIDTH) / whole
    };
    let y = |pieces: i64| HEIGHT - pieces.max(0) * HEIGHT / most;
    let (mut until, mut since) = (String::new(), String::new());
    let (mut level, mut crossed) = (left(first), false);
    let at = past.at.sequence;
    for point in &points {
        let sequence = point.recorded.sequence;
        if sequence > at && !crossed {
            crossed = true;
            until.push_str(&format!("H{}", x(at)));
            since.push_str(&format!("M{} {}", x(at), y(level)));
        }
        let line = if crossed { &mut since } else { &mut until };
        match line.is_empty() {
            true => line.push_str(&format!("M{} {}", x(sequence), y(left(point)))),
            false => line.push_str(&format!("H{}V{}", x(sequence), y(left(point)))),
        }
        level = left(point);
    }
    let under = match until.is_empty() {
        true => String::new(),
        false => format!("{until}V{HEIGHT}H0z"),
    };
    let line = |point: &Point| Line {
        sequence: count(point.recorded.sequence),
        at: look.say.day_and_time(point.recorded.at, look.now),
        stamp: look.say.stamp(point.recorded.at),
        available: count(left(point)),
        on_hand: count(point.stock.on_hand),
        sold: count(point.stock.sold),
    };
    Ok(Some(Chart {
        under,
        past: until,
        later: since,
        x: x(at),
        labels: [count(most), count(most / 2), count(0)],
        label: words.chart(count(left(first)), count(left(last))),
        lines: points.iter().map(line).collect(),
    }))
}
