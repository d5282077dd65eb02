//! Of accounts, and of the admins among them.

use super::{Tampering, World, in_journal, one};

pub(super) fn admins() -> Vec<Tampering> {
    let count = |from: &str, to: &str| in_journal("admins:1", "Joined", from, to);
    vec![
        one("the number of admins", count("\"admins\":1", "\"admins\":2"), &["AC-1", "number"]),
        one("that nobody was left", count("\"admins\":1", "\"admins\":0"), &["AC-1", "no admin"]),
        one("who was counted", count("\"user\":1,", "\"user\":3,"), &["AC-1", "admin 3"]),
    ]
}

pub(super) fn people(world: &World) -> Vec<Tampering> {
    let World { person, newcomer, gone, .. } = world;
    let role = |role: &str, user: &i64| {
        format!("UPDATE credentials SET role = '{role}' WHERE user_id = {user}")
    };
    vec![
        one(
            "a profile that is kept of who has not withdrawn",
            format!("INSERT INTO kept_profiles VALUES ({newcomer}, 'Lee', 5, 5)"),
            &["kept profile", &format!("account {newcomer}")],
        ),
        one(
            "since when a profile is kept",
            "UPDATE kept_profiles SET withdrawn_at = withdrawn_at + 1".to_owned(),
            &["kept profile", &format!("account {gone}")],
        ),
        one(
            "a role that was given",
            role("ADMIN", person),
            &["role", &format!("account {person}")],
        ),
        one(
            "a role from the start",
            role("ADMIN", newcomer),
            &["role", &format!("account {newcomer}")],
        ),
        one(
            "when an account was opened",
            format!("UPDATE credentials SET created_at = 5 WHERE user_id = {person}"),
            &["opening", &format!("account {person}")],
        ),
    ]
}
