//! Accounts as an admin sees them.

use hotdeal_actors::account::{AccountEntry, AccountSearch, Role, SetRole};
use hotdeal_domain::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::RoleAsk;
use super::words::RoleName;
use crate::clock::{Stamp, Zone};
use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::{Code, Language};
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};

/// The longest and the default page, in accounts.
const PAGE_MAX: i64 = 500;
const PAGE: i64 = 50;
/// Characters of a search at most: an address has no more.
const SEARCH_MAX: usize = 254;
/// Parameters of the queries.
pub(crate) const EMAIL: Parameter =
    q("email", false, "only addresses that contain this").text(SEARCH_MAX);
pub(crate) const ROLE: Parameter =
    q("role", false, "only this role").word(|| Role::ALL.map(Role::name).to_vec());
pub(crate) const PAGES: Paging = Paging::rising("accounts in a page", PAGE_MAX, PAGE);
pub(crate) const AUTH_ID: Parameter =
    q("authId", false, "the account, where the path does not name it").id();

/// It is done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Said {
    /// The same in words.
    #[schema(value_type = String)]
    pub(crate) message: &'static str,
}

impl Said {
    /// The sentence in the language of the answer.
    pub(crate) fn new(language: Language, ko: &'static str, en: &'static str) -> Self {
        Self {
            message: match language {
                Language::Ko => ko,
                Language::En => en,
            },
        }
    }

    /// An answer with this sentence only.
    pub(crate) fn answer(&self, language: Language) -> Answer {
        Answer::ok(self).spoken(language)
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserAnswer {
    user_id: i64,
    email: String,
    /// Empty while the account is withdrawn.
    name: String,
    /// `USER`, `SELLER`, `COUNSELLOR`, `PARTNER` or `ADMIN`.
    #[schema(value_type = RoleName)]
    role: &'static str,
    created_at: Stamp,
    /// When it was withdrawn, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    withdrawn_at: Option<Stamp>,
}

impl UserAnswer {
    fn new(entry: AccountEntry, zone: Zone) -> Self {
        let AccountEntry { account, withdrawn_at } = entry;
        Self {
            user_id: account.user.get(),
            email: account.email,
            name: account.name,
            role: account.role.name(),
            created_at: zone.stamp(account.created_at),
            withdrawn_at: withdrawn_at.map(|at| zone.stamp(at)),
        }
    }
}

/// The role an account was given. Nothing else of the account: a repeat under the same key gets
/// these bytes again, and no name or address is to be kept for that.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleAnswer {
    user_id: i64,
    /// `USER`, `SELLER`, `COUNSELLOR`, `PARTNER` or `ADMIN`.
    #[schema(value_type = RoleName)]
    role: &'static str,
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsersAnswer {
    items: Vec<UserAnswer>,
    /// Sent as `cursor`, gives the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<String>,
}

/// Accounts by number, a page at a time.
pub(crate) async fn list(call: &Call) -> Result<Answer, Problem> {
    let asked = call.page(&PAGES)?;
    let email = call.text(&EMAIL)?.map(|email| email.to_lowercase());
    let role = call.query(ROLE.name)?.map(|name| role(ROLE.name, &name)).transpose()?;
    let search = AccountSearch { email, role, after: asked.from, limit: asked.look_for() };
    let found = call.state.mall.accounts().search(&search).await?;
    let page = asked.page(found, |entry| entry.account.user.to_string());
    let (entries, zone) = (page.items.into_iter(), call.state.zone);
    let items = entries.map(|entry| UserAnswer::new(entry, zone)).collect();
    Ok(Answer::ok(&UsersAnswer { items, next_cursor: page.next }))
}

/// Access tokens made before this answers are void; the next renewal carries the new role.
pub(crate) async fn set_role(call: &Call) -> Result<Answer, Problem> {
    let user: UserId = call.path_id("userId")?;
    let ask: RoleAsk = call.json()?;
    let role = role("role", &ask.role)?;
    let void_until = call.void_until();
    let set = SetRole { user, role, by: call.user()?, void_until };
    let set = call.state.mall.accounts().set_role(set, call.key()).await?;
    let answer = RoleAnswer { user_id: user.get(), role: role.name() };
    Ok(Answer::ok(&answer).replayed(set.replayed))
}

/// An account that is not withdrawn is left as it is.
pub(crate) async fn restore(call: &Call) -> Result<Answer, Problem> {
    let restored =
        call.state.mall.accounts().restore(named(call)?, call.user()?, call.key()).await?;
    let said = Said::new(call.language(), "계정이 복구되었습니다", "the account is back");
    Ok(said.answer(call.language()).replayed(restored.replayed))
}

/// The account in the query or, without one, in the path. Existing clients send it in the query,
/// and a placeholder in the path. Two different accounts are refused.
fn named(call: &Call) -> Result<UserId, Problem> {
    let in_query: UserId = match call.query_id(&AUTH_ID)? {
        None => return call.path_id("authId"),
        Some(user) => user,
    };
    match call.path("authId").parse::<i64>() {
        Ok(number) if number != in_query.get() => Err(Problem::value(
            "authId",
            "경로와 쿼리의 값이 다릅니다",
            "the path and the query name different accounts",
        )),
        Ok(_) | Err(_) => Ok(in_query),
    }
}

fn role(member: &'static str, name: &str) -> Result<Role, Problem> {
    Role::from_name(name).ok_or_else(|| {
        let known = Role::ALL.map(Role::name).join(", ");
        Problem::from(Code::RoleInvalidFormat)
            .of_member(member)
            .saying(&format!("{known} 중 하나여야 합니다"), &format!("one of {known}"))
    })
}
