//! Deals in the memory of the shops that sell their products.

use std::time::Duration;

use hotdeal_actors::Mall;
use hotdeal_actors::deal::OpenDeal;
use hotdeal_domain::deal::DealTerms;
use hotdeal_domain::{BasisPoints, Discount, SaleWindow, ShopId};

use super::{product, world};

/// How many deals a shop has in memory, once `wanted` do.
async fn has_deals(mall: &Mall, shop: ShopId, wanted: usize) {
    let looked = async {
        loop {
            let seen =
                mall.actor("shop", &shop.to_string()).await.expect("tables").expect("it lives");
            if seen.state["deals"] == serde_json::json!(wanted) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let within = Duration::from_secs(20);
    tokio::time::timeout(within, looked).await.unwrap_or_else(|_| panic!("not {wanted} deals"));
}

#[actix::test]
async fn deals_that_have_ended_leave_the_memory_at_midnight_and_those_that_run_stay() {
    let world = world().await;
    let mall = &world.mall;
    let product = product(&world).await;
    let shop = mall.shops().products(&[product]).await.expect("tables")[0].shop;
    let by = mall.shops().shop(shop).await.expect("tables").expect("a shop").owner;
    let now = hotdeal_actors::now();
    let ends = [now.plus(3_000), now.plus(3_600_000)];
    for end in ends {
        let terms = DealTerms {
            discount: Discount::Rate(BasisPoints::try_from(2_500).expect("a quarter")),
            window: SaleWindow { start: now, end },
            quota: None,
            person_limit: None,
        };
        let ask = OpenDeal { by, terms, products: vec![product] };
        mall.deals().open_deal(ask, None).await.expect("opened");
    }
    has_deals(mall, shop, 2).await;
    let left = u64::try_from(ends[0].0 - hotdeal_actors::now().0).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(left + 1)).await;
    has_deals(mall, shop, 2).await;
    mall.deals().tidy_deals();
    has_deals(mall, shop, 1).await;
    assert_eq!(mall.deals().best_deals(by, &[product]).await.expect("found").len(), 1);
}
