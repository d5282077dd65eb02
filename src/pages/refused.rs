//! Refusals as people see them. Who has to log in is led to the log-in page, and from there back.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
    REFERER, VARY,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::Site;
use super::look::{self, Look};
use super::menu::Part;
use super::words::words;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::http::kit::route::{Route, Verb};
use crate::http::kit::state::State;

words! {
    /// What pages of refusals say.
    Words {
        not_found: "여기에는 아무것도 없습니다" / "There is nothing here";
        not_found_why: "주소를 잘못 적었거나, 상품이 판매를 마쳤습니다." / "The address may be mistyped, or the product is no longer sold.";
        not_yours: "볼 수 없는 화면입니다" / "You cannot see this page";
        too_old: "오래된 화면에서 온 요청이라 하지 않았습니다" / "This came from an old page, so nothing was done";
        too_old_why: "다시 열고 한 번 더 눌러 주세요." / "Open the page again and press once more.";
        busy: "사람이 몰려 잠시 받지 못했습니다" / "Too many people at once";
        busy_why(seconds): "아무 일도 일어나지 않았습니다. {seconds}초 뒤에 다시 열어 주세요." / "Nothing was done. Open the page again in {seconds} s.";
        unknown: "처리되었는지 확인하지 못했습니다" / "We do not know whether it was done";
        unknown_why: "다시 눌러도 두 번 되지 않습니다." / "Press again: it will not be done twice.";
        broken: "서버에 문제가 생겼습니다" / "Something went wrong on the server";
        broken_why: "기록되지 않은 일은 일어나지 않았습니다. 잠시 뒤 다시 열어 주세요." / "What was not written did not happen. Open the page again in a moment.";
        refused: "할 수 없습니다" / "This cannot be done";
        again: "다시 열기" / "Open again";
    }
}

#[derive(Template)]
#[template(path = "refused.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    title: &'static str,
    why: String,
    status: u16,
    code: &'static str,
    /// Where to try again.
    again: Option<&'a str>,
}

/// A refusal as a page.
pub(crate) fn refusal_page(
    state: &State,
    request: &HttpRequest,
    route: Option<&Route>,
    problem: Problem,
) -> HttpResponse {
    let look = Look::of_request(state, request, Part::None);
    let (code, status) = (problem.code(), problem.code().status());
    if status == StatusCode::UNAUTHORIZED && route.is_some_and(|route| route.page) {
        return to_log_in(request, &look, &problem);
    }
    let words = Words(look.language);
    let (title, why) = told(words, &look, &problem);
    let is_shown = route.is_some_and(|route| route.verb == Verb::Get);
    let page = Page {
        words,
        title,
        why,
        status: status.as_u16(),
        code: code.wire(),
        again: Some(look.path.as_str()).filter(|_| is_shown && code.is_retryable()),
        page: &look,
    };
    let html = look::written(&page);
    let mut response = problem.into_response(look.language, state.zone);
    dress(request, &look, &mut response);
    response.set_body(BoxBody::new(html))
}

/// The title and the sentence below it.
fn told(words: Words, look: &Look, problem: &Problem) -> (&'static str, String) {
    let sentence = problem.sentence(look.language).into_owned();
    match problem.code() {
        Code::NotFound | Code::MethodNotAllowed => {
            (words.not_found(), words.not_found_why().to_owned())
        }
        Code::OutcomeUnknown => (words.unknown(), words.unknown_why().to_owned()),
        Code::CsrfMismatch | Code::ForeignOrigin => {
            (words.too_old(), words.too_old_why().to_owned())
        }
        code if code.status() == StatusCode::NOT_FOUND => (words.not_found(), sentence),
        code if code.status() == StatusCode::FORBIDDEN => (words.not_yours(), sentence),
        code if code.is_retryable() => {
            (words.busy(), words.busy_why(problem.retry_after_s().unwrap_or(1)))
        }
        code if code.status().is_server_error() => (words.broken(), words.broken_why().to_owned()),
        _ => (words.refused(), sentence),
    }
}

/// A problem's response has the headers of its status. Those of a page take the place of some.
fn dress(request: &HttpRequest, look: &Look, response: &mut HttpResponse) {
    let headers = response.headers_mut();
    headers.remove(VARY);
    for (name, value) in &look::HEADERS {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(site) = request.app_data::<Data<Site>>() {
        headers.insert(CONTENT_SECURITY_POLICY, site.policy.clone());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(look::PAGE_MEDIA));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(look.language.tag()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// To the log-in page, and from there back: to the page, or, where a form was sent, to the page it stood on.
fn to_log_in(request: &HttpRequest, look: &Look, problem: &Problem) -> HttpResponse {
    let back = match request.method().as_str() {
        "GET" | "HEAD" => look.path.clone(),
        _ => own_referer(request).unwrap_or_else(|| "/".to_owned()),
    };
    let to = format!("/login?return={}", look::query_value(&back));
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, to)).insert_header((CACHE_CONTROL, "no-store"));
    if problem.is_closing() {
        response.force_close();
    }
    response.finish()
}

/// The path of the page that a form stood on.
fn own_referer(request: &HttpRequest) -> Option<String> {
    let referer = request.headers().get(REFERER)?.to_str().ok()?;
    let (_, rest) = referer.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    Some(look::local_path(path).to_owned())
}
