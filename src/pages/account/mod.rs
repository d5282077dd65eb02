//! `/login`, `/signup`, `/logout`, `/me`, `/preferences`; passwords are in [`passwords`].
//!
//! Log-in and sign-up are those of the API, and so are their limits. The log-out needs no password: the form
//! carries the token of its session.

pub(super) mod passwords;
mod words;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, SET_COOKIE};
use askama::Template;
use hotdeal_actors::account::{Account, LogOut};

use self::words::Words;
use super::look::{LANGUAGE, Look, THEME, local_path, query_value};
use super::menu::Part;
use crate::http::account::sessions;
use crate::http::account::shapes::{LogIn, SignUp};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::cookie;
use crate::http::kit::problem::Problem;

/// A preference is kept for a year.
const PREFERENCE: &str = "Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly";

#[derive(Template)]
#[template(path = "account/login.html")]
struct LogInPage<'a> {
    page: &'a Look,
    words: Words,
    back: &'a str,
    email: &'a str,
    /// Why it was refused.
    refused: Option<String>,
    /// Whether the browser will keep the cookie.
    is_kept: bool,
}

#[derive(Template)]
#[template(path = "account/signup.html")]
struct SignUpPage<'a> {
    page: &'a Look,
    words: Words,
    back: &'a str,
    email: &'a str,
    name: &'a str,
    /// The field that was refused, and why.
    refused: Option<(String, String)>,
    is_kept: bool,
}

impl SignUpPage<'_> {
    fn fault_of(&self, field: &str) -> Option<&str> {
        let (named, why) = self.refused.as_ref()?;
        (named == field).then_some(why)
    }
}

#[derive(Template)]
#[template(path = "account/me.html")]
struct MePage<'a> {
    page: &'a Look,
    words: Words,
    account: &'a Account,
    since: String,
    /// Whether another password has just been set.
    is_changed: bool,
    /// Why it was not.
    refused: Option<String>,
}

/// The log-in page. Who is logged in is led on.
pub(super) async fn log_in_page(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Account);
    let back = call.query("return")?.unwrap_or_default();
    match look.visitor {
        Some(_) => Ok(Answer::see_other(local_path(&back).to_owned())),
        None => shown(call, &look, None, (local_path(&back), "")),
    }
}

fn shown(
    call: &Call,
    look: &Look,
    refused: Option<String>,
    (back, email): (&str, &str),
) -> Result<Answer, Problem> {
    let is_kept = cookie::is_kept(&call.state, &call.request);
    let page = LogInPage { page: look, words: Words(look.language), back, email, refused, is_kept };
    look.answer(call, &page)
}

/// Logs in, and leads back to where one came from.
pub(super) async fn log_in(call: &Call) -> Result<Answer, Problem> {
    let (look, form) = (Look::of(call, Part::Account), call.form());
    let (back, email) = (local_path(form.field("return")), form.field("email"));
    let ask = LogIn { email: email.to_owned(), password: form.field("password").to_owned() };
    match sessions::open_session(call, ask).await {
        Ok(opened) => {
            let set = cookie::of(&call.state, &opened.value);
            Ok(Answer::see_other(back.to_owned()).header(SET_COOKIE, set).unstored())
        }
        Err(problem) => {
            let words = Words(look.language);
            let why = match problem.code() {
                Code::PasswordMismatch => words.wrong().to_owned(),
                Code::TooManyAttempts => words.too_many(problem.retry_after_s().unwrap_or(60)),
                _ => return Err(problem),
            };
            let status = problem.code().status();
            // 401 would have the browser ask for a password of its own.
            let status = if status == StatusCode::UNAUTHORIZED { StatusCode::OK } else { status };
            Ok(shown(call, &look, Some(why), (back, email))?.with_status(status))
        }
    }
}

/// The sign-up page.
pub(super) async fn sign_up_page(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Account);
    let back = call.query("return")?.unwrap_or_default();
    signing_up(call, &look, None, [local_path(&back), "", ""])
}

fn signing_up(
    call: &Call,
    look: &Look,
    refused: Option<(String, String)>,
    [back, email, name]: [&str; 3],
) -> Result<Answer, Problem> {
    let (words, is_kept) = (Words(look.language), cookie::is_kept(&call.state, &call.request));
    let status = if refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let page = SignUpPage { page: look, words, back, email, name, refused, is_kept };
    Ok(look.answer(call, &page)?.with_status(status))
}

/// Opens an account and logs in with it.
pub(super) async fn sign_up(call: &Call) -> Result<Answer, Problem> {
    let (look, form) = (Look::of(call, Part::Account), call.form());
    let [back, email, name] = ["return", "email", "name"].map(|field| form.field(field));
    let (back, password) = (local_path(back), form.field("password"));
    let ask =
        SignUp { email: email.to_owned(), name: name.to_owned(), password: password.to_owned() };
    if let Err(problem) = sessions::open_account(call, ask).await {
        let words = Words(look.language);
        let refused = match (problem.code(), problem.member()) {
            (Code::DuplicateEmail, _) => ("email", words.email_taken()),
            (Code::InvalidValue, Some("email")) => ("email", words.email_wrong()),
            (Code::InvalidValue, Some("name")) => ("name", words.name_wrong()),
            (Code::InvalidValue, Some("password")) => ("password", words.password_weak()),
            _ => return Err(problem),
        };
        let refused = (refused.0.to_owned(), refused.1.to_owned());
        return signing_up(call, &look, Some(refused), [back, email, name]);
    }
    let ask = LogIn { email: email.to_owned(), password: password.to_owned() };
    let opened = sessions::open_session(call, ask).await?;
    let set = cookie::of(&call.state, &opened.value);
    Ok(Answer::see_other(back.to_owned()).header(SET_COOKIE, set).unstored())
}

/// One's own account.
pub(super) async fn me(call: &Call) -> Result<Answer, Problem> {
    own(call, None).await
}

/// One's own account, with why another password was refused.
async fn own(call: &Call, refused: Option<String>) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Account);
    let account = call.state.mall.accounts().me(call.user()?).await?.ok_or(Code::UserNotFound)?;
    let (words, since) = (Words(look.language), look.say.day(account.created_at));
    let is_changed = refused.is_none() && call.query("password")?.as_deref() == Some("changed");
    look.answer(call, &MePage { page: &look, words, account: &account, since, is_changed, refused })
}

/// Ends the session and empties the cookie.
pub(super) async fn log_out(call: &Call) -> Result<Answer, Problem> {
    let bearer = call.bearer()?;
    let void_until = call.void_until().max(bearer.expires_at);
    let log_out =
        LogOut { user: bearer.user, token: bearer.token, session: bearer.session, void_until };
    call.state.mall.accounts().log_out(log_out, call.key()).await?;
    Ok(Answer::see_other("/".to_owned()).header(SET_COOKIE, cookie::none()).unstored())
}

/// Keeps how one wants pages to be, and leads back.
pub(super) async fn prefer(call: &Call) -> Result<Answer, Problem> {
    let form = call.form();
    let mut answer = Answer::see_other(local_path(form.field("return")).to_owned());
    let language = Some(form.field("language")).filter(|tag| ["ko", "en"].contains(tag));
    if let Some(tag) = language {
        answer = answer.header(SET_COOKIE, preference(LANGUAGE, tag));
    }
    match form.field("theme") {
        theme @ ("light" | "dark") => answer = answer.header(SET_COOKIE, preference(THEME, theme)),
        "browser" => answer = answer.header(SET_COOKIE, preference(THEME, "")),
        _ => {}
    }
    Ok(answer)
}

fn preference(name: &str, value: &str) -> HeaderValue {
    let cookie = format!("{name}={value}; {PREFERENCE}");
    HeaderValue::try_from(cookie).expect("plain letters")
}

/// The address of the sign-up or log-in page from which one returns.
fn with_return(path: &str, back: &str) -> String {
    format!("{path}?return={}", query_value(back))
}
