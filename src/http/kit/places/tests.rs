//! Who gets a place, and whose.

use super::*;

fn places(total: usize, per_address: usize) -> Arc<Places> {
    Places::new(PlaceBounds { total, per_address, ending: 4 }, TrustedProxies::default())
}

fn address(last: u8) -> IpAddr {
    [10, 0, 0, last].into()
}

fn is_to_end(place: &ConnectionPlace) -> bool {
    place.is_to_end(Waker::noop())
}

/// As if it had been idle since then.
fn idle_since(place: &ConnectionPlace, since: u64) {
    place.slot.state.store(since, Ordering::Relaxed);
}

#[test]
fn the_longest_idle_makes_room_and_who_is_served_does_not() {
    let places = places(3, 3);
    let taken: Vec<ConnectionPlace> =
        (1..=3).map(|last| places.take(address(last)).expect("room")).collect();
    for (place, since) in taken.iter().zip([30, 10, 20]) {
        idle_since(place, since);
    }
    taken[1].is_served();
    let further = places.take(address(4)).expect("room is made");
    assert_eq!(taken.iter().map(is_to_end).collect::<Vec<_>>(), [false, false, true]);
    further.is_served();
    let one_more = places.take(address(4)).expect("room is made");
    assert!(is_to_end(&taken[0]));
    one_more.is_served();
    assert_eq!(
        places.take(address(5)).err(),
        Some(NoPlace::Served),
        "all others are served, and two have not ended"
    );
    drop(taken);
    assert_eq!(places.ending.load(Ordering::Relaxed), 0);
    assert!(places.take(address(5)).is_ok());
}

#[test]
fn who_is_told_to_end_and_says_something_is_served() {
    let places = places(1, 1);
    let first = places.take(address(1)).expect("room");
    let second = places.take(address(2)).expect("room is made");
    assert!(is_to_end(&first));
    first.is_served();
    assert!(!is_to_end(&first));
    assert_eq!(places.ending.load(Ordering::Relaxed), 0);
    first.is_idle();
    drop(second);
    let third = places.take(address(2)).expect("room is made");
    assert!(is_to_end(&first) && !is_to_end(&third));
    first.is_idle();
    assert!(is_to_end(&first), "having been told, it ends");
}

#[test]
fn an_address_makes_room_for_itself_unless_it_is_a_proxy() {
    let bounds = PlaceBounds { total: 200, per_address: 2, ending: 4 };
    let proxies = TrustedProxies::parse("10.0.0.9, ::1").expect("addresses");
    let places = Places::new(bounds, proxies);
    let other = places.take(address(1)).expect("room");
    idle_since(&other, 0);
    let taken: Vec<ConnectionPlace> =
        (0..4).map(|_| places.take(address(2)).expect("room")).collect();
    assert_eq!(taken.iter().filter(|place| is_to_end(place)).count(), 2);
    assert!(!is_to_end(&other));
    let proxied: Vec<ConnectionPlace> =
        (0..50).map(|_| places.take(address(9)).expect("room")).collect();
    assert!(!proxied.iter().any(is_to_end));
    let next_door = places.take("::2".parse().expect("an address")).expect("room");
    let of_ipv6 = "::1".parse().expect("an address");
    let of_ipv6: Vec<ConnectionPlace> =
        (0..50).map(|_| places.take(of_ipv6).expect("room")).collect();
    assert!(!of_ipv6.iter().any(is_to_end));
    drop((other, taken, proxied, next_door, of_ipv6));
    let left = places.taken.lock();
    assert!(left.count == 0 && left.by_address.is_empty());
}

#[test]
fn those_that_have_not_ended_yet_are_bounded_too() {
    let places = places(2, 100);
    let taken: Vec<_> = (0..20).map_while(|_| places.take(address(1)).ok()).collect();
    assert_eq!(taken.len(), 2 + 4);
    assert_eq!(places.take(address(1)).err(), Some(NoPlace::Ending));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_end_is_bounded_as_well() {
    let places = places(2, 100);
    let taken: Vec<_> = (0..20).map_while(|_| places.take(address(1)).ok()).collect();
    let waiting = (0..50).map(|_| async {
        let began = tokio::time::Instant::now();
        let refused = places.wait(address(2)).await.err();
        (refused, began.elapsed().is_zero())
    });
    let waited = futures_util::future::join_all(waiting).await;
    assert!(waited.iter().all(|(refused, _)| *refused == Some(NoPlace::Ending)));
    assert_eq!(waited.iter().filter(|(_, at_once)| *at_once).count(), 42);
    drop(taken);
    assert!(places.wait(address(2)).await.is_ok());
}
