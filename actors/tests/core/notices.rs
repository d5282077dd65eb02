//! Notices as those hear of them who listen: in order, without a gap, once each.

use std::sync::Arc;

use futures_util::future::join_all;
use hotdeal_actors::account::{OpenAccount, Role};
use hotdeal_actors::deal::DealError;
use hotdeal_actors::deal::{MoveDeal, OpenDeal};
use hotdeal_actors::notice::{NewsKind, NoticeBatch, Subscribe};
use hotdeal_actors::shop::CreateProduct;
use hotdeal_actors::{Mall, RequestError, audit};
use hotdeal_domain::deal::{DealMove, DealTerms};
use hotdeal_domain::{Amount, BasisPoints, Discount, EventId, ProductId, SaleWindow, UserId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{World, mall, seller, world};

/// Lines of one telling at most, as the notifier chooses them.
const CHUNK_ROWS: usize = 1_000;

async fn people(mall: &Mall, count: usize) -> Vec<UserId> {
    let opened = join_all((0..count).map(|_| async {
        let ask = OpenAccount {
            email: format!("{}@example.kr", uuid::Uuid::new_v4()),
            name: "follower".into(),
            password_phc: "x".into(),
            role: Role::User,
        };
        mall.accounts().open_account(ask, None).await.expect("an account").value.user
    }));
    let mut people = opened.await;
    people.sort_unstable();
    people
}

async fn products(world: &World, count: usize) -> Vec<ProductId> {
    let (_, shop) = seller(world).await;
    let mut products = Vec::with_capacity(count);
    for number in 0..count {
        let ask = CreateProduct {
            shop,
            name: format!("thing {number}"),
            description: String::new(),
            price: Amount::try_from(1_000).expect("an amount"),
            image_url: String::new(),
            category: "OTHER".into(),
        };
        products
            .push(world.mall.shops().create_product(ask, None).await.expect("a product").value.id);
    }
    products.sort_unstable();
    products
}

async fn follow(mall: &Mall, people: &[UserId], products: &[ProductId]) {
    join_all(people.iter().map(|user| async {
        let ask = Subscribe { user: *user, products: products.to_vec() };
        mall.notices().subscribe(ask, None).await.expect("followed");
    }))
    .await;
}

async fn opened(mall: &Mall, by: UserId, products: &[ProductId]) -> EventId {
    let now = hotdeal_actors::now();
    let terms = DealTerms {
        discount: Discount::Rate(BasisPoints::try_from(2_500).expect("a quarter")),
        window: SaleWindow { start: now, end: now.plus(3_600_000) },
        quota: None,
        person_limit: None,
    };
    let ask = OpenDeal { by, terms, products: products.to_vec() };
    loop {
        match mall.deals().open_deal(ask.clone(), None).await {
            Ok(opened) => return opened.value.deal.id,
            // Another owner of the shop has fenced this one off: it has to be rebuilt.
            Err(DealError::Request(RequestError::Unavailable(_))) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// A queue of what a mall tells. Its sender never waits, as a sink must not.
fn listening(mall: &Mall) -> UnboundedReceiver<Arc<NoticeBatch>> {
    let (heard, hearing): (UnboundedSender<Arc<NoticeBatch>>, _) = unbounded_channel();
    mall.notices().on_batch(move |telling| _ = heard.send(telling));
    hearing
}

#[actix::test]
async fn who_listens_hears_each_telling_once_in_order_and_it_can_be_read_again() {
    let world = world().await;
    let mall = &world.mall;
    let (people, products) = (people(mall, 90).await, products(&world, 40).await);
    let (many, few) = people.split_at(60);
    follow(mall, many, &products).await;
    follow(mall, few, &products[..1]).await;
    let mut hearing = listening(mall);
    assert_eq!(mall.notices().told_through(), 0);
    let event = opened(mall, people[0], &products).await;
    let mut heard = Vec::new();
    while heard.iter().map(|telling: &Arc<NoticeBatch>| telling.to.len()).sum::<usize>() < 90 {
        heard.push(hearing.recv().await.expect("the mall is open"));
    }
    let sequences: Vec<i64> = heard.iter().map(|telling| telling.sequence).collect();
    assert_eq!(sequences, (1..=mall.notices().told_through()).collect::<Vec<_>>());
    assert!(heard.len() > 1, "more than one entry");
    let mut told = Vec::new();
    for telling in &heard {
        assert_eq!((telling.kind, telling.deal.id), (NewsKind::Opened, event));
        let rows: usize = telling.to.iter().map(|(_, lines)| lines.len()).sum();
        assert!(rows <= CHUNK_ROWS, "{rows} rows");
        told.extend(telling.to.iter().map(|(user, lines)| (*user, lines.clone(), telling)));
    }
    assert!(told.iter().map(|(user, ..)| *user).eq(people.iter().copied()), "each once, in order");
    for (user, lines, telling) in &told {
        let follows = if many.contains(user) { &products[..] } else { &products[..1] };
        assert!(lines.iter().map(|line| line.product).eq(follows.iter().copied()));
        assert!(lines.iter().all(|line| line.price.minor() == 750));
        // What is read from the tables is the same to the letter.
        let missed = mall.notices().missed(*user, 0, 10).await.expect("read");
        let to = vec![(*user, lines.clone())];
        assert_eq!(missed, [NoticeBatch { to, ..NoticeBatch::clone(telling) }]);
    }
    let of_many: Vec<_> = heard[0].to.iter().map(|(_, lines)| lines).collect();
    assert!(of_many.windows(2).all(|two| Arc::ptr_eq(two[0], two[1])), "one list for all of them");

    let pause = MoveDeal { deal: event, asked: DealMove::Pause };
    mall.deals().move_deal(pause, None).await.expect("paused");
    let mut paused = 0;
    while paused < 90 {
        let telling = hearing.recv().await.expect("the mall is open");
        assert_eq!(telling.kind, NewsKind::Paused);
        paused += telling.to.len();
    }
    let first = people[0];
    let all = mall.notices().missed(first, 0, 10).await.expect("read");
    assert_eq!(all.len(), 2);
    assert_eq!(mall.notices().missed(first, 0, 1).await.expect("read"), all[..1]);
    assert_eq!(mall.notices().missed(first, all[0].sequence, 10).await.expect("read"), all[1..]);
    assert_eq!(mall.notices().missed(first, all[1].sequence, 10).await.expect("read"), []);
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.subscriptions, report.notices), (60 * 40 + 30, 2 * (60 * 40 + 30)));
    mall.close().await;
}

#[actix::test]
async fn news_that_interests_nobody_is_told_to_nobody() {
    let world = world().await;
    let products = products(&world, 2).await;
    let mut hearing = listening(&world.mall);
    let by = people(&world.mall, 1).await[0];
    let event = opened(&world.mall, by, &products).await;
    let telling = hearing.recv().await.expect("the mall is open");
    assert_eq!((telling.sequence, telling.deal.id, telling.to.len()), (1, event, 0));
    assert_eq!(world.mall.notices().news_in_flight().await.expect("read"), []);
    let cancel = MoveDeal { deal: event, asked: DealMove::Cancel };
    world.mall.deals().move_deal(cancel, None).await.expect("cancelled");
    let telling = hearing.recv().await.expect("the mall is open");
    assert_eq!((telling.sequence, telling.kind, telling.to.len()), (2, NewsKind::Cancelled, 0));
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    world.mall.close().await;
}

#[actix::test]
async fn a_notifier_that_was_fenced_off_goes_on_without_a_gap_for_who_listens() {
    let world = world().await;
    let (people, products) = (people(&world.mall, 3).await, products(&world, 1).await);
    follow(&world.mall, &people, &products).await;
    let mut hearing = listening(&world.mall);
    opened(&world.mall, people[0], &products).await;
    // Another owner of the same stream, who tells two deals; then the first one's turn again.
    let other = mall(&world.url).await;
    let mut of_other = listening(&other);
    for _ in 0..2 {
        opened(&other, people[0], &products).await;
    }
    let last = opened(&world.mall, people[0], &products).await;
    let mut heard: Vec<Arc<NoticeBatch>> = Vec::new();
    while heard.last().is_none_or(|telling| telling.deal.id != last) {
        tokio::select! {
            telling = hearing.recv() => heard.push(telling.expect("the mall is open")),
            // Whoever is the owner when it is looked for tells it.
            _ = of_other.recv() => {}
        }
    }
    let sequences: Vec<i64> = heard.iter().map(|telling| telling.sequence).collect();
    assert_eq!(sequences, (1..=4).collect::<Vec<_>>());
    assert!(heard.iter().all(|telling| telling.to.len() == 3));
    let report = audit::run(&world.url).await.expect("an audit");
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.notices, 12);
    other.close().await;
    world.mall.close().await;
}
