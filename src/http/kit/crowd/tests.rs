//! Which requests are let in, by what is known of the client and how many are under way.

use super::*;

const CHANGES: Kind = Kind::Changes;

fn crowd() -> Crowd {
    Crowd::new(5_000, TrustedProxies::default())
}

/// A crowd where requests have taken long, and few were served.
fn slow_crowd() -> Crowd {
    let crowd = crowd();
    crowd.counts[0].few.store(LEAST, Ordering::Relaxed);
    crowd
}

fn enter<'a>(crowd: &'a Crowd, who: &Manners, now: Instant) -> Result<UnderWay<'a>, NoRoom<'a>> {
    let guest = crowd.enter_now(CHANGES, Some(who.clone()), now)?;
    Ok(guest.begin().expect("there was room a moment ago"))
}

/// This many requests of clients not seen before, being served.
fn strangers(crowd: &Crowd, many: usize, now: Instant) -> Vec<UnderWay<'_>> {
    (0..many).map(|_| enter(crowd, &Manners::default(), now).expect("let in")).collect()
}

#[test]
fn a_burst_of_strangers_is_let_in_as_long_as_there_is_room() {
    let (crowd, now) = (crowd(), Instant::now());
    let guests = strangers(&crowd, 5_000, now);
    enter(&crowd, &Manners::default(), now).expect_err("one too many").turn_away(now);
    let sending: Vec<_> = (0..5_001).map(|_| crowd.enter_now(Kind::Reads, None, now)).collect();
    assert_eq!(crowd.under_way(Kind::Reads), 0, "their bodies are not there");
    let begun = sending.into_iter().map(|guest| guest.expect("room").begin());
    let begun: Vec<_> = begun.collect();
    assert!(begun[..5_000].iter().all(Option::is_some));
    assert!(begun[5_000].is_none(), "one too many");
    assert_eq!(crowd.turned_away(Kind::Reads), 1);
    drop(begun);
    assert!(crowd.enter_now(Kind::Reads, None, now).is_ok(), "another kind has room of its own");
    drop(guests);
    assert!(enter(&crowd, &Manners::default(), now).is_ok());
    assert_eq!((crowd.turned_away(CHANGES), crowd.under_way(CHANGES)), (1, 0));
}

#[test]
fn who_comes_back_at_once_is_let_in_while_few_are_under_way() {
    let (crowd, now) = (slow_crowd(), Instant::now());
    let regular = Manners::default();
    drop(enter(&crowd, &regular, now).expect("the first time"));
    let few = strangers(&crowd, LEAST - 1, now);
    let soon = Instant::now();
    drop(enter(&crowd, &regular, soon).expect("few are under way"));
    let one_more = strangers(&crowd, 1, now);
    assert!(enter(&crowd, &regular, soon).is_err());
    assert!(enter(&crowd, &Manners::default(), soon).is_ok(), "a stranger");
    let later = Instant::now() + A_MOMENT + Duration::from_secs(SPREAD_S);
    assert!(enter(&crowd, &regular, later).is_ok(), "a moment has passed");
    drop((few, one_more));
}

#[tokio::test(start_paused = true)]
async fn who_waits_as_asked_is_let_in_and_who_does_not_waits_for_the_answer() {
    let (crowd, now) = (slow_crowd(), Instant::now());
    let regular = Manners::default();
    drop(enter(&crowd, &regular, now).expect("the first time"));
    let guests = strangers(&crowd, LEAST, now);
    let (turned_away, held) = waited(&crowd, &regular, now).await.expect_err("too many");
    assert_eq!(held, Duration::ZERO, "told at once");
    assert!((1..=SPREAD_S).contains(&turned_away.retry_after_s));
    let (again, held) = waited(&crowd, &regular, now).await.expect_err("too many still");
    assert_eq!(held.as_secs(), turned_away.retry_after_s, "until they should have come");
    let as_asked = now + held + Duration::from_secs(again.retry_after_s);
    drop(enter(&crowd, &regular, as_asked).expect("as many are under way"));
    drop(guests);
    assert_eq!((crowd.turned_away(CHANGES), crowd.under_way(CHANGES)), (2, 0));
}

/// A request that comes at this time: its outcome, and how long it waited for that.
async fn waited<'a>(
    crowd: &'a Crowd,
    who: &Manners,
    now: Instant,
) -> Result<(Guest<'a>, Duration), (TurnedAway, Duration)> {
    let began = tokio::time::Instant::now();
    let entered = crowd.enter_in_time(CHANGES, Some(who.clone()), now).await;
    let took = began.elapsed();
    entered.map(|guest| (guest, took)).map_err(|away| (away, took))
}

#[test]
fn of_those_who_wait_no_more_are_let_in_than_can_be_served() {
    let (crowd, now) = (slow_crowd(), Instant::now());
    let guests = strangers(&crowd, STRANGERS * LEAST, now);
    assert!(enter(&crowd, &Manners::default(), now).is_err(), "another stranger");
    assert!(crowd.enter_now(CHANGES, None, now).is_err(), "somebody behind a proxy");
    let patient = Manners::default();
    let turned_away = enter(&crowd, &patient, now).expect_err("no room at all").turn_away(now);
    let as_asked = now + Duration::from_secs(turned_away.retry_after_s);
    let again = enter(&crowd, &patient, as_asked).expect_err("no room at all");
    assert_eq!(again.early(as_asked), Duration::ZERO, "they came when they were asked to");
    let again = again.turn_away(as_asked);
    drop(guests);
    let guests = strangers(&crowd, LEAST + LEAST / 4, now);
    let as_asked = as_asked + Duration::from_secs(again.retry_after_s);
    assert!(enter(&crowd, &patient, as_asked).is_err(), "a quarter more than few");
    assert!(enter(&crowd, &Manners::default(), as_asked).is_ok(), "a stranger");
    drop(guests);
}

#[test]
fn where_all_are_served_soon_who_comes_back_at_once_is_let_in_as_well() {
    let (crowd, now) = (crowd(), Instant::now());
    let regulars: Vec<_> = (0..4_000).map(|_| Manners::default()).collect();
    for _ in 0..3 {
        let all = regulars.iter().map(|who| enter(&crowd, who, now));
        let all: Result<Vec<_>, _> = all.collect();
        assert_eq!(all.map(|all| all.len()).ok(), Some(4_000), "a burst, and again");
    }
    assert_eq!(crowd.turned_away(CHANGES), 0);
}

#[test]
fn once_requests_take_long_more_are_few_where_more_are_served() {
    let look = Look { lasted_ms: 250, served: 10_000, took_us: 0, without_room: 0, under_way: 0 };
    let few = |look: Look| look.few(5_000);
    let soon = Look { took_us: 10_000 * 20_000, ..look };
    assert_eq!(few(soon), 5_000, "all are served soon");
    let slow = Look { took_us: soon.took_us + 1, ..look };
    assert_eq!(few(slow), 800, "of 40,000 a second");
    assert_eq!(few(Look { lasted_ms: 350, ..slow }), 571, "of 28,600 a second");
    assert_eq!(few(Look { served: 100, ..slow }), LEAST, "of hardly any");
    assert_eq!(few(Look { served: 100_000, took_us: u64::MAX, ..look }), 5_000, "all there is");
    assert_eq!(few(Look { without_room: 1, ..soon }), 800, "until nobody is turned away");
    let quiet = Look { served: 0, ..look };
    assert_eq!(few(quiet), 5_000, "nobody is there");
    assert_eq!(few(Look { under_way: 1, ..quiet }), LEAST, "nobody is served");
}

#[test]
fn whose_own_request_took_long_comes_back_to_few_before_anybody_has_looked() {
    let (crowd, now) = (crowd(), Instant::now());
    let [slow, quick] = [Manners::default(), Manners::default()];
    let mut long = enter(&crowd, &slow, now).expect("let in");
    long.since -= SERVED_WITHIN * 2;
    drop((long, enter(&crowd, &quick, now).expect("let in")));
    let few = strangers(&crowd, LEAST, now);
    assert!(enter(&crowd, &slow, now).is_err(), "few are under way already");
    assert!(enter(&crowd, &quick, now).is_ok());
    drop(few);
    assert!(enter(&crowd, &slow, now).is_ok());
}

#[test]
fn how_long_requests_take_is_learnt_from_them() {
    let (crowd, now) = (crowd(), Instant::now());
    let mut slow = strangers(&crowd, 10, now);
    for guest in &mut slow {
        guest.since -= SERVED_WITHIN * 2;
    }
    drop(slow);
    drop(strangers(&crowd, 1, now + LOOK));
    assert_eq!(crowd.counts[0].few.load(Ordering::Relaxed), LEAST, "they took long");
    drop(strangers(&crowd, 1, now + LOOK * 2));
    assert_eq!(crowd.counts[0].few.load(Ordering::Relaxed), 5_000, "the last did not");
}
