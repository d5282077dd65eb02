//! Accounts: sign up, log in and out, who am I.
//!
//! Logging out and withdrawing make their own token void. So their repeat is let in by signature and key, and
//! finds the answer to that call, or nothing.

use actix_web::http::StatusCode;
use hotdeal_actors::Answered;
use hotdeal_actors::RequestError;
use hotdeal_actors::account::AccountError;
use hotdeal_actors::account::{
    Account, ChangePassword, Credentials, LogOut, LoggedIn, OpenAccount, OpenSession, RenewSession,
    RenewedHash, Role,
};
use hotdeal_domain::account::SessionId;

use super::refusals;
use super::shapes::{
    self, AccountAnswer, LogIn, LogInAnswer, NewPasswordAsk, PasswordAsk, ReissueAsk, SignUp,
    SignUpAnswer, SignedUp,
};
use super::users::Said;
use crate::auth::{self, NAME_MAX};
use crate::clock::steady_ms;
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::member;
use crate::http::kit::problem::Problem;

/// A taken address and a free one cost the same work: the password is hashed before the address is
/// looked up.
pub(crate) async fn sign_up(call: &Call) -> Result<Answer, Problem> {
    let opened = open_account(call, call.json()?).await?;
    let (account, said) =
        (opened.value, Said::new(call.language(), "회원가입이 완료되었습니다", "welcome"));
    let told = SignUpAnswer {
        data: SignedUp { auth_id: account.user.get(), email: account.email, name: account.name },
        message: said.message,
    };
    let answer = Answer::json(StatusCode::CREATED, &told).spoken(call.language());
    Ok(answer.replayed(opened.replayed))
}

/// Whether a new password is one that can be set.
pub(super) fn new_password(
    call: &Call,
    member: &'static str,
    password: &str,
) -> Result<(), Problem> {
    auth::check_password(password, call.state.common_passwords)
        .map_err(|fault| refusals::password(member, fault))
}

/// Opens an account, as [`sign_up`] does.
///
/// # Errors
/// A problem that names the member.
pub(crate) async fn open_account(call: &Call, ask: SignUp) -> Result<Answered<Account>, Problem> {
    let email = auth::email_address(&ask.email).ok_or_else(|| {
        Problem::value("email", "올바른 이메일 주소가 아닙니다", "not an e-mail address")
    })?;
    let name = member::name("name", &ask.name, 1, NAME_MAX)?;
    new_password(call, "password", &ask.password)?;
    let password_phc = call.state.passwords.hash(ask.password, call.address()).await?;
    let open = OpenAccount { email, name, password_phc, role: Role::User };
    Ok(call.state.mall.accounts().open_account(open, call.key()).await?)
}

/// Hands out the tokens of a new session.
pub(crate) async fn log_in(call: &Call) -> Result<Answer, Problem> {
    let opened = open_session(call, call.json()?).await?;
    Ok(tokens(call, &opened, Said::new(call.language(), "로그인되었습니다", "logged in")))
}

/// Opens a session. An unknown address and a wrong password cost the same work and get the same answer.
///
/// # Errors
/// [`Code::PasswordMismatch`] for either, [`Code::TooManyAttempts`].
pub(crate) async fn open_session(call: &Call, ask: LogIn) -> Result<Answered<LoggedIn>, Problem> {
    let email = auth::email_address(&ask.email);
    let known = match &email {
        Some(email) => credentials(call, email, &ask.email).await?,
        None => None,
    };
    // All texts that are not addresses share one allowance, because none can be right.
    let named = email.as_deref().unwrap_or_default();
    let hash = known.as_ref().map(|known| known.password_phc.clone()).unwrap_or_default();
    let proven = proven(call, named, known, ask.password.clone()).await?;
    let Credentials { account, password, .. } = proven.ok_or(Code::PasswordMismatch)?;
    let renewed = call.state.passwords.renewed(&hash, ask.password, call.address()).await;
    let open = OpenSession {
        user: account.user,
        password,
        renewed: renewed.map(|to| RenewedHash { from: hash, to }),
        lasts_ms: call.state.session_ms,
        void_until: call.void_until(),
    };
    let opened = call.state.mall.accounts().open_session(open, call.key()).await;
    opened.map_err(|error| match error {
        // Withdrawn since the password was checked.
        AccountError::NoSuchUser => Code::PasswordMismatch.into(),
        other => Problem::from(other),
    })
}

/// The account of this address. Older accounts keep the address as it was typed, in lower case, so
/// that spelling is tried first.
async fn credentials(
    call: &Call,
    email: &str,
    typed: &str,
) -> Result<Option<Credentials>, Problem> {
    let before = typed.trim().to_lowercase();
    if before != email
        && let Some(known) = call.state.mall.accounts().credentials(&before).await?
    {
        return Ok(Some(known));
    }
    Ok(call.state.mall.accounts().credentials(email).await?)
}

/// The account with what it was checked against, if the password is right; `None` if it is not.
async fn proven(
    call: &Call,
    email: &str,
    known: Option<Credentials>,
    password: String,
) -> Result<Option<Credentials>, Problem> {
    let attempt = call.state.attempts.charge(email, call.address(), steady_ms())?;
    let phc = known.as_ref().map(|credentials| credentials.password_phc.clone());
    let matches = call.state.passwords.check(password, phc, call.address()).await?;
    if matches {
        attempt.was_right();
    } else {
        attempt.was_wrong();
    }
    Ok(known.filter(|_| matches))
}

/// Uses up a refresh token. The token before the latest gets the same answer again for a moment,
/// because an answer can be lost. An older token ends its session.
pub(crate) async fn reissue(call: &Call) -> Result<Answer, Problem> {
    let ask: ReissueAsk = call.json()?;
    let refresh = call.state.tokens.verify_refresh(ask.refresh_token.trim(), call.now)?;
    let renew = RenewSession {
        user: refresh.user,
        session: refresh.session,
        generation: refresh.generation,
        void_until: call.void_until(),
    };
    let renewed = call.state.mall.accounts().renew_session(renew, call.key()).await?;
    let said = Said::new(call.language(), "토큰이 재발급되었습니다", "here are new tokens");
    Ok(tokens(call, &renewed, said))
}

/// Only the session is kept under an idempotency key; the tokens are made from it again.
fn tokens(call: &Call, who: &Answered<LoggedIn>, said: Said) -> Answer {
    let (access_token, refresh_token) = call.state.tokens.mint_pair(&who.value);
    let data = shapes::LoggedIn { access_token, refresh_token };
    let said = LogInAnswer { data, message: said.message };
    Answer::ok(&said).spoken(call.language()).replayed(who.replayed).unstored()
}

/// The access token and its session are void when this answers, and open connections end.
pub(crate) async fn log_out(call: &Call) -> Result<Answer, Problem> {
    let bearer = call.bearer()?;
    let said = Said::new(call.language(), "로그아웃되었습니다", "logged out");
    if call.comes_after_its_end() {
        return done_before(call, &said).await;
    }
    let ask: PasswordAsk = call.json()?;
    own_password(call, ask.password).await?;
    let void_until = call.void_until().max(bearer.expires_at);
    let log_out =
        LogOut { user: bearer.user, token: bearer.token, session: bearer.session, void_until };
    let done = call.state.mall.accounts().log_out(log_out, call.key()).await?;
    Ok(said.answer(call.language()).replayed(done.replayed))
}

/// Every token of the account is void when this answers; its orders stand.
pub(crate) async fn withdraw(call: &Call) -> Result<Answer, Problem> {
    let bearer = call.bearer()?;
    let said = Said::new(call.language(), "회원 탈퇴가 완료되었습니다", "withdrawn");
    if call.comes_after_its_end() {
        return done_before(call, &said).await;
    }
    let ask: PasswordAsk = call.json()?;
    own_password(call, ask.password).await?;
    let void_until = call.void_until().max(bearer.expires_at);
    let done = call.state.mall.accounts().withdraw(bearer.user, void_until, call.key()).await;
    let done = done.map_err(|error| match error {
        // Withdrawn meanwhile, which made the token void.
        AccountError::NoSuchUser => Code::TokenMismatch.into(),
        other => Problem::from(other),
    })?;
    Ok(said.answer(call.language()).replayed(done.replayed))
}

/// Every other session has ended when this answers. The token of the call and its session go on.
pub(crate) async fn change_password(call: &Call) -> Result<Answer, Problem> {
    let replayed = set_password(call, call.json()?).await?;
    let said =
        Said::new(call.language(), "비밀번호가 변경되었습니다", "the password has been changed");
    Ok(said.answer(call.language()).replayed(replayed))
}

/// Sets the caller's password, as [`change_password`] does. Whether it was done before under the same key.
///
/// # Errors
/// A problem that names the member; [`Code::PasswordRefused`], [`Code::TooManyAttempts`].
pub(crate) async fn set_password(call: &Call, ask: NewPasswordAsk) -> Result<bool, Problem> {
    new_password(call, "newPassword", &ask.new_password)?;
    if is_repeat(call).await? {
        return Ok(true);
    }
    let known = own_password(call, ask.password).await?;
    let bearer = call.bearer()?;
    Ok(changed(call, known, ask.new_password, bearer.session).await?.replayed)
}

/// Gives the account that `known` tells of another password. The session that is named goes on.
pub(super) async fn changed(
    call: &Call,
    known: Credentials,
    new: String,
    session: Option<SessionId>,
) -> Result<Answered<()>, Problem> {
    let password_phc = call.state.passwords.hash(new, call.address()).await?;
    let change = ChangePassword {
        user: known.account.user,
        password: known.password,
        password_phc,
        session,
        void_until: call.void_until(),
    };
    let done = call.state.mall.accounts().change_password(change, call.key()).await;
    done.map_err(|error| match error {
        // Withdrawn meanwhile, which made the token void.
        AccountError::NoSuchUser => Code::TokenMismatch.into(),
        other => Problem::from(other),
    })
}

/// Whether this was done before under the same key. By then the password in the body is not the
/// caller's any more, so this is asked first. Another body under the key may be a guess at the
/// password, so it is counted as one.
async fn is_repeat(call: &Call) -> Result<bool, Problem> {
    let (user, key) = (call.user()?, call.key());
    let done = call.state.mall.accounts().was_done(user, key.as_ref()).await;
    if matches!(done, Err(RequestError::KeyConflict)) {
        let account = format!("user {user}");
        call.state.attempts.charge(&account, call.address(), steady_ms())?.was_wrong();
    }
    Ok(done?)
}

/// The answer to a repeat of the call that made the caller's token void. Another body under the
/// same key may be a guess at the password, so it is counted as one.
async fn done_before(call: &Call, said: &Said) -> Result<Answer, Problem> {
    let user = call.user()?;
    let account = format!("user {user}");
    let attempt = call.state.attempts.charge(&account, call.address(), steady_ms())?;
    let done = call.state.mall.accounts().was_done(user, call.key().as_ref()).await;
    if matches!(done, Ok(false) | Err(RequestError::KeyConflict)) {
        attempt.was_wrong();
    }
    if !done? {
        return Err(Code::TokenMismatch.into());
    }
    Ok(said.answer(call.language()).replayed(true))
}

/// What the caller's password is checked against, if this one is the caller's.
async fn own_password(call: &Call, password: String) -> Result<Credentials, Problem> {
    let known = match call.state.mall.accounts().account(call.user()?).await? {
        Some(account) => call.state.mall.accounts().credentials(&account.email).await?,
        None => None,
    };
    let email = known.as_ref().map(|known| known.account.email.clone()).unwrap_or_default();
    let proven = proven(call, &email, known, password).await?;
    let pass = call.bearer()?.pass();
    proven.ok_or_else(|| match call.state.mall.accounts().revocations().admits(&pass) {
        true => Code::PasswordRefused.into(),
        // Withdrawn while the password was checked, which made the token void.
        false => Code::TokenMismatch.into(),
    })
}

pub(crate) async fn me(call: &Call) -> Result<Answer, Problem> {
    let account = call.state.mall.accounts().me(call.user()?).await?.ok_or(Code::UserNotFound)?;
    Ok(Answer::ok(&AccountAnswer::new(&account, call.state.zone)))
}
