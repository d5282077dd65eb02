//! `/notices`: what one was told of deals, the newest first.

use askama::Template;
use hotdeal_actors::notice::{
    NewsKind, NoticeBatchId, NoticeSearch, NoticeView, NoticesRead, ReadNotices,
};

use super::look::Look;
use super::menu::Part;
use super::words::words;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::problem::Problem;

/// Notices on the page: what a person reads.
const PAGE: u64 = 50;

words! {
    /// What the page of notices says.
    Words {
        title: "알림" / "Notices";
        opened: "딜이 열렸습니다" / "A deal has opened";
        paused: "딜이 잠시 멈췄습니다" / "A deal is paused";
        resumed: "딜이 다시 열렸습니다" / "A deal goes on";
        cancelled: "딜이 취소되었습니다" / "A deal was cancelled";
        unread: "새 알림" / "New";
        read_all: "모두 읽음으로" / "Mark all as read";
        none: "아직 알림이 없습니다" / "No notices yet";
        none_more: "상품에서 ‘알림 받기’를 누르면 딜이 열릴 때 여기에 뜹니다." / "Press ‘Notify me’ at a product, and you read here when a deal opens.";
    }
}

struct Row {
    what: &'static str,
    product: i64,
    name: String,
    price: String,
    at: String,
    at_stamp: String,
    is_new: bool,
}

#[derive(Template)]
#[template(path = "notices/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    rows: Vec<Row>,
    /// The latest that the page shows: what is marked as read.
    through: Option<String>,
}

/// The page of notices.
pub(super) async fn show(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Notices);
    let search = NoticeSearch { user: call.user()?, before: None, unread: false, limit: PAGE };
    let found = call.state.mall.notices().search(&search).await?;
    let words = Words(look.language);
    let row = |notice: &NoticeView| Row {
        what: match notice.kind {
            NewsKind::Opened => words.opened(),
            NewsKind::Paused => words.paused(),
            NewsKind::Resumed => words.resumed(),
            NewsKind::Cancelled => words.cancelled(),
        },
        product: notice.line.product.get(),
        name: notice.line.name.to_string(),
        price: look.say.money(notice.line.price, notice.line.currency),
        at: look.say.day_and_time(notice.at, look.now),
        at_stamp: look.say.stamp(notice.at),
        is_new: notice.read_at.is_none(),
    };
    let rows: Vec<Row> = found.iter().map(row).collect();
    let is_any_new = rows.iter().any(|row| row.is_new);
    let newest = found.first().filter(|_| is_any_new);
    let through = newest.map(|notice| NoticeBatchId(notice.id.sequence).to_string());
    look.answer(call, &Page { page: &look, words, rows, through })
}

/// Marks what the page has shown as read, and leads back.
pub(super) async fn read(call: &Call) -> Result<Answer, Problem> {
    let through = call.form().field("through").parse::<NoticeBatchId>();
    let NoticeBatchId(sequence) = through
        .map_err(|_| Problem::value("through", "알림 번호가 아닙니다", "no id of a notice"))?;
    let which = NoticesRead::UpTo(sequence);
    call.state
        .mall
        .notices()
        .read_notices(ReadNotices { user: call.user()?, which }, call.key())
        .await?;
    Ok(Answer::see_other("/notices".to_owned()))
}
