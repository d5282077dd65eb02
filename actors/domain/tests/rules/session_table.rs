//! Sessions of an account: which refresh token counts, which gets its successor again, which ends
//! the session.

use std::collections::BTreeSet;

use hotdeal_domain::UnixMillis;
use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::account::{
    AccountFact, AccountRefusal, RETRY_MS, Renewal, Role, SESSIONS_MAX, SessionId, Sessions,
    TokenId,
};

use crate::table::{check, shows_all, user};

const VOID_UNTIL: UnixMillis = UnixMillis(9_999_999);
const ENDS_AT: UnixMillis = UnixMillis(1_000_000);

fn opened(sessions: &mut Sessions, id: u128, at: i64) {
    let fact = sessions
        .decide_open(SessionId(id), UnixMillis(at), ENDS_AT, VOID_UNTIL)
        .expect("the account stands");
    sessions.apply(&fact);
}

/// An account with session 1, opened at 0 and renewed at 1000 and 2000: generation 3 counts.
fn renewed() -> Sessions {
    let mut sessions = Sessions::default();
    opened(&mut sessions, 1, 0);
    for (generation, at) in [(1, 1_000), (2, 2_000)] {
        let renewal = sessions.decide_renewal(SessionId(1), generation, UnixMillis(at), VOID_UNTIL);
        let Ok(Renewal::Renew(fact)) = renewal else { panic!("{renewal:?}") };
        sessions.apply(&fact);
    }
    sessions
}

fn told(renewal: Result<Renewal, AccountRefusal>) -> String {
    match renewal {
        Ok(Renewal::Renew(AccountFact::SessionRenewed { generation, .. })) => {
            format!("Renew {generation}")
        }
        Ok(Renewal::Again(session)) => format!("Again {}", session.generation),
        Ok(Renewal::Revoke(AccountFact::SessionRevoked { .. })) => "Revoke".to_owned(),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => format!("{refusal:?}"),
    }
}

#[test]
fn a_refresh_token_is_good_once_with_a_moment_to_ask_again() {
    assert_eq!(RETRY_MS, 10_000, "the table counts on it");
    let sessions = renewed();
    let seen = check(
        "session generation at -> outcome
         1 3 2000    -> Renew 4
         1 3 999999  -> Renew 4
         1 2 2000    -> Again 3
         1 2 12000   -> Again 3
         1 2 12001   -> Revoke
         1 1 2000    -> Revoke
         1 0 2000    -> Revoke
         1 4 2000    -> Revoke
         1 4294967295 2000 -> Revoke
         1 3 1000000 -> NoSuchSession
         2 1 2000    -> NoSuchSession",
        |row| {
            let (session, at) = (SessionId(row.number(0)), UnixMillis(row.number(2)));
            told(sessions.decide_renewal(session, row.number(1), at, VOID_UNTIL))
        },
    );
    shows_all(&seen, &["Renew", "Again", "Revoke", "NoSuchSession"]);
}

#[test]
fn what_ends_a_session_ends_that_one_and_a_withdrawal_ends_all() {
    let fresh = || {
        let mut sessions = Sessions::default();
        opened(&mut sessions, 1, 0);
        opened(&mut sessions, 2, 0);
        sessions
    };
    let is_open = |sessions: &Sessions, id| sessions.session(SessionId(id)).is_some();
    let at = UnixMillis(5);

    let mut sessions = fresh();
    let out = sessions.decide_log_out(TokenId(7), Some(SessionId(1)), at, VOID_UNTIL);
    sessions.apply(&out);
    assert_eq!((is_open(&sessions, 1), is_open(&sessions, 2)), (false, true));
    let again = sessions.decide_log_out(TokenId(8), Some(SessionId(1)), at, VOID_UNTIL);
    assert!(matches!(again, AccountFact::LoggedOut { session: None, .. }), "{again:?}");

    let mut sessions = fresh();
    let Ok(Renewal::Revoke(reused)) = sessions.decide_renewal(SessionId(1), 9, at, VOID_UNTIL)
    else {
        panic!("a token of no generation");
    };
    sessions.apply(&reused);
    assert_eq!((is_open(&sessions, 1), is_open(&sessions, 2)), (false, true));

    let mut sessions = fresh();
    let withdrawn = sessions.decide_withdrawal(at, VOID_UNTIL).expect("it stands");
    sessions.apply(&withdrawn);
    assert_eq!((sessions.open(), sessions.epoch(), sessions.withdrawn_at()), (0, 1, Some(at)));
}

#[test]
fn a_withdrawn_account_does_nothing_but_come_back() {
    let mut sessions = renewed();
    let at = UnixMillis(3_000);
    assert_eq!(sessions.decide_restoration(user(9), None, at), Ok(None), "it stands");
    sessions.apply(&sessions.decide_withdrawal(at, VOID_UNTIL).expect("it stands"));
    let refused = AccountRefusal::Withdrawn;
    assert_eq!(sessions.decide_withdrawal(at, VOID_UNTIL), Err(refused));
    assert_eq!(sessions.decide_open(SessionId(3), at, ENDS_AT, VOID_UNTIL), Err(refused));
    assert_eq!(sessions.decide_renewal(SessionId(1), 3, at, VOID_UNTIL), Err(refused));
    assert_eq!(sessions.decide_role(Role::Seller, user(9), None, at, VOID_UNTIL), Err(refused));
    let back = sessions.decide_restoration(user(9), None, at).expect("no admin's");
    sessions.apply(&back.expect("it is withdrawn"));
    assert_eq!((sessions.withdrawn_at(), sessions.open()), (None, 0));
    // The tokens made before it went stay void.
    assert_eq!(sessions.epoch(), 1);
    opened(&mut sessions, 3, 4_000);
}

#[test]
fn a_new_role_voids_access_tokens_and_keeps_sessions() {
    let mut sessions = renewed();
    let at = UnixMillis(3_000);
    let set = sessions.decide_role(Role::Seller, user(9), None, at, VOID_UNTIL);
    sessions.apply(&set.expect("it stands"));
    assert_eq!((sessions.epoch(), sessions.open()), (1, 1));
}

#[test]
fn who_becomes_an_admin_or_is_none_any_more_is_counted() {
    let at = UnixMillis(5);
    let joined = Some(AdminFact::Joined { user: user(2), admins: 2, at });
    let left = Some(AdminFact::Left { user: user(2), admins: 1, at });
    let seen = check(
        "
        was    is     counted -> outcome
        USER   SELLER nothing -> done
        USER   SELLER joined  -> RoleHasChanged
        USER   SELLER left    -> RoleHasChanged
        USER   ADMIN  joined  -> done
        USER   ADMIN  nothing -> RoleHasChanged
        USER   ADMIN  left    -> RoleHasChanged
        ADMIN  USER   left    -> done
        ADMIN  USER   nothing -> RoleHasChanged
        ADMIN  USER   joined  -> RoleHasChanged
        ADMIN  ADMIN  nothing -> done
        ADMIN  ADMIN  left    -> RoleHasChanged
    ",
        |row| {
            let role = |at: usize| Role::from_name(row.text(at)).expect("a role of the table");
            let counted = match row.text(2) {
                "joined" => joined,
                "left" => left,
                _ => None,
            };
            let sessions = Sessions::new(0, role(0), None);
            match sessions.decide_role(role(1), user(9), counted, at, VOID_UNTIL) {
                Ok(_) => "done".to_owned(),
                Err(refusal) => format!("{refusal:?}"),
            }
        },
    );
    shows_all(&seen, &["done", "RoleHasChanged"]);
    // A withdrawn admin, as there may be from earlier versions.
    let gone = Sessions::new(0, Role::Admin, Some(at));
    let refused = Err(AccountRefusal::RoleHasChanged);
    assert_eq!(gone.decide_restoration(user(9), None, at), refused);
    let back = AccountFact::Restored { by: user(9), at };
    assert_eq!(gone.decide_restoration(user(9), joined, at), Ok(Some(back)));
}

#[test]
fn an_admin_does_not_withdraw() {
    let at = UnixMillis(5);
    let mut sessions = Sessions::default();
    let joined = Some(AdminFact::Joined { user: user(2), admins: 2, at });
    let set = sessions.decide_role(Role::Admin, user(9), joined, at, VOID_UNTIL);
    sessions.apply(&set.expect("it stands"));
    let refused = Err(AccountRefusal::StillAdmin);
    assert_eq!(sessions.decide_withdrawal(at, VOID_UNTIL), refused);
    let left = Some(AdminFact::Left { user: user(2), admins: 1, at });
    let set = sessions.decide_role(Role::User, user(9), left, at, VOID_UNTIL);
    sessions.apply(&set.expect("it stands"));
    assert!(sessions.decide_withdrawal(at, VOID_UNTIL).is_ok());
}

#[test]
fn sessions_are_bounded_and_the_one_longest_unused_makes_room() {
    let mut sessions = Sessions::default();
    for (id, at) in (1..=SESSIONS_MAX as u128).zip(1..) {
        opened(&mut sessions, id, at);
    }
    // The first is used, so the second is the one longest unused.
    let renewal = sessions.decide_renewal(SessionId(1), 1, UnixMillis(500), VOID_UNTIL);
    let Ok(Renewal::Renew(fact)) = renewal else { panic!("{renewal:?}") };
    sessions.apply(&fact);
    opened(&mut sessions, 1_000, 600);
    assert_eq!(sessions.open(), SESSIONS_MAX);
    let left: BTreeSet<bool> =
        [1, 3].into_iter().map(|id| sessions.session(SessionId(id)).is_some()).collect();
    assert_eq!(left, BTreeSet::from([true]));
    assert_eq!(sessions.session(SessionId(2)), None);
    // Those at the end of their life make room without being ended.
    assert_eq!(sessions.expired(ENDS_AT.plus(-1)).count(), 0);
    assert_eq!(sessions.expired(ENDS_AT).count(), SESSIONS_MAX);
    let after = ENDS_AT.plus(1);
    let fact = sessions.decide_open(SessionId(2_000), after, after.plus(9), VOID_UNTIL);
    let fact = fact.expect("it stands");
    assert!(matches!(fact, AccountFact::SessionOpened { displaced: None, .. }), "{fact:?}");
    sessions.apply(&fact);
    assert_eq!(sessions.open(), 1);
}

#[test]
fn numbers_are_spelled_and_read_back() {
    for number in [0, 1, u128::MAX, 0x1234] {
        let text = SessionId(number).to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(text.parse(), Ok(SessionId(number)));
    }
    for text in ["", "0", "g0000000000000000000000000000000", "+0000000000000000000000000000000"] {
        assert!(text.parse::<SessionId>().is_err(), "{text}");
    }
}
