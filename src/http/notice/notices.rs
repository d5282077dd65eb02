//! Notices of deals: one's own, and how far the telling has come.

use std::collections::HashSet;

use hotdeal_actors::notice::{
    NewsView, NoticeBatchId, NoticeId, NoticeSearch, NoticeView, NoticesPace, NoticesRead,
    ReadNotices,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::NewsKindName;
use crate::clock::{Stamp, Zone};
use crate::http::deal::shapes::DealTermsAnswer;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::money::Money;
use crate::http::kit::openapi::words::CurrencyCode;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// The longest and the default page, in notices.
const PAGE_MAX: i64 = 500;
const PAGE: i64 = 50;
/// Notices named in one call at most.
const IDS_MAX: usize = 1_000;

/// A product of a deal that somebody was told of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoticeAnswer {
    /// `{sequence}-{productId}`.
    notification_id: String,
    /// `OPENED`, `PAUSED`, `RESUMED` or `CANCELLED`.
    #[schema(value_type = NewsKindName)]
    kind: &'static str,
    #[serde(flatten)]
    terms: DealTermsAnswer,
    product_id: i64,
    /// Name and prices are those of when it was told.
    product_name: String,
    original_price: Money,
    /// What one piece costs by the deal.
    discount_price: Money,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    created_at: Stamp,
    /// When it was read; `null` when it was not.
    #[schema(required)]
    read_at: Option<Stamp>,
}

impl NoticeAnswer {
    fn new(view: &NoticeView, zone: Zone) -> Self {
        let NoticeView { id, kind, deal, line, at, read_at } = view;
        Self {
            notification_id: id.to_string(),
            kind: kind.name(),
            terms: DealTermsAnswer::new(deal, zone),
            product_id: line.product.get(),
            product_name: line.name.as_ref().to_owned(),
            original_price: Money(line.list_price, line.currency),
            discount_price: Money(line.price, line.currency),
            currency: line.currency.code(),
            created_at: zone.stamp(*at),
            read_at: read_at.map(|at| zone.stamp(at)),
        }
    }
}

/// A page of notices.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NoticesAnswer {
    /// The newest first.
    items: Vec<NoticeAnswer>,
    /// How many were not read, of all.
    unread: u64,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

/// Notices to be marked as read: either of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadAsk {
    /// 1 to 1,000 of one's own, as `120-7`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 1_000)]
    ids: Option<Vec<String>>,
    /// All up to and with this sequence, as `notices:120`.
    #[serde(default)]
    #[schema(max_length = 64, pattern = "^notices:[0-9]+$")]
    up_to: Option<String>,
}

/// What was marked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadAnswer {
    /// How many had not been read before.
    read: u32,
}

/// News of a deal that is being told.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewsAnswer {
    event_id: i64,
    #[schema(value_type = NewsKindName)]
    kind: &'static str,
    /// When it came about.
    since: Stamp,
    /// The number of the last person told; 0 at the beginning.
    after_user_id: i64,
    /// People told so far.
    people: i64,
    /// Notices they got.
    notices: i64,
}

impl NewsAnswer {
    fn new(view: &NewsView, zone: Zone) -> Self {
        Self {
            event_id: view.deal.get(),
            kind: view.kind.name(),
            since: zone.stamp(view.since),
            after_user_id: view.after,
            people: view.people,
            notices: view.notices,
        }
    }
}

/// How the telling goes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TellingAnswer {
    as_of: Stamp,
    /// The last durable sequence of notices.
    durable_through: i64,
    /// The last one handed to the connections of this server: all is told when `items` is empty
    /// and this has reached `durableThrough`.
    told_through: i64,
    /// Notices told since this server started.
    notices_total: u64,
    /// People they were told to, each telling counted.
    people_total: u64,
    /// Notices a second, over the last ten.
    per_second: u64,
    /// What is still to be told, the oldest first; at most 100.
    items: Vec<NewsAnswer>,
}

/// How the list is paged.
pub(crate) const PAGES: Paging =
    Paging::named(64, "notices in a page", PAGE_MAX, PAGE).formerly("after");
/// Which ones.
pub(crate) const UNREAD: Parameter = q("unread", false, "only those not read").flag();

pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let (asked, unread) = (call.named_page(&PAGES)?, call.flag(&UNREAD)?);
    let before = asked.from.as_deref().map(|id| notice_id(asked.named, id)).transpose()?;
    let (mall, user) = (&call.state.mall, call.user()?);
    let search = NoticeSearch { user, before, unread, limit: asked.look_for() };
    let page = asked.page(mall.notices().search(&search).await?, |notice| notice.id.to_string());
    let items = page.items.iter().map(|view| NoticeAnswer::new(view, call.state.zone)).collect();
    let unread = mall.notices().unread(user).await?;
    Ok(Answer::ok(&NoticesAnswer { items, unread, next_cursor: page.next }))
}

/// Notices that were read before stay as they are.
pub(crate) async fn read(call: &Call) -> Result<Answer, Problem> {
    let ask: ReadAsk = call.json()?;
    let which = match (ask.ids, ask.up_to) {
        (Some(ids), None) => NoticesRead::Each(each_once(&ids)?),
        (None, Some(text)) => NoticesRead::UpTo(notice_batch_id(&text)?.0),
        (None, None) => return Err(Problem::missing("ids")),
        (Some(_), Some(_)) => {
            return Err(Problem::value(
                "upTo",
                "ids와 upTo 중 하나만 보낼 수 있습니다",
                "either ids or upTo",
            ));
        }
    };
    let read = ReadNotices { user: call.user()?, which };
    let done = call.state.mall.notices().read_notices(read, call.key()).await?;
    Ok(Answer::ok(&ReadAnswer { read: done.value }).replayed(done.replayed))
}

pub(crate) async fn telling(call: &Call) -> Result<Answer, Problem> {
    let (mall, zone) = (&call.state.mall, call.state.zone);
    // In this order: news that leaves the first list meanwhile is in the second number.
    let news = mall.notices().news_in_flight().await?;
    let durable_through = mall.notices().told_durably().await?;
    let NoticesPace { told_through, notices_total, people_total, per_second } =
        mall.notices().notices_pace();
    let items = news.iter().map(|view| NewsAnswer::new(view, zone)).collect();
    let as_of = zone.stamp(call.now);
    Ok(Answer::ok(&TellingAnswer {
        as_of,
        durable_through,
        told_through,
        notices_total,
        people_total,
        per_second,
        items,
    }))
}

fn each_once(ids: &[String]) -> Result<Vec<NoticeId>, Problem> {
    if !(1..=IDS_MAX).contains(&ids.len()) {
        let (ko, en) =
            (format!("1개 이상 {IDS_MAX}개 이하여야 합니다"), format!("1 to {IDS_MAX} ids"));
        return Err(Problem::value("ids", &ko, &en));
    }
    let mut seen = HashSet::with_capacity(ids.len());
    let mut each = Vec::with_capacity(ids.len());
    for (place, text) in ids.iter().enumerate() {
        let id = notice_id(&format!("ids[{place}]"), text)?;
        if seen.insert(id) {
            each.push(id);
        }
    }
    Ok(each)
}

fn notice_id(member: &str, text: &str) -> Result<NoticeId, Problem> {
    text.parse()
        .map_err(|_| Problem::value(member, "120-7 형식의 알림 번호여야 합니다", "an id as 120-7"))
}

fn notice_batch_id(text: &str) -> Result<NoticeBatchId, Problem> {
    text.parse().map_err(|_| {
        Problem::value("upTo", "notices:120 형식이어야 합니다", "a sequence as notices:120")
    })
}
