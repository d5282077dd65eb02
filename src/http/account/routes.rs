//! The routes of accounts.

use super::sessions;
use super::shapes::{
    AccountAnswer, LogIn, LogInAnswer, NewPasswordAsk, PasswordAsk, ReissueAsk, RoleAsk, SignUp,
    SignUpAnswer,
};
use super::users::{self, RoleAnswer, Said, UsersAnswer};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Account, Admin, Anyone};
use crate::http::kit::route::{Route, Tag, get, post, put, to};
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const TAGS: [Tag; 1] =
    [Tag::new("auth", "Accounts: sign up, log in and out, who one is.").and(&["users"])];

const LOGIN: &str = "A repeat under the same `Idempotency-Key` gets the same tokens while they can be used. \
    Once they were renewed, or the session has ended, by a log-out for example, it is refused \
    with `IDEMPOTENCY_KEY_REUSED`: nobody is logged in anew behind the back of who has logged \
    out. Log in under a new key then. After a change of role the access token is a new one.";

/// Under the key of a log-in or renewal only its session is kept. The same tokens can be made from
/// it again, so no token is kept. A log-out or withdrawal makes its token void, so its repeat is
/// recognised by the key.
#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/auth/signup", Anyone, "signUp", "Open an account", to!(sessions::sign_up)).charged_to(Group::SignUp).secret().mutates().takes::<SignUp>().answers::<SignUpAnswer>(201).fails(&[DuplicateEmail]),
        post("/api/auth/login", Anyone, "logIn", "Get tokens", to!(sessions::log_in)).charged_to(Group::Auth).secret().mutates().takes::<LogIn>().answers::<LogInAnswer>(200).fails(&[PasswordMismatch, TooManyAttempts]).explained(LOGIN),
        post("/api/auth/reissue", Anyone, "reissue", "Get new tokens for a refresh token, which is used up by it", to!(sessions::reissue)).charged_to(Group::Auth).secret().mutates().takes::<ReissueAsk>().answers::<LogInAnswer>(200).fails(&[TokenMismatch, TokenExpired]),
        post("/api/auth/logout", Account, "logOut", "Log out: the access token and its session are void at once", to!(sessions::log_out)).charged_to(Group::Auth).secret().mutates().ends_token().takes::<PasswordAsk>().answers::<Said>(200).fails(&[PasswordRefused, TooManyAttempts]),
        post("/api/auth/withdraw", Account, "withdraw", "Withdraw one's account: every token is void at once, and the name is read by nobody", to!(sessions::withdraw)).charged_to(Group::Auth).secret().mutates().ends_token().takes::<PasswordAsk>().answers::<Said>(200).fails(&[PasswordRefused, TooManyAttempts, IllegalState]),
        post("/api/auth/password", Account, "changePassword", "Set another password: every other session ends at once", to!(sessions::change_password)).charged_to(Group::Auth).secret().mutates().takes::<NewPasswordAsk>().answers::<Said>(200).fails(&[PasswordRefused, TooManyAttempts]),
        post("/api/auth/{authId}/restore", Admin, "restoreUser", "Bring a withdrawn account back, with its name while that is kept", to!(users::restore)).charged_to(Group::Auth).secret().mutates().asks(&[users::AUTH_ID]).answers::<Said>(200).fails(&[UserNotFound]),
        get("/api/users/me", Account, "getMe", "One's own account", to!(sessions::me)).answers::<AccountAnswer<'static>>(200).fails(&[UserNotFound]),
        get("/api/admin/users", Admin, "listUsers", "Every account", to!(users::list)).charged_to(Group::Admin).asks(&[users::EMAIL, users::ROLE]).pages(&users::PAGES).answers::<UsersAnswer>(200).fails(&[RoleInvalidFormat]),
        put("/api/admin/users/{userId}/role", Admin, "setRole", "Give an account another role: its access tokens are void at once", to!(users::set_role)).charged_to(Group::Admin).mutates().needs_login().takes::<RoleAsk>().answers::<RoleAnswer>(200).fails(&[UserNotFound, RoleInvalidFormat, IllegalState]),
    ]
}
