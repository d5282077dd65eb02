//! The rows of accounts, their sessions and profiles, and how long they are kept.

use hotdeal_domain::account::{AccountFact, AccountOpened, SessionId};
use hotdeal_domain::{UnixMillis, UserId};
use hotdeal_entities::{credentials, profiles, revoked_tokens, sessions};

use super::api::RenewedHash;
use crate::ledger::{Cell, Delete, Kind, Merge, Rows, Statement, statements};

/// What the rows of an account need and the journal does not tell.
pub(crate) enum PrivateAccount {
    /// How a new account logs in.
    Account {
        /// The address, in lower case.
        email: String,
        /// What to call the person.
        name: String,
        /// The password's hash as a PHC string.
        password_phc: String,
        /// What the account may do, by name.
        role: &'static str,
    },
    /// A better hash of the password somebody logged in with.
    Password(RenewedHash),
    /// The hash of a password that takes the place of whatever there is.
    NewPassword(String),
    /// What a person who comes back is called, if what they were called is not kept.
    Name(String),
}

statements! {
    NEW_CREDENTIALS = {
        use credentials::Column as C;
        Statement::insert(&[C::UserId, C::Email, C::PasswordPhc, C::Role, C::CreatedAt])
    };
    NEW_PROFILES = {
        use profiles::Column as C;
        Statement::insert(&[C::UserId, C::Name, C::CreatedAt])
    };
    NEW_SESSIONS = {
        use sessions::Column as C;
        Statement::insert(&[C::Id, C::UserId, C::Generation, C::RenewedAt, C::EndsAt])
    };
    RENEWED_SESSIONS = {
        use sessions::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::Generation), (Merge::Last, C::RenewedAt)])
    };
    ENDED_SESSIONS = {
        use sessions::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::EndedAt), (Merge::Last, C::VoidUntil)])
    };
    /// All sessions of an account that are open.
    ALL_ENDED_SESSIONS = Statement::change(
        "sessions",
        "UPDATE sessions SET ended_at = v.column2, void_until = v.column3",
        "WHERE sessions.user_id = v.column1 AND sessions.ended_at IS NULL",
        &[Kind::Int, Kind::Int, Kind::Int],
    );
    REVOKED_TOKENS = {
        use revoked_tokens::Column as C;
        Statement::insert(&[C::Token, C::UserId, C::VoidUntil]).or_leave(&[C::Token])
    };
    EPOCHS = {
        use credentials::Column as C;
        Statement::update(&[C::UserId], &[(Merge::Last, C::SessionEpoch), (Merge::Last, C::VoidUntil)])
    };
    WITHDRAWALS = {
        use credentials::Column as C;
        Statement::update(&[C::UserId], &[(Merge::Last, C::WithdrawnAt)])
    };
    ROLES = {
        use credentials::Column as C;
        Statement::update(&[C::UserId], &[(Merge::Last, C::Role)])
    };
    /// A profile goes to the kept ones, and comes back from there, within the database: nobody reads it.
    KEPT_PROFILES = Statement::change(
        "kept_profiles",
        "INSERT INTO kept_profiles (user_id, name, created_at, withdrawn_at) \
         SELECT profiles.user_id, profiles.name, profiles.created_at, v.column2",
        "JOIN profiles ON profiles.user_id = v.column1 WHERE TRUE \
         ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, \
         created_at = excluded.created_at, withdrawn_at = excluded.withdrawn_at",
        &[Kind::Int, Kind::Int],
    )
    .keyed(1);
    REMOVED_PROFILES = Statement::change(
        "profiles",
        "DELETE FROM profiles WHERE profiles.user_id IN (SELECT v.column1",
        ")",
        &[Kind::Int],
    )
    .keyed(1);
    /// As it was kept, or with this name where it was not, or is forgotten.
    RESTORED_PROFILES = Statement::change(
        "profiles",
        "INSERT INTO profiles (user_id, created_at, name) \
         SELECT v.column1, COALESCE(kept_profiles.created_at, v.column2), \
         COALESCE(kept_profiles.name, v.column3)",
        "LEFT JOIN kept_profiles ON kept_profiles.user_id = v.column1 WHERE TRUE \
         ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, \
         created_at = excluded.created_at",
        &[Kind::Int, Kind::Int, Kind::Text],
    )
    .keyed(1);
    REMOVED_KEPT_PROFILES = Statement::change(
        "kept_profiles",
        "DELETE FROM kept_profiles WHERE kept_profiles.user_id IN (SELECT v.column1",
        ")",
        &[Kind::Int],
    )
    .keyed(1);
    /// Where the password is still the one that was looked at.
    RENEWED_PASSWORDS = Statement::change(
        "credentials",
        "UPDATE credentials SET password_phc = v.column2",
        "WHERE credentials.user_id = v.column1 AND credentials.password_phc = v.column3",
        &[Kind::Int, Kind::Text, Kind::Text],
    )
    .keyed(1);
    /// After the one before: what is set is stronger than what was only made anew.
    NEW_PASSWORDS = {
        use credentials::Column as C;
        Statement::update(&[C::UserId], &[(Merge::Last, C::PasswordPhc)])
    };
}

/// Sessions that came to the end of their life before a time.
pub(crate) static OLD_SESSIONS: Delete = Delete::first(
    "sessions",
    "id",
    "ends_at < $1 AND (void_until IS NULL OR void_until < $1)",
    "ends_at",
);
/// Access tokens given up that would have expired before a time.
pub(crate) static OLD_TOKENS: Delete =
    Delete::first("revoked_tokens", "token", "void_until < $1", "void_until");
/// Profiles of accounts that were withdrawn before a time.
pub(crate) static OLD_PROFILES: Delete =
    Delete::first("kept_profiles", "user_id", "withdrawn_at < $1", "withdrawn_at");

/// The rows of a new account.
pub(crate) fn open(opened: &AccountOpened, private: Option<&PrivateAccount>, rows: &mut Rows) {
    let Some(PrivateAccount::Account { email, name, password_phc, role }) = private else {
        debug_assert!(false, "an account is opened with how it logs in");
        return;
    };
    let (user, at) = (opened.user.get(), opened.at.0);
    let row =
        [user.into(), email.clone().into(), password_phc.clone().into(), (*role).into(), at.into()];
    rows.push(&NEW_CREDENTIALS, row);
    rows.push(&NEW_PROFILES, [user.into(), name.clone().into(), at.into()]);
}

/// The rows of what happened to an account.
pub(crate) fn write(
    user: UserId,
    fact: &AccountFact,
    private: Option<&PrivateAccount>,
    rows: &mut Rows,
) {
    let id = Cell::Int(user.get());
    match fact {
        AccountFact::SessionOpened { session, at, ends_at, displaced, void_until } => {
            let row = [text(session), id.clone(), 1.into(), at.0.into(), ends_at.0.into()];
            rows.push(&NEW_SESSIONS, row);
            if let Some(displaced) = displaced {
                end_session(*displaced, *at, *void_until, rows);
            }
            if let Some(PrivateAccount::Password(RenewedHash { from, to })) = private {
                rows.push(&RENEWED_PASSWORDS, [id, to.clone().into(), from.clone().into()]);
            }
        }
        AccountFact::SessionRenewed { session, generation, at } => {
            let row = [text(session), i64::from(*generation).into(), at.0.into()];
            rows.push(&RENEWED_SESSIONS, row);
        }
        AccountFact::SessionRevoked { session, at, void_until } => {
            end_session(*session, *at, *void_until, rows);
        }
        AccountFact::LoggedOut { token, session, at, void_until } => {
            rows.push(&REVOKED_TOKENS, [text(token), id, void_until.0.into()]);
            if let Some(session) = session {
                end_session(*session, *at, *void_until, rows);
            }
        }
        AccountFact::Withdrawn { epoch, at, void_until } => {
            raise_epoch(user, *epoch, *void_until, rows);
            rows.push(&WITHDRAWALS, [id.clone(), at.0.into()]);
            rows.push(&ALL_ENDED_SESSIONS, [id, at.0.into(), void_until.0.into()]);
            keep_profile(user, *at, rows);
        }
        AccountFact::Restored { at, .. } => {
            rows.push(&WITHDRAWALS, [id, Cell::Null]);
            restore_profile(user, *at, private, rows);
        }
        AccountFact::RoleSet { role, epoch, void_until, .. } => {
            raise_epoch(user, *epoch, *void_until, rows);
            rows.push(&ROLES, [id, role.name().into()]);
        }
        AccountFact::PasswordReset { epoch, at, void_until } => {
            raise_epoch(user, *epoch, *void_until, rows);
            rows.push(&ALL_ENDED_SESSIONS, [id.clone(), at.0.into(), void_until.0.into()]);
            if let Some(PrivateAccount::NewPassword(phc)) = private {
                rows.push(&NEW_PASSWORDS, [id, phc.clone().into()]);
            } else {
                debug_assert!(false, "a new password has a hash");
            }
        }
    }
}

/// With when the last access token of an earlier epoch expires.
fn raise_epoch(user: UserId, epoch: u32, void_until: UnixMillis, rows: &mut Rows) {
    rows.push(&EPOCHS, [user.get().into(), i64::from(epoch).into(), void_until.0.into()]);
}

fn end_session(session: SessionId, at: UnixMillis, void_until: UnixMillis, rows: &mut Rows) {
    rows.push(&ENDED_SESSIONS, [text(&session), at.0.into(), void_until.0.into()]);
}

fn keep_profile(user: UserId, at: UnixMillis, rows: &mut Rows) {
    // Where it has not come back yet, it stays among the kept ones.
    if !is_taken_out(user, [&RESTORED_PROFILES, &REMOVED_KEPT_PROFILES], rows) {
        rows.push(&KEPT_PROFILES, [user.get().into(), at.0.into()]);
        rows.push(&REMOVED_PROFILES, [user.get().into()]);
    }
}

fn restore_profile(
    user: UserId,
    at: UnixMillis,
    private: Option<&PrivateAccount>,
    rows: &mut Rows,
) {
    let Some(PrivateAccount::Name(name)) = private else {
        debug_assert!(false, "who comes back has a name");
        return;
    };
    // Where it has not gone yet, it stays.
    if !is_taken_out(user, [&KEPT_PROFILES, &REMOVED_PROFILES], rows) {
        rows.push(&RESTORED_PROFILES, [user.get().into(), at.0.into(), name.clone().into()]);
        rows.push(&REMOVED_KEPT_PROFILES, [user.get().into()]);
    }
}

/// Takes what an earlier fact of this transaction does to a profile out of it again; answers whether
/// there was anything.
fn is_taken_out(user: UserId, of: [&'static Statement; 2], rows: &mut Rows) -> bool {
    let [one, other] = of.map(|statement| rows.remove(statement, &[user.get().into()]));
    one || other
}

fn text(id: &impl std::fmt::Display) -> Cell {
    id.to_string().into()
}
