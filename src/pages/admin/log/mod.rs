//! `/admin/log`: what the log of this process lets through.

use actix_web::http::StatusCode;
use askama::Template;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::operations::log;
use crate::pages::look::Look;
use crate::pages::menu::Part;
use crate::pages::words::words;

words! {
    /// What the page of the log says.
    Words {
        title: "로그" / "Log";
        about: "이 프로세스가 무엇을 로그에 남기는지 정합니다. 다시 시작하면 설정의 값으로 돌아갑니다." / "What this process writes to its log. A restart brings back what the settings say.";
        filter: "거르는 말" / "Filter";
        how: "info 또는 info,hotdeal=debug처럼 적습니다." / "As info, or info,hotdeal=debug.";
        wrong: "읽을 수 없습니다. info 또는 info,hotdeal=debug처럼 적어 주세요. 바꾸지 않았습니다." / "That cannot be read: write it as info, or info,hotdeal=debug. Nothing was changed.";
        configured(filter): "설정의 값: {filter}" / "In the settings: {filter}";
        set: "바꾸기" / "Change";
        changed: "바꿨습니다. 누가 바꿨는지도 로그에 남았습니다." / "Changed. The log has who did it.";
    }
}

#[derive(Template)]
#[template(path = "admin/log/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    filter: String,
    configured: String,
    is_changed: bool,
    is_refused: bool,
}

/// The page of the log.
pub(in crate::pages) async fn show(call: &Call) -> Result<Answer, Problem> {
    shown(call, None)
}

fn shown(call: &Call, refused: Option<String>) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Log);
    let view = call.state.log.view();
    let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = Page {
        words: Words(look.language),
        is_refused: refused.is_some(),
        is_changed: refused.is_none() && call.request.query_string() == "changed",
        filter: refused.unwrap_or(view.filter),
        configured: view.configured,
        page: &look,
    };
    Ok(look.answer(call, &page)?.with_status(status))
}

/// Changes it.
pub(in crate::pages) async fn set(call: &Call) -> Result<Answer, Problem> {
    let filter = call.form().field("filter");
    match log::change(call, filter) {
        Ok(_) => Ok(Answer::see_other("/admin/log?changed".to_owned())),
        Err(problem) if problem.code() == Code::InvalidValue => {
            shown(call, Some(filter.to_owned()))
        }
        Err(problem) => Err(problem),
    }
}
