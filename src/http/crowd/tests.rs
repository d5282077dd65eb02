//! Who is let in, by what is known of them and how many are under way.

use super::*;

const CHANGES: Kind = Kind::Changes;

fn crowd() -> Crowd {
    Crowd::new(5_000, TrustedProxies::default())
}

fn enter<'a>(crowd: &'a Crowd, who: &Manners, now: Instant) -> Result<UnderWay<'a>, TurnedAway> {
    crowd.enter_as(CHANGES, Some(who.clone()), now).map(Guest::begin)
}

/// So many strangers who are being served.
fn strangers(crowd: &Crowd, many: usize, now: Instant) -> Vec<UnderWay<'_>> {
    (0..many).map(|_| enter(crowd, &Manners::default(), now).expect("let in")).collect()
}

#[test]
fn a_burst_of_strangers_is_let_in_as_long_as_there_is_room() {
    let (crowd, now) = (crowd(), Instant::now());
    let guests = strangers(&crowd, 5_000, now);
    assert!(enter(&crowd, &Manners::default(), now).is_err(), "one too many");
    let sending = crowd.enter_as(Kind::Reads, None, now).expect("its body is not there");
    assert_eq!(crowd.under_way(Kind::Reads), 0);
    drop(sending.begin());
    assert!(crowd.enter_as(Kind::Reads, None, now).is_ok(), "another kind has room of its own");
    drop(guests);
    assert!(enter(&crowd, &Manners::default(), now).is_ok());
    assert_eq!((crowd.turned_away(CHANGES), crowd.under_way(CHANGES)), (1, 0));
}

#[test]
fn who_comes_back_at_once_is_let_in_while_few_are_under_way() {
    let (crowd, now) = (crowd(), Instant::now());
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
    let (crowd, now) = (crowd(), Instant::now());
    let regular = Manners::default();
    drop(enter(&crowd, &regular, now).expect("the first time"));
    let guests = strangers(&crowd, LEAST, now);
    let turned_away = enter(&crowd, &regular, Instant::now()).expect_err("too many");
    assert_eq!(turned_away.held, None, "told at once");
    assert!((1..=SPREAD_S).contains(&turned_away.retry_after_s));
    turned_away.wait().await;
    let early = enter(&crowd, &regular, Instant::now()).expect_err("too many still");
    let held = early.held.expect("the answer waits");
    assert!(held > HELD_MAX / 2 && held <= HELD_MAX, "{held:?}");
    early.wait().await;
    let as_asked = Instant::now() + Duration::from_secs(early.retry_after_s);
    assert!(enter(&crowd, &regular, as_asked).is_ok(), "as many are under way");
    drop(guests);
}

#[test]
fn more_are_few_where_more_are_served() {
    let (crowd, now) = (crowd(), Instant::now());
    let few = |served: usize, at: Duration| {
        (0..served).for_each(|_| drop(strangers(&crowd, 1, now)));
        drop(strangers(&crowd, 1, now + at));
        crowd.counts[0].few.load(Ordering::Relaxed)
    };
    assert_eq!(few(100, LOOK), LEAST, "in a quarter of a second");
    assert_eq!(few(10_000, 2 * LOOK), 1_600, "of 40,000 a second");
    assert_eq!(few(10_000, 4 * LOOK), 800, "of 20,000 a second");
    assert_eq!(few(100_000, 5 * LOOK), 5_000, "no more than there is room for");
    assert_eq!(few(0, 100 * LOOK), LEAST, "it has become quiet");
}
