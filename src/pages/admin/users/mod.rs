//! `/admin/users`: accounts, and the role of each.

use askama::Template;
use hotdeal_actors::account::{AccountEntry, AccountSearch, Role, SetRole};
use hotdeal_domain::{ID_MAX, UserId};

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::problem::Problem;
use crate::pages::look::{Look, query_value};
use crate::pages::menu::Part;
use crate::pages::words::words;

/// Accounts on one page.
const PAGE: u64 = 50;
/// Characters of a search at most: an address has no more.
const FIND_MAX: usize = 254;

words! {
    /// What the page of accounts says.
    Words {
        title: "사람" / "People";
        find: "이메일로 찾기" / "Find by e-mail";
        search: "찾기" / "Search";
        roles: "역할로 거르기" / "Filter by role";
        all: "모두" / "All";
        number: "번호" / "Number";
        email: "이메일" / "E-mail";
        name: "이름" / "Name";
        since: "가입한 날" / "Member since";
        role: "역할" / "Role";
        role_of(email): "역할: {email}" / "Role of {email}";
        set: "바꾸기" / "Set";
        withdrawn: "탈퇴함" / "Withdrawn";
        yourself: "나" / "You";
        changed: "역할을 바꿨습니다. 그 사람의 토큰은 새로 받아야 합니다." / "The role is set. Tokens made before it are void.";
        none: "맞는 사람이 없습니다" / "Nobody matches";
        user: "회원" / "Shopper";
        seller: "판매자" / "Seller";
        counsellor: "상담원" / "Counsellor";
        partner: "제휴 서버" / "Partner's server";
        admin: "관리자" / "Admin";
    }
}

fn role_text(role: Role, words: Words) -> &'static str {
    match role {
        Role::User => words.user(),
        Role::Seller => words.seller(),
        Role::Counsellor => words.counsellor(),
        Role::Partner => words.partner(),
        Role::Admin => words.admin(),
    }
}

struct Row {
    id: i64,
    email: String,
    name: String,
    since: String,
    role: Role,
    is_withdrawn: bool,
    is_oneself: bool,
}

impl Row {
    fn is(&self, role: &str) -> bool {
        self.role.name() == role
    }
}

struct Chip {
    text: &'static str,
    address: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "admin/users/page.html")]
struct Page<'a> {
    page: &'a Look,
    words: Words,
    find: String,
    role: Option<Role>,
    chips: Vec<Chip>,
    rows: Vec<Row>,
    next: Option<String>,
    is_changed: bool,
}

impl Page<'_> {
    /// Each role by name and in words.
    fn roles(&self) -> Vec<(&'static str, &'static str)> {
        Role::ALL.map(|role| (role.name(), role_text(role, self.words))).into()
    }

    fn role_name(&self) -> &'static str {
        self.role.map_or("", Role::name)
    }
}

fn address(find: &str, role: Option<Role>, after: Option<i64>) -> String {
    let role = role.map_or("", Role::name);
    let after = after.map(|after| after.to_string()).unwrap_or_default();
    let fields = [("find", find), ("role", role), ("after", after.as_str())];
    let named = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> =
        named.map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    match query.is_empty() {
        true => "/admin/users".to_owned(),
        false => format!("/admin/users?{}", query.join("&")),
    }
}

/// The list of accounts.
pub(in crate::pages) async fn list(call: &Call) -> Result<Answer, Problem> {
    let look = Look::of(call, Part::Users);
    let words = Words(look.language);
    let find = call.query("find")?.unwrap_or_default().trim().to_lowercase();
    if find.chars().count() > FIND_MAX {
        return Err(Problem::value("find", "너무 깁니다", "too long"));
    }
    let role = match call.query("role")?.filter(|name| !name.is_empty()) {
        Some(name) => Some(role_named(&name)?),
        None => None,
    };
    let after = call.query_number("after", 0..=ID_MAX, Some(0))?;
    let email = (!find.is_empty()).then(|| find.clone());
    let search = AccountSearch { email, role, after, limit: PAGE + 1 };
    let mut found = call.state.mall.accounts().search(&search).await?;
    let has_more = found.len() as u64 > PAGE;
    found.truncate(PAGE as usize);
    let last = found.last().filter(|_| has_more).map(|entry| entry.account.user.get());
    let oneself = call.user()?;
    let row = |entry: &AccountEntry| Row {
        id: entry.account.user.get(),
        email: entry.account.email.clone(),
        name: entry.account.name.clone(),
        since: look.say.day(entry.account.created_at),
        role: entry.account.role,
        is_withdrawn: entry.withdrawn_at.is_some(),
        is_oneself: entry.account.user == oneself,
    };
    let chip = |of: Option<Role>| Chip {
        text: of.map_or(words.all(), |of| role_text(of, words)),
        address: address(&find, of, None),
        is_chosen: of == role,
    };
    let page = Page {
        chips: std::iter::once(None).chain(Role::ALL.map(Some)).map(chip).collect(),
        rows: found.iter().map(row).collect(),
        next: last.map(|last| address(&find, role, Some(last))),
        is_changed: call.query("changed")?.is_some(),
        find,
        role,
        words,
        page: &look,
    };
    look.answer(call, &page)
}

fn role_named(name: &str) -> Result<Role, Problem> {
    Role::from_name(name).ok_or_else(|| Problem::from(Code::RoleInvalidFormat).of_member("role"))
}

/// Gives an account another role.
pub(in crate::pages) async fn set_role(call: &Call) -> Result<Answer, Problem> {
    let user: UserId = call.path_id("userId")?;
    let role = role_named(call.form().field("role"))?;
    let set = SetRole { user, role, by: call.user()?, void_until: call.void_until() };
    call.state.mall.accounts().set_role(set, call.key()).await?;
    let find = query_value(call.form().field("find"));
    Ok(Answer::see_other(format!("/admin/users?find={find}&changed=1")))
}
