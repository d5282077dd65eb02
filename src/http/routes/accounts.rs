//! The routes of accounts.

use super::super::accounts;
use super::super::asks::{LogIn, PasswordAsk, ReissueAsk, RoleAsk, SignUp};
use super::super::shapes::{AccountAnswer, LogInAnswer, SignUpAnswer};
use super::super::users::{self, RoleAnswer, Said, UsersAnswer};
use super::Need::{Account, Admin, Anyone};
use super::{Code, Route, get, post, put};

/// Under the key of a log-in or renewal its session is kept, of which the same tokens can be made
/// again; no token is. A log-out or withdrawal makes its token void: its repeat is known by its key.
#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/auth/signup", Anyone, "signUp", "Open an account", to!(accounts::sign_up)).mutates().takes::<SignUp>().answers::<SignUpAnswer>(201).fails(&[DuplicateEmail]),
        post("/api/auth/login", Anyone, "logIn", "Get tokens", to!(accounts::log_in)).mutates().takes::<LogIn>().answers::<LogInAnswer>(200).fails(&[PasswordMismatch, TooManyAttempts]),
        post("/api/auth/reissue", Anyone, "reissue", "Get new tokens for a refresh token, which is used up by it", to!(accounts::reissue)).mutates().takes::<ReissueAsk>().answers::<LogInAnswer>(200).fails(&[TokenMismatch, TokenExpired]),
        post("/api/auth/logout", Account, "logOut", "Log out: the access token and its session are void at once", to!(accounts::log_out)).mutates().ends_token().takes::<PasswordAsk>().answers::<Said>(200).fails(&[PasswordRefused, TooManyAttempts]),
        post("/api/auth/withdraw", Account, "withdraw", "Withdraw one's account: every token is void at once, and the name is read by nobody", to!(accounts::withdraw)).mutates().ends_token().takes::<PasswordAsk>().answers::<Said>(200).fails(&[PasswordRefused, TooManyAttempts, IllegalState]),
        post("/api/auth/{authId}/restore", Admin, "restoreUser", "Bring a withdrawn account back, with its name while that is kept", to!(users::restore)).mutates().asks(&[users::AUTH_ID]).answers::<Said>(200).fails(&[UserNotFound]),
        get("/api/users/me", Account, "getMe", "One's own account", to!(accounts::me)).answers::<AccountAnswer<'static>>(200).fails(&[UserNotFound]),
        get("/api/admin/users", Admin, "listUsers", "Every account", to!(users::list)).asks(&[users::EMAIL, users::ROLE, users::CURSOR, users::LIMIT]).answers::<UsersAnswer>(200).fails(&[RoleInvalidFormat]),
        put("/api/admin/users/{userId}/role", Admin, "setRole", "Give an account another role: its access tokens are void at once", to!(users::set_role)).mutates().needs_login().takes::<RoleAsk>().answers::<RoleAnswer>(200).fails(&[UserNotFound, RoleInvalidFormat, IllegalState]),
    ]
}
