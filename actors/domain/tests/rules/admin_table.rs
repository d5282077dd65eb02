//! Admins are counted, and one is always left.

use hotdeal_domain::account::admins::{AdminFact, Admins, LastAdmin};
use hotdeal_domain::{SplitMix64, UnixMillis};

use crate::table::{check, shows_all, user};

#[test]
fn the_last_admin_stays_one() {
    let seen = check(
        "
        admins user wanted -> outcome
        1      1    admin  -> nothing
        1      2    other  -> nothing
        1      2    admin  -> joined, 2
        1      1    other  -> LastAdmin
        1,2    1    other  -> left, 1
        1,2,3  2    other  -> left, 2
        none   1    admin  -> joined, 1
        none   1    other  -> nothing
    ",
        |row| {
            let admins = row.text(0).split(',').filter_map(|id| id.parse().ok()).map(user);
            let admins: Admins = admins.collect();
            let wanted = row.text(2) == "admin";
            match admins.decide(user(row.number(1)), wanted, UnixMillis(1)) {
                Ok(None) => "nothing".to_owned(),
                Ok(Some(AdminFact::Joined { admins, .. })) => format!("joined, {admins}"),
                Ok(Some(AdminFact::Left { admins, .. })) => format!("left, {admins}"),
                Err(LastAdmin) => "LastAdmin".to_owned(),
            }
        },
    );
    shows_all(&seen, &["nothing", "joined,", "left,", "LastAdmin"]);
}

#[test]
fn once_there_is_an_admin_there_is_one_whatever_is_asked() {
    let mut chance = SplitMix64::new(17);
    let mut admins = Admins::default();
    for step in 0..10_000 {
        let who = user(1 + i64::from(chance.below(4)));
        let before = admins.count();
        if let Ok(Some(fact)) = admins.decide(who, chance.below(3) == 0, UnixMillis(step)) {
            admins.apply(&fact);
            let (AdminFact::Joined { admins: told, .. } | AdminFact::Left { admins: told, .. }) =
                fact;
            assert_eq!((told, told.abs_diff(before)), (admins.count(), 1), "at step {step}");
        }
        assert!(before == 0 || admins.count() > 0, "nobody is left at step {step}");
    }
    assert!(admins.count() > 0);
}
