//! Accounts: sign up, log in, who am I.

use actix_web::http::StatusCode;
use hotdeal_actors::api::{OpenAccount, Role};

use super::answer::Answer;
use super::asks::{self, LogIn, SignUp};
use super::call::Call;
use super::code::{Code, Language};
use super::problem::Problem;
use super::shapes::{AccountAnswer, LogInAnswer, LoggedIn, SignUpAnswer, SignedUp};
use crate::auth;

/// Characters of a person's name at most.
const NAME_MAX: usize = 100;

pub(crate) async fn sign_up(call: &Call) -> Result<Answer, Problem> {
    let ask: SignUp = call.json()?;
    let email = auth::email_address(&ask.email).ok_or_else(|| {
        Problem::value("email", "올바른 이메일 주소가 아닙니다", "not an e-mail address")
    })?;
    let name = asks::text("name", &ask.name, 1, NAME_MAX)?;
    if !auth::is_acceptable_password(&ask.password) {
        return Err(Problem::value(
            "password",
            "8바이트 이상 1024바이트 이하여야 합니다",
            "8 to 1024 bytes",
        ));
    }
    let password_phc = call.state.passwords.hash(ask.password).await?;
    let open = OpenAccount { email, name, password_phc, role: Role::User };
    let opened = call.state.mall.open_account(open, call.key()).await?;
    let (account, language) = (opened.value, call.language);
    let told = SignUpAnswer {
        data: SignedUp { auth_id: account.user.get(), email: account.email, name: account.name },
        message: said(language, "회원가입이 완료되었습니다", "welcome"),
    };
    Ok(Answer::json(StatusCode::CREATED, &told).replayed(opened.replayed))
}

/// An unknown address and a wrong password cost the same work and get the same answer.
pub(crate) async fn log_in(call: &Call) -> Result<Answer, Problem> {
    let ask: LogIn = call.json()?;
    let known = match auth::email_address(&ask.email) {
        Some(email) => call.state.mall.credentials(&email).await?,
        None => None,
    };
    let phc = known.as_ref().map(|credentials| credentials.password_phc.clone());
    let matches = call.state.passwords.check(ask.password, phc).await?;
    let account = match known {
        Some(credentials) if matches => credentials.account,
        Some(_) | None => return Err(Code::PasswordMismatch.into()),
    };
    let tokens = &call.state.tokens;
    let told = LogInAnswer {
        data: LoggedIn {
            access_token: tokens.mint_access(account.user, account.role, call.now),
            refresh_token: tokens.mint_refresh(account.user, account.role, call.now),
        },
        message: said(call.language, "로그인되었습니다", "logged in"),
    };
    Ok(Answer::ok(&told))
}

pub(crate) async fn me(call: &Call) -> Result<Answer, Problem> {
    let account = call.state.mall.account(call.user()?).await?.ok_or(Code::UserNotFound)?;
    Ok(Answer::ok(&AccountAnswer::new(account, call.state.zone)))
}

fn said(language: Language, ko: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Ko => ko,
        Language::En => en,
    }
}
