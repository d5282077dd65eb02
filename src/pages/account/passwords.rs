//! Passwords: the link of a first start, and another password of one's own.

use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use askama::Template;

use super::words::Words;
use crate::http::account::shapes::NewPasswordAsk;
use crate::http::account::{first_password, sessions};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::cookie;
use crate::http::kit::problem::Problem;
use crate::pages::look::Look;
use crate::pages::menu::Part;

#[derive(Template)]
#[template(path = "account/first_password.html")]
struct FirstPage<'a> {
    page: &'a Look,
    words: Words,
    /// What opens the link; `None` for one that is over.
    token: Option<&'a str>,
    /// Whose password it is.
    email: &'a str,
    refused: Option<&'static str>,
    is_kept: bool,
}

/// The page that a first start's link leads to.
pub(in crate::pages) async fn first(call: &Call) -> Result<Answer, Problem> {
    let token = call.query("token")?.unwrap_or_default();
    shown_first(call, &token, None)
}

/// Sets the first admin's password and logs in with it.
pub(in crate::pages) async fn set_first(call: &Call) -> Result<Answer, Problem> {
    let (token, password) = (call.form().field("token"), call.form().field("password"));
    match first_password::set(call, token, password).await {
        Ok(Some(log_in)) => {
            let opened = sessions::open_session(call, log_in).await?;
            let set = cookie::of(&call.state, &opened.value);
            Ok(Answer::see_other("/".to_owned()).header(SET_COOKIE, set).unstored())
        }
        Ok(None) => shown_first(call, "", None),
        Err(problem) if problem.code() == Code::InvalidValue => {
            let words = Words(Look::of(call, Part::Account).language);
            shown_first(call, token, Some(words.password_weak()))
        }
        Err(problem) => Err(problem),
    }
}

fn shown_first(call: &Call, token: &str, refused: Option<&'static str>) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Account);
    let holder = call.state.first_password.holder(token, std::time::Instant::now());
    let email = holder.as_ref().map(|holder| holder.email.as_str()).unwrap_or_default();
    let (token, status) = match (&holder, refused) {
        (None, _) => (None, StatusCode::GONE),
        (Some(_), Some(_)) => (Some(token), StatusCode::BAD_REQUEST),
        (Some(_), None) => (Some(token), StatusCode::OK),
    };
    let (words, is_kept) = (Words(look.language), cookie::is_kept(&call.state, &call.request));
    let page = FirstPage { page: &look, words, token, email, refused, is_kept };
    Ok(look.answer(call, &page)?.with_status(status).unstored())
}

/// Gives who is logged in another password. Every other session of theirs ends.
pub(in crate::pages) async fn change(call: &Call) -> Result<Answer, Problem> {
    let (now, new) = (call.form().field("password"), call.form().field("newPassword"));
    let ask = NewPasswordAsk { password: now.to_owned(), new_password: new.to_owned() };
    let words = Words(Look::of(call, Part::Account).language);
    let (status, why) = match sessions::set_password(call, ask).await {
        Ok(_) => return Ok(Answer::see_other("/me?password=changed".to_owned())),
        Err(problem) => match (problem.code(), problem.retry_after_s()) {
            (Code::PasswordRefused, _) => (StatusCode::BAD_REQUEST, words.old_wrong().to_owned()),
            (Code::InvalidValue, _) => (StatusCode::BAD_REQUEST, words.password_weak().to_owned()),
            (Code::TooManyAttempts, wait) => {
                (problem.code().status(), words.too_many(wait.unwrap_or(60)))
            }
            _ => return Err(problem),
        },
    };
    Ok(super::own(call, Some(why)).await?.with_status(status))
}
