//! The statements that write accounts after they were opened, and products after they were
//! created. A statement is known by its head, so no two may share one.

use super::store::Kind::{Int, Text};
use super::store::Verb::{Insert, Update};
use super::store::{Template, template};

/// Where these steps begin: after all other tables, so that what is changed here is there.
pub(super) const FIRST: usize = 100;

pub(super) const PRODUCTS_CHANGED: usize = FIRST;
pub(super) const PRODUCTS_WITHDRAWN: usize = FIRST + 1;
pub(super) const SESSIONS: usize = FIRST + 2;
pub(super) const SESSIONS_RENEWED: usize = FIRST + 3;
pub(super) const SESSIONS_ENDED: usize = FIRST + 4;
pub(super) const ALL_SESSIONS_ENDED: usize = FIRST + 5;
pub(super) const REVOKED_TOKENS: usize = FIRST + 6;
pub(super) const EPOCHS: usize = FIRST + 7;
pub(super) const WITHDRAWALS: usize = FIRST + 8;
pub(super) const ROLES: usize = FIRST + 9;
pub(super) const PROFILES_KEPT: usize = FIRST + 10;
pub(super) const PROFILES_REMOVED: usize = FIRST + 11;
pub(super) const PROFILES_RESTORED: usize = FIRST + 12;
pub(super) const KEPT_PROFILES_REMOVED: usize = FIRST + 13;
pub(super) const PASSWORDS: usize = FIRST + 14;
pub(super) const NEW_PASSWORDS: usize = FIRST + 15;

pub(super) static TABLES: [Template; 16] = [
    template(
        Update,
        "UPDATE products SET name = v.column2, description = v.column3, price = v.column4, \
         image_url = v.column5, category = v.column6",
        "WHERE products.id = v.column1",
        &[Int, Text, Text, Int, Text, Text],
    ),
    template(
        Update,
        "UPDATE products SET deleted_at = v.column2",
        "WHERE products.id = v.column1",
        &[Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO sessions (id, user_id, generation, renewed_at, ends_at)",
        "",
        &[Text, Int, Int, Int, Int],
    ),
    template(
        Update,
        "UPDATE sessions SET generation = v.column2, renewed_at = v.column3",
        "WHERE sessions.id = v.column1",
        &[Text, Int, Int],
    ),
    template(
        Update,
        "UPDATE sessions SET ended_at = v.column2, void_until = v.column3",
        "WHERE sessions.id = v.column1",
        &[Text, Int, Int],
    ),
    template(
        Update,
        "UPDATE sessions SET void_until = v.column3, ended_at = v.column2",
        "WHERE sessions.user_id = v.column1 AND sessions.ended_at IS NULL",
        &[Int, Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO revoked_tokens (token, user_id, void_until)",
        "ON CONFLICT (token) DO NOTHING",
        &[Text, Int, Int],
    ),
    template(
        Update,
        "UPDATE credentials SET session_epoch = v.column2, void_until = v.column3",
        "WHERE credentials.user_id = v.column1",
        &[Int, Int, Int],
    ),
    template(
        Update,
        "UPDATE credentials SET withdrawn_at = v.column2",
        "WHERE credentials.user_id = v.column1",
        &[Int, Int],
    ),
    template(
        Update,
        "UPDATE credentials SET role = v.column2",
        "WHERE credentials.user_id = v.column1",
        &[Int, Text],
    ),
    // A profile goes to the kept ones and comes back from there within the database: nobody reads it.
    template(
        Update,
        "INSERT INTO kept_profiles (user_id, name, created_at, withdrawn_at) \
         SELECT profiles.user_id, profiles.name, profiles.created_at, v.column2",
        "JOIN profiles ON profiles.user_id = v.column1 WHERE TRUE \
         ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, \
         created_at = excluded.created_at, withdrawn_at = excluded.withdrawn_at",
        &[Int, Int],
    ),
    template(
        Update,
        "DELETE FROM profiles WHERE profiles.user_id IN (SELECT v.column1",
        ")",
        &[Int],
    ),
    // As it was kept, or with this name where it was not, or is forgotten.
    template(
        Update,
        "INSERT INTO profiles (user_id, created_at, name) \
         SELECT v.column1, COALESCE(kept_profiles.created_at, v.column2), \
         COALESCE(kept_profiles.name, v.column3)",
        "LEFT JOIN kept_profiles ON kept_profiles.user_id = v.column1 WHERE TRUE \
         ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, \
         created_at = excluded.created_at",
        &[Int, Int, Text],
    ),
    template(
        Update,
        "DELETE FROM kept_profiles WHERE kept_profiles.user_id IN (SELECT v.column1",
        ")",
        &[Int],
    ),
    template(
        Update,
        "UPDATE credentials SET password_phc = v.column2",
        "WHERE credentials.user_id = v.column1 AND credentials.password_phc = v.column3",
        &[Int, Text, Text],
    ),
    // After the one before: what is set is stronger than what was only made anew.
    template(
        Update,
        "UPDATE credentials SET password_phc = CAST(v.column2 AS TEXT)",
        "WHERE credentials.user_id = v.column1",
        &[Int, Text],
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{notice_tables, store};
    use super::*;

    #[test]
    fn no_two_statements_share_the_head_they_are_known_by() {
        let others = [&store::FOUNDING, &store::JOURNAL, &store::FENCE, &store::KEYS];
        let all = TABLES.iter().chain(&store::TABLES).chain(&notice_tables::TABLES).chain(others);
        let mut heads: Vec<&str> = all.map(|template| template.head).collect();
        let count = heads.len();
        heads.sort_unstable();
        heads.dedup();
        assert_eq!(heads.len(), count);
    }
}
