//! Events as an admin sees them.

use hotdeal_actors::coupon::EventEntry;
use hotdeal_domain::UnixMillis;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::BatchAnswer;
use crate::clock::Zone;
use crate::http::deal::shapes::DealAnswer;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;

/// The longest and the default page, in events. The sales of each deal in it are summed.
const PAGE_MAX: i64 = 100;
const PAGE: i64 = 20;

/// An event with what it came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventAnswer {
    event_id: i64,
    /// Its deal, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    deal: Option<DealSummary>,
    /// Its coupons, where it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    coupons: Option<CouponsSummary>,
}

/// A deal with what has gone at its price.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DealSummary {
    #[serde(flatten)]
    deal: DealAnswer,
    /// Pieces in orders that stand.
    sold: i64,
    /// Lines of orders that stand.
    sold_lines: i64,
}

/// Coupons with how many are out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CouponsSummary {
    #[serde(flatten)]
    batch: BatchAnswer,
    /// Coupons issued.
    issued: u32,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventsAnswer {
    items: Vec<EventAnswer>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

impl EventAnswer {
    fn new(entry: &EventEntry, now: UnixMillis, zone: Zone) -> Self {
        Self {
            event_id: entry.event.get(),
            deal: entry.deal.as_ref().map(|deal| DealSummary {
                deal: DealAnswer::new(deal, now, zone),
                sold: entry.sales.pieces,
                sold_lines: entry.sales.lines,
            }),
            coupons: entry.coupons.as_ref().map(|coupons| CouponsSummary {
                batch: BatchAnswer::new(&coupons.batch, zone),
                issued: coupons.issued,
            }),
        }
    }
}

/// How the list is paged.
pub(crate) const PAGES: Paging = Paging::falling("events in a page", PAGE_MAX, PAGE);

/// Events, the newest first, a page at a time.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let found = call.state.mall.coupons().events(asked.from, asked.look_for()).await?;
    let page = asked.page(found, |entry| entry.event.to_string());
    let (entries, zone) = (page.items.iter(), call.state.zone);
    let items = entries.map(|entry| EventAnswer::new(entry, call.now, zone)).collect();
    Ok(Answer::ok(&EventsAnswer { items, next_cursor: page.next }))
}
