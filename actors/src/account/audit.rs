//! Accounts: whether they stand, and which refresh tokens count.

pub(crate) mod admins;

use std::collections::{BTreeMap, HashMap, HashSet};

use hotdeal_domain::UserId;
use hotdeal_domain::account::{AccountFact, AccountOpened, Role, SessionId, Sessions};
use hotdeal_entities::{credentials, kept_profiles, profiles, sessions};

use crate::error::RequestError;
use crate::host::audit::{Report, pages};
use crate::storage::Storage;

/// An account as the journal tells it.
#[derive(Default)]
struct Told {
    opened_at: Option<i64>,
    /// What it may do; `None` where the journal is of a version that did not tell.
    role: Option<Role>,
    sessions: Sessions,
    /// The latest generation of each session there ever was.
    generations: BTreeMap<SessionId, u32>,
    /// Sessions that were let go by a log-in after the end of their life, and keep their rows.
    expired: HashSet<SessionId>,
}

/// What the journal says of accounts.
#[derive(Default)]
pub(crate) struct Fold {
    accounts: HashMap<i64, Told>,
}

impl Fold {
    pub(crate) fn open(&mut self, user: UserId, opened: AccountOpened) {
        let told = self.accounts.entry(user.get()).or_default();
        (told.role, told.opened_at) = (opened.role, Some(opened.at.0));
    }

    pub(crate) fn apply(&mut self, user: UserId, fact: &AccountFact) {
        let told = self.accounts.entry(user.get()).or_default();
        match fact {
            AccountFact::RoleSet { role, .. } => told.role = Some(*role),
            AccountFact::SessionOpened { session, at, .. } => {
                told.expired.extend(told.sessions.expired(*at));
                told.generations.insert(*session, 1);
            }
            AccountFact::SessionRenewed { session, generation, .. } => {
                told.generations.insert(*session, *generation);
            }
            _ => {}
        }
        told.sessions.apply(fact);
    }
}

pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<credentials::Entity>(credentials::Column::UserId, last);
        Ok(page.find_also_related(profiles::Entity).all(&storage.db).await?)
    };
    let compare = async |rows: Vec<(credentials::Model, Option<profiles::Model>)>, _, _| {
        for (row, profile) in rows {
            report.accounts += 1;
            compare_account(&row, profile.is_some(), fold, report);
        }
        Ok(())
    };
    pages::each(0, read, |(row, _)| row.user_id, compare).await?;
    let told = u64::try_from(fold.accounts.len()).unwrap_or(u64::MAX);
    report.expect_equal("LG-2 number of accounts", told, report.accounts);
    compare_kept(storage, fold, report).await?;
    compare_sessions(storage, fold, report).await
}

/// What is kept of a profile belongs to an account that is withdrawn. It may be forgotten, or never
/// have been kept.
async fn compare_kept(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last| {
        let page = pages::after::<kept_profiles::Entity>(kept_profiles::Column::UserId, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<kept_profiles::Model>, _, _| {
        for row in rows {
            let told = fold.accounts.get(&row.user_id);
            let withdrawn_at = told.and_then(|told| told.sessions.withdrawn_at());
            let what = format!("LG-2 kept profile of account {}", row.user_id);
            report.expect_equal(&what, withdrawn_at.map(|at| at.0), Some(row.withdrawn_at));
        }
        Ok(())
    };
    pages::each(0, read, |row| row.user_id, compare).await
}

fn compare_account(row: &credentials::Model, has_profile: bool, fold: &Fold, report: &mut Report) {
    let user = row.user_id;
    let Some(told) = fold.accounts.get(&user) else {
        return report.differs(|| format!("account {user} is in the table alone"));
    };
    let what = format!("LG-2 opening of account {user}");
    report.expect_equal(&what, told.opened_at, Some(row.created_at));
    if let Some(role) = told.role {
        let what = format!("LG-2 role of account {user}");
        report.expect_equal(&what, role.name(), row.role.as_str());
    }
    let epoch = i64::from(told.sessions.epoch());
    report.expect_equal(&format!("LG-2 epoch of account {user}"), epoch, row.session_epoch);
    let withdrawn_at = told.sessions.withdrawn_at().map(|at| at.0);
    let what = format!("LG-2 withdrawal of account {user}");
    report.expect_equal(&what, withdrawn_at, row.withdrawn_at);
    let what = format!("LG-2 profile of account {user}");
    report.expect_equal(&what, withdrawn_at.is_none(), has_profile);
}

/// Sessions at the end of their life are deleted, so only those in the table are looked at.
async fn compare_sessions(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let read = async |last: String| {
        let page = pages::after::<sessions::Entity>(sessions::Column::Id, last);
        Ok(page.all(&storage.db).await?)
    };
    let compare = async |rows: Vec<sessions::Model>, _, _| {
        for row in rows {
            let told = fold.accounts.get(&row.user_id);
            let id = row.id.parse::<SessionId>().ok();
            let generation = id.and_then(|id| {
                let told = told?;
                let is_open = told.sessions.session(id).is_some();
                Some((i64::from(*told.generations.get(&id)?), is_open))
            });
            let found = Some((row.generation, row.ended_at.is_none()));
            let is_expired = told.zip(id).is_some_and(|(told, id)| told.expired.contains(&id));
            if row.ended_at.is_some() || !is_expired {
                let what = format!("LG-2 session of account {}", row.user_id);
                report.expect_equal(&what, generation, found);
            }
        }
        Ok(())
    };
    pages::each(String::new(), read, |row| row.id.clone(), compare).await
}
