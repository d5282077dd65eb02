//! What streams were at earlier times.

use hotdeal_actors::history::{Moment, Past, PastState, Point};
use hotdeal_domain::coupon::COUPONS_MAX;
use hotdeal_domain::deal::DealState;
use hotdeal_domain::{ID_MAX, ProductId, ShopId, StreamId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::{Stamp, Zone};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

pub(crate) const PRODUCT: Parameter =
    q("product", false, "only the stock of this product; of all of the shop's where absent").id();
pub(crate) const AT: Parameter =
    q("at", false, "as of this time; read in the server's zone where it has no offset").time();
pub(crate) const SEQUENCE: Parameter =
    q("sequence", false, "as of the fact with this number; counts where `at` is sent, too")
        .whole(1, ID_MAX);

/// A fact's place in its stream.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordedAnswer {
    /// The number of the fact, from 1.
    sequence: i64,
    recorded_at: Stamp,
}

/// A stream as it was.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PastAnswer {
    /// `shop:7`, `event:42`, `deal:3`.
    stream: String,
    /// Its first fact.
    first: RecordedAnswer,
    /// Its last fact so far.
    last: RecordedAnswer,
    /// The last fact that counts here.
    at: RecordedAnswer,
    /// The stock, where it is a shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stock: Option<PastStockAnswer>,
    /// Coupons issued, where it is an event with coupons.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, maximum = 10_000_000)]
    issued: Option<u32>,
    /// Whether the deal held within its window, where it is a deal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = super::words::PastDealState)]
    deal: Option<&'static str>,
}

/// Stock as it was. What is held for an order that is being made is no fact, so it is not told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PastStockAnswer {
    /// Pieces on hand, those sold among them.
    on_hand: i64,
    /// Pieces sold.
    sold: i64,
    /// Pieces that could be sold.
    available: i64,
}

/// How the stock of a shop, or of one of its products, came to be what it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StockSeriesAnswer {
    /// At most 241 points, the earliest first.
    points: Vec<PointAnswer>,
}

/// A point of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PointAnswer {
    #[serde(flatten)]
    recorded: RecordedAnswer,
    #[serde(flatten)]
    stock: PastStockAnswer,
}

/// The word for what had become of a deal.
pub(super) const fn deal_word(state: DealState) -> &'static str {
    match state {
        DealState::Open => "OPEN",
        DealState::Paused => "PAUSED",
        DealState::Cancelled => "CANCELLED",
    }
}

impl PastAnswer {
    fn new(past: &Past, zone: Zone) -> Self {
        let recorded = |at: &hotdeal_actors::history::Recorded| RecordedAnswer {
            sequence: at.sequence,
            recorded_at: zone.stamp(at.at),
        };
        let (mut stock, mut issued, mut deal) = (None, None, None);
        match past.state {
            PastState::Stock(past) => stock = Some(PastStockAnswer::new(past)),
            PastState::Coupons { issued: coupons } => issued = Some(coupons.min(COUPONS_MAX)),
            PastState::Deal(state) => deal = Some(deal_word(state)),
        }
        Self {
            stream: past.stream.to_string(),
            first: recorded(&past.first),
            last: recorded(&past.last),
            at: recorded(&past.at),
            stock,
            issued,
            deal,
        }
    }
}

impl PastStockAnswer {
    fn new(stock: hotdeal_actors::history::PastStock) -> Self {
        let hotdeal_actors::history::PastStock { on_hand, sold } = stock;
        Self { on_hand, sold, available: on_hand - sold }
    }
}

/// A stream as it was at a fact or a time.
pub(crate) async fn at(call: &Call) -> Result<Answer, Problem> {
    let stream = stream(call)?;
    let product: Option<ProductId> = call.query_id(&PRODUCT)?;
    let time = call.time(&AT)?.map(Moment::Time);
    let sequence = call.query(SEQUENCE.name)?.map(|_| call.number(&SEQUENCE)).transpose()?;
    let moment = match (sequence, time) {
        (Some(sequence), _) => Moment::Sequence(sequence),
        (None, Some(time)) => time,
        (None, None) => Moment::Last,
    };
    let past = call.state.mall.history().at(stream, product, moment).await?;
    Ok(Answer::ok(&PastAnswer::new(&past.ok_or(Code::HistoryNotFound)?, call.state.zone)))
}

/// How the stock of a shop came to be what it is.
pub(crate) async fn stock_series(call: &Call) -> Result<Answer, Problem> {
    let shop: ShopId = call.path_id("shopId")?;
    let product: Option<ProductId> = call.query_id(&PRODUCT)?;
    let points = call.state.mall.history().stock_series(shop, product).await?;
    if points.is_empty() {
        return Err(Code::HistoryNotFound.into());
    }
    let zone = call.state.zone;
    let point = |point: &Point| PointAnswer {
        recorded: RecordedAnswer {
            sequence: point.recorded.sequence,
            recorded_at: zone.stamp(point.recorded.at),
        },
        stock: PastStockAnswer::new(point.stock),
    };
    Ok(Answer::ok(&StockSeriesAnswer { points: points.iter().map(point).collect() }))
}

/// The streams that can be looked back at.
fn stream(call: &Call) -> Result<StreamId, Problem> {
    let named: Result<StreamId, _> = format!("{}:{}", call.path("kind"), call.path("id")).parse();
    match named {
        Ok(stream @ (StreamId::Shop(_) | StreamId::Event(_) | StreamId::Deal(_))) => Ok(stream),
        Ok(_) | Err(_) => Err(Code::HistoryNotFound.into()),
    }
}
