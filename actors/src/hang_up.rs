//! Callers who hang up: at every point at which one can, nothing is left behind, what was asked has
//! happened once or not at all, and the next caller is served.

mod accounts;
pub(crate) mod world;

use hotdeal_domain::deal::{DealMove, DealState};
use hotdeal_domain::order::OrderState;
use hotdeal_domain::shop::Movement;
use hotdeal_domain::{Amount, ShopId};
use tokio_test::task;
use world::{PIECES, world};

use crate::deal::MoveDeal;
use crate::error::RequestError;
use crate::order::CancelOrder;
use crate::shop::MoveStock;

/// Asks, and hangs up at this moment: the first is before it is polled; then each time it waits there
/// are two, at once and when it was woken. What it came to, if it came to an end before that.
async fn hung_up_at<F: Future>(moment: usize, asking: F) -> Option<F::Output> {
    let mut asking = task::spawn(asking);
    for poll in 1..=moment.div_ceil(2) {
        if let std::task::Poll::Ready(answer) = asking.poll() {
            return Some(answer);
        }
        if 2 * poll <= moment {
            world::eventually("it goes on", async || asking.is_woken().then_some(())).await;
        }
    }
    None
}

#[actix::test]
async fn at_every_point_of_finding_an_owner() {
    let world = world().await;
    let shops = &world.mall.shared.desks;
    let nobody = ShopId::try_from(987_654_321).expect("an id");
    for moment in 0.. {
        world.passivate().await;
        let absent = hung_up_at(moment, shops.live(nobody)).await;
        let found = hung_up_at(moment, shops.live(world.home)).await;
        world.is_as_before(moment).await;
        assert_eq!(shops.live(nobody).await.err(), Some(RequestError::Missing));
        world.order(&[world.lamp], None).await.expect("the next caller is served");
        if let (Some(absent), Some(found)) = (absent, found) {
            assert_eq!(absent.err(), Some(RequestError::Missing));
            assert!(found.is_ok());
            assert!(moment > 2, "{moment}: it waits more than once");
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_asking_under_a_key() {
    let world = world().await;
    for moment in 0.. {
        let key = format!("key-{moment}");
        let asked = hung_up_at(moment, world.order(&[world.lamp], Some(&key))).await;
        world.is_as_before(moment).await;
        let next = world.order(&[world.lamp], Some(&key)).await.expect("the next one is served");
        // And of those who ask again.
        let again = hung_up_at(moment, world.order(&[world.lamp], Some(&key))).await;
        world.is_as_before(moment).await;
        let last = world.order(&[world.lamp], Some(&key)).await.expect("served");
        assert_eq!((&last.value, last.replayed), (&next.value, true));
        let orders = i64::try_from(moment).expect("a few") + 1;
        assert_eq!(world.sold(world.lamp).await, orders, "each key once");
        if let (Some(asked), Some(again)) = (asked, again) {
            assert_eq!(asked.expect("ordered").value, next.value);
            assert!(again.expect("told again").replayed);
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_an_order_over_several_shops() {
    let world = world().await;
    let both = [world.lamp, world.bulb];
    for moment in 0.. {
        let key = format!("key-{moment}");
        let asked = hung_up_at(moment, world.order(&both, Some(&key))).await;
        world.is_as_before(moment).await;
        let next = world.order(&both, Some(&key)).await.expect("the next one is served").value;
        let orders = i64::try_from(moment).expect("a few") + 1;
        for product in both {
            assert_eq!(world.sold(product).await, orders, "each key once");
        }
        if let Some(asked) = asked {
            assert_eq!(asked.expect("ordered").value, next);
            break;
        }
    }
    world.is_sound().await;
}

/// As when the thread that makes it comes to its end.
#[actix::test]
async fn at_every_point_of_making_an_order_over_several_shops() {
    let world = world().await;
    for moment in 0.. {
        let (order, one) = world.wide_order().await;
        let made = hung_up_at(moment, order.run(one, None)).await;
        world.is_as_before(moment).await;
        let both = [world.lamp, world.bulb];
        world.order(&both, None).await.expect("the next one is served");
        world.is_as_before(moment).await;
        if let Some(made) = made {
            made.expect("ordered");
            assert!(moment > 2, "{moment}: it waits more than once");
            break;
        }
    }
    assert_eq!(world.sold(world.lamp).await, world.sold(world.bulb).await);
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_cancelling() {
    let world = world().await;
    let both = [world.lamp, world.bulb];
    for moment in 0.. {
        let order = world.order(&both, None).await.expect("ordered").value;
        let request = CancelOrder { order: order.id, user: order.user };
        let asked = hung_up_at(moment, world.mall.orders().cancel_order(request, None)).await;
        world.is_as_before(moment).await;
        let cancelled =
            world.mall.orders().cancel_order(request, None).await.expect("the next one is served");
        assert_eq!(cancelled.value.state, OrderState::Cancelled);
        for product in both {
            assert_eq!(world.sold(product).await, 0, "all of it came back once");
        }
        if let Some(asked) = asked {
            asked.expect("cancelled");
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_opening_and_turning_a_deal() {
    let world = world().await;
    for moment in 0.. {
        let key = format!("open-{moment}");
        let opened = hung_up_at(moment, world.deal(&key)).await;
        world.is_as_before(moment).await;
        let deal = world.deal(&key).await.expect("the next one is served").value.deal.id;
        let deals = world.mall.deals().list(i64::MAX, 1_000).await.expect("read").len();
        assert_eq!(deals, moment + 1, "each key once");
        let cancel = MoveDeal { deal, asked: DealMove::Cancel };
        let turned = hung_up_at(moment, world.mall.deals().move_deal(cancel, None)).await;
        world.is_as_before(moment).await;
        let again =
            world.mall.deals().move_deal(cancel, None).await.expect("the next one is served");
        assert_eq!(again.value.view.state, DealState::Cancelled);
        if let (Some(opened), Some(turned)) = (opened, turned) {
            assert_eq!(opened.expect("opened").value.deal.id, deal);
            turned.expect("cancelled");
            break;
        }
    }
    let best = world.mall.deals().best_deals(world.buyer, &[world.lamp]).await.expect("found");
    assert!(best.is_empty(), "all were cancelled");
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_moving_stock() {
    let world = world().await;
    let (product, movement) = (world.lamp, Movement::Increased(1));
    for moment in 0.. {
        let before =
            world.mall.shops().stock(product).await.expect("read").expect("a product").stock;
        let request = MoveStock { product, movement };
        let asked = hung_up_at(moment, world.mall.shops().move_stock(request, None)).await;
        world.is_as_before(moment).await;
        let after =
            world.mall.shops().stock(product).await.expect("read").expect("a product").stock;
        let moved = after.on_hand - before.on_hand;
        assert!(moved <= 1 && (moved == 1 || asked.is_none()), "{before:?} {after:?}");
        if let Some(asked) = asked {
            assert!(asked.expect("moved").value.stock.on_hand > PIECES);
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_changing_a_product() {
    let world = world().await;
    for moment in 0..1_000 {
        let text = moment.to_string();
        let price = Amount::try_from(moment + 1).expect("an amount");
        let (price, name) = ((Some(price), None), (None, Some(text.as_str())));
        let wanted = usize::try_from(moment).expect("a few");
        let asked = hung_up_at(wanted, world.change(price, Some(&text))).await;
        // At once: what was asked first may be on its way.
        world.change(name, None).await.expect("the next caller is served");
        world.change(price, Some(&text)).await.expect("and the first one who asks again");
        let seen = world.mall.shops().product(world.lamp).await.expect("read").expect("a product");
        assert_eq!((Some(seen.price), &*seen.name), (price.0, &*text), "both changes stay");
        world.is_as_before(wanted).await;
        if let Some(asked) = asked {
            asked.expect("changed");
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_taking_over_the_log_of_keys() {
    let world = world().await;
    for moment in 0.. {
        world.mall.shared.host.keys.log().fail();
        let key = format!("key-{moment}");
        let asked = hung_up_at(moment, world.order(&[world.lamp], Some(&key))).await;
        let next = world.order(&[world.lamp], Some(&key)).await.expect("the next one is served");
        let orders = i64::try_from(moment).expect("a few") + 1;
        assert_eq!(world.sold(world.lamp).await, orders, "each key once");
        world.is_as_before(moment).await;
        if let Some(asked) = asked {
            assert_eq!(asked.expect("ordered").value, next.value);
            break;
        }
    }
    world.is_sound().await;
}
