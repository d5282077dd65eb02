//! What is journalled comes back as it was, and is called by stable names.

use std::sync::Arc;

use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::account::{AccountFact, AccountOpened, Role, SessionId, TokenId};
use hotdeal_domain::coupon::{CouponFact, CouponIssued, CouponTerms, Validity};
use hotdeal_domain::deal::{DealFact, DealShare, DealState, PriceFact};
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::notice::{FollowFact, NewsKind, NoticeFact, ReadMarks, Told};
use hotdeal_domain::order::{Order, OrderFact, Rejection, RejectionReason};
use hotdeal_domain::shop::{AdjustReason, LOW_AT, Movement, ShopFact};
use hotdeal_domain::{
    BatchId, Currency, Fact, ID_MAX, OrderId, ProductId, StreamId, UnixMillis, UserFact, UserId,
};

use crate::coupon_table::terms;
use crate::deal_table::{deal, discount, event, percent};
use crate::order_table::line;
use crate::shop_table::{changed, created, profile};
use crate::table::{check, pieces, product, shop, user};

fn of_shop(fact: impl Into<DeskFact>) -> Fact {
    Fact::Shop(shop(1), fact.into())
}

fn of_coupons(fact: CouponFact) -> Fact {
    Fact::Event(event(6), fact)
}

fn of_deal(fact: DealFact) -> Fact {
    Fact::Deal(event(6), fact)
}

fn of_user(fact: UserFact) -> Fact {
    Fact::User(user(2), fact)
}

fn opened(role: Option<Role>, at: UnixMillis) -> Fact {
    of_user(UserFact::AccountOpened(AccountOpened { user: user(2), role, at }))
}

fn told(told: Told, at: UnixMillis) -> Fact {
    Fact::Notices(1, NoticeFact::DealTold { deal: event(6), told, at })
}

fn every_kind() -> Vec<Fact> {
    let order = OrderId::try_from(8).expect("an order of the test");
    let lines = vec![(product(1), pieces(2)), (product(3), pieces(4))];
    let at = UnixMillis(9);
    let deal = deal(6, percent(1_250), 9, 99);
    let share =
        Box::new(DealShare { user: user(2), lines: vec![(event(6), product(1), pieces(2))] });
    let placed =
        Order::new(order, user(2), vec![line(1, 1, 2, 255), line(2, 3, 4, 5)], Currency::Gbp, at);
    let movements = [
        Movement::Increased(5),
        Movement::Reset(0),
        Movement::Adjusted { delta: -3, reason: AdjustReason::WriteOff },
    ];
    let mut facts = vec![
        of_shop(ShopFact::ShopOpened(profile(1))),
        of_shop(created(1, 255)),
        of_shop(OrderFact::OrderPlaced(Arc::new(placed.expect("a small order")))),
        of_shop(OrderFact::StockSold {
            order,
            lines: lines.clone(),
            deals: None,
            at,
            answer_by: None,
        }),
        of_shop(OrderFact::StockSold {
            order,
            lines: lines.clone(),
            deals: Some(share.clone()),
            at,
            answer_by: None,
        }),
        of_shop(OrderFact::OrderCancelled {
            order,
            user: user(2),
            lines: lines.clone(),
            deals: None,
            at,
        }),
        of_shop(OrderFact::StockReturned { order, lines, deals: Some(share), at }),
        of_deal(DealFact::DealOpened { deal: Box::new(deal.clone()), by: user(1), products: 2 }),
        of_shop(PriceFact::DealPosted {
            deal: Arc::new(deal),
            products: [product(1), product(3)].into(),
        }),
        of_deal(DealFact::DealTurned { deal: event(6), state: DealState::Paused, at }),
        of_coupons(CouponFact::CouponsOpened {
            batch: BatchId::try_from(4).expect("a batch of the test"),
            shop: shop(1),
            terms: Box::new(terms(10)),
            seed: u64::MAX,
            at,
        }),
        of_coupons(CouponFact::CouponsReady),
        of_coupons(CouponFact::CouponsFailed { reason: "no room".to_owned() }),
        of_coupons(CouponFact::CouponIssued(CouponIssued { user: user(ID_MAX), ordinal: 7, at })),
        opened(Some(Role::Seller), at),
        of_shop(changed(1, 260)),
        of_shop(ShopFact::ProductWithdrawn { product: product(1), at }),
    ];
    facts.extend(of_accounts(at).map(|fact| of_user(UserFact::Account(fact))));
    let (user, admins) = (user(2), 1);
    let counted = [AdminFact::Joined { user, admins, at }, AdminFact::Left { user, admins, at }];
    facts.extend(counted.map(Fact::Admins));
    facts.extend(of_followers(at).map(|fact| of_user(UserFact::Follow(fact))));
    let opening = Told {
        news: 1,
        kind: NewsKind::Opened,
        people: 2,
        notices: 3,
        after: 0,
        through: ID_MAX,
        last: true,
    };
    facts.push(told(opening, at));
    facts.extend(movements.map(|movement| {
        of_shop(ShopFact::StockMoved { product: product(1), movement, delta: -3, at })
    }));
    let (product, low_at, before) = (product(1), 20, LOW_AT);
    facts.push(of_shop(ShopFact::LowStockSet { product, low_at, before, at }));
    facts.extend(of_parts(order, at).map(of_shop));
    facts
}

fn of_parts(order: OrderId, at: UnixMillis) -> [OrderFact; 6] {
    let (by, lines) = (user(9), vec![(product(1), pieces(2)), (product(3), pieces(4))]);
    let deals = DealShare { user: user(2), lines: vec![(event(6), product(1), pieces(2))] };
    let rejection =
        Rejection { reason: RejectionReason::Other, text: Some("Sorry, \"no\"".into()) };
    [
        OrderFact::PartAccepted { order, by, expected_at: UnixMillis(99), at },
        OrderFact::PartReady { order, by, at },
        OrderFact::PartDone { order, by, at },
        OrderFact::PartRejected {
            order,
            by: Some(by),
            rejection,
            lines: lines.clone(),
            deals: None,
            at,
        },
        OrderFact::PartCancelled { order, user: user(2), lines, deals: Some(Box::new(deals)), at },
        OrderFact::OrderEmptied { order, at },
    ]
}

fn of_followers(at: UnixMillis) -> [FollowFact; 4] {
    [
        FollowFact::Subscribed { products: vec![product(1), product(3)], at },
        FollowFact::Unsubscribed { product: product(3), at },
        FollowFact::NoticesRead { marks: ReadMarks::Each(vec![(4, product(1))]), at },
        FollowFact::NoticesRead { marks: ReadMarks::Through(i64::MAX), at },
    ]
}

fn of_accounts(at: UnixMillis) -> [AccountFact; 9] {
    let (session, token) = (SessionId(u128::MAX), TokenId(1));
    let void_until = UnixMillis(99);
    [
        AccountFact::SessionOpened {
            session,
            at,
            ends_at: UnixMillis(999),
            displaced: Some(SessionId(2)),
            void_until,
        },
        AccountFact::SessionRenewed { session, generation: u32::MAX, at },
        AccountFact::SessionRevoked { session, at, void_until },
        AccountFact::LoggedOut { token, session: None, at, void_until },
        AccountFact::Withdrawn { epoch: 1, at, void_until },
        AccountFact::Restored { by: user(9), at },
        AccountFact::RoleSet { role: Role::Counsellor, by: user(9), epoch: 2, at, void_until },
        AccountFact::PasswordReset { epoch: 3, at, void_until },
        AccountFact::PasswordChanged { number: 2, ended: vec![session], at, void_until },
    ]
}

/// The same facts with everything else that can stand in them.
fn every_spelling() -> Vec<Fact> {
    let at = UnixMillis(9);
    let mut facts = Vec::new();
    for state in [DealState::Open, DealState::Paused, DealState::Cancelled] {
        facts.push(of_deal(DealFact::DealTurned { deal: event(6), state, at }));
    }
    for kind in [NewsKind::Opened, NewsKind::Paused, NewsKind::Resumed, NewsKind::Cancelled] {
        let now = Told { news: 1, kind, people: 0, notices: 0, after: 7, through: 8, last: false };
        facts.push(told(now, at));
    }
    for role in [Role::User, Role::Seller, Role::Counsellor, Role::Partner, Role::Admin] {
        facts.push(opened(Some(role), at));
    }
    for reason in [AdjustReason::Return, AdjustReason::WriteOff, AdjustReason::Count] {
        let movement = Movement::Adjusted { delta: 4, reason };
        let fact = ShopFact::StockMoved { product: product(1), movement, delta: 4, at };
        facts.push(of_shop(fact));
    }
    let order = OrderId::try_from(8).expect("an order of the test");
    for currency in Currency::ALL {
        let mut in_deal = line(1, 1, 2, 255);
        in_deal.deal = Some(event(6));
        let placed = Order::new(order, user(2), vec![in_deal], currency, at);
        facts.push(of_shop(OrderFact::OrderPlaced(Arc::new(placed.expect("a small order")))));
        let mut fixed = deal(6, discount("300"), 9, 99);
        fixed.currency = Some(currency);
        let fact = DealFact::DealOpened { deal: Box::new(fixed), by: user(1), products: 1 };
        facts.push(of_deal(fact));
    }
    let validity = Validity::Until(UnixMillis(300));
    let terms = Box::new(CouponTerms { validity, ..terms(10) });
    let batch = BatchId::try_from(4).expect("a batch of the test");
    let fact = CouponFact::CouponsOpened { batch, shop: shop(1), terms, seed: 0, at };
    facts.push(of_coupons(fact));
    let (session, void_until) = (SessionId(7), UnixMillis(99));
    let logged_in = AccountFact::SessionOpened {
        session,
        at,
        ends_at: UnixMillis(999),
        displaced: None,
        void_until,
    };
    let logged_out =
        AccountFact::LoggedOut { token: TokenId(1), session: Some(session), at, void_until };
    facts.extend([logged_in, logged_out].map(|fact| of_user(UserFact::Account(fact))));
    // As the first versions wrote it.
    facts.push(opened(None, at));
    for reason in RejectionReason::BY_HAND {
        facts.push(of_shop(rejected(order, Some(user(9)), reason, at)));
    }
    facts.extend(of_ends(order, at).map(of_shop));
    facts
}

fn rejected(
    order: OrderId,
    by: Option<UserId>,
    reason: RejectionReason,
    at: UnixMillis,
) -> OrderFact {
    let (rejection, lines) = (Rejection { reason, text: None }, vec![(product(1), pieces(2))]);
    OrderFact::PartRejected { order, by, rejection, lines, deals: None, at }
}

/// Of orders that are to be answered in time.
fn of_ends(order: OrderId, at: UnixMillis) -> [OrderFact; 3] {
    let placed = Order::new(order, user(2), vec![line(1, 1, 2, 255)], Currency::Krw, at);
    let placed = placed.expect("a small order").to_be_answered_within(Some(90));
    let (lines, answer_by) = (vec![(product(3), pieces(4))], Some(UnixMillis(99)));
    [
        rejected(order, None, RejectionReason::NotAnswered, at),
        OrderFact::OrderPlaced(Arc::new(placed)),
        OrderFact::StockSold { order, lines, deals: None, at, answer_by },
    ]
}

fn read_all(stream: StreamId, facts: &str) -> Result<Vec<Fact>, serde_json::Error> {
    stream.read_facts(&mut serde_json::Deserializer::from_str(facts))
}

fn read(stream: StreamId, fact: &str) -> Result<Fact, serde_json::Error> {
    let mut facts = read_all(stream, &format!("[{fact}]"))?;
    Ok(facts.pop().expect("one was written"))
}

/// `facts.jsonl` was written by the version whose journals are read here. A fact that is new gets a line
/// at the end of its part; a line that is there is never changed, because journals hold it.
#[test]
fn every_fact_is_spelled_as_it_always_was() {
    let written = include_str!("facts.jsonl");
    let facts = every_kind().into_iter().chain(every_spelling());
    let mut lines = written.lines();
    for fact in facts {
        let text = serde_json::to_string(&fact).expect("a fact is JSON");
        assert_eq!(lines.next(), Some(text.as_str()));
        assert_eq!(read(fact.stream(), &text).expect("it was written here"), fact);
    }
    assert_eq!(lines.next(), None, "a fact is not among those of the test");
}

#[test]
fn every_fact_survives_the_journal() {
    for fact in every_kind() {
        let text = serde_json::to_string(&fact).expect("a fact is JSON");
        let journalled = format!("[{text},{text}]");
        let read = read_all(fact.stream(), &journalled).expect("it was written here");
        assert_eq!(read, [fact.clone(), fact], "{text}");
    }
}

#[test]
fn a_fact_that_no_rule_could_have_made_is_not_read() {
    let (coupons, shop) = (StreamId::Event(event(6)), StreamId::Shop(shop(1)));
    for (stream, text) in [
        (coupons, r#"{"CouponIssued":{"user":0,"ordinal":0,"at":1}}"#),
        (coupons, r#"{"CouponIssued":{"user":9007199254740992,"ordinal":0,"at":1}}"#),
        (coupons, r#"{"CouponIssued":{"user":1,"ordinal":-1,"at":1}}"#),
        (coupons, r#"{"SomethingElse":{}}"#),
        (shop, r#"{"StockSold":{"order":1,"lines":[[1,0]],"at":1}}"#),
        (shop, r#"{"StockSold":{"order":1,"lines":[[1,1000001]],"at":1}}"#),
        (shop, r#"{"SomethingElse":{}}"#),
    ] {
        assert!(read(stream, text).is_err(), "{text}");
    }
}

#[test]
fn a_fact_is_not_read_from_a_stream_in_which_it_cannot_stand() {
    let facts = every_kind();
    let streams: Vec<StreamId> = facts.iter().map(Fact::stream).chain([StreamId::Keys]).collect();
    for fact in &facts {
        let text = serde_json::to_string(fact).expect("a fact is JSON");
        for stream in &streams {
            let is_shared = text.starts_with(r#"{"DealTurned""#)
                && matches!(stream, StreamId::Shop(_) | StreamId::Deal(_));
            let is_its_own = *stream == fact.stream() || is_shared;
            assert_eq!(read(*stream, &text).is_ok(), is_its_own, "{text} in {stream}");
        }
    }
}

#[test]
fn a_stream_is_read_back_from_its_name_and_nothing_else_is() {
    check(
        "
        name -> read
        shop:7 -> shop:7
        event:42 -> event:42
        deal:42 -> deal:42
        user:7 -> user:7
        notices:1 -> notices:1
        notices:65535 -> notices:65535
        notices:65536 -> refused
        notices:0 -> refused
        notices:-1 -> refused
        admins:1 -> admins:1
        admins:2 -> refused
        shop:9007199254740991 -> shop:9007199254740991
        shop:9007199254740992 -> refused
        shop:0 -> refused
        shop:-1 -> refused
        shop: -> refused
        shop -> refused
        accounts -> refused
        Shop:1 -> refused
        event:1x -> refused
        account:1 -> refused
    ",
        |row| match row.text(0).parse::<StreamId>() {
            Ok(stream) => stream.to_string(),
            Err(expected) => {
                assert!(expected.contains("shop:{id}"), "the error says what is expected");
                "refused".to_owned()
            }
        },
    );
}

#[test]
fn an_identifier_is_a_number_every_json_client_reads_exactly() {
    for (raw, is_id) in [(0, false), (-1, false), (1, true), (ID_MAX, true), (ID_MAX + 1, false)] {
        assert_eq!(ProductId::try_from(raw).is_ok(), is_id, "{raw}");
        assert_eq!(serde_json::from_str::<ProductId>(&raw.to_string()).is_ok(), is_id, "{raw}");
    }
    assert!(serde_json::from_str::<ProductId>("\"7\"").is_err(), "a text is no number");
    assert!(serde_json::from_str::<ProductId>("7.0").is_err(), "a fraction is no whole number");
}

#[test]
fn identifiers_in_a_row_are_hashed_far_apart() {
    use std::hash::{BuildHasher as _, BuildHasherDefault};
    let hashing = BuildHasherDefault::<hotdeal_domain::IdHasher>::default();
    let hashes: std::collections::HashSet<u64> =
        (1..=100_000).map(|id| hashing.hash_one(product(id))).collect();
    assert_eq!(hashes.len(), 100_000);
    // The highest seven bits and the lowest ten, as a map of a thousand looks at them.
    for look in [|hash: u64| hash >> 57, |hash: u64| hash & 1_023] {
        let mut buckets = std::collections::BTreeMap::<u64, u32>::new();
        hashes.iter().for_each(|hash| *buckets.entry(look(*hash)).or_default() += 1);
        let (least, most) = (buckets.values().min(), buckets.values().max());
        let (least, most) = (least.expect("some"), most.expect("some"));
        assert!(*most < *least * 2, "from {least} to {most} in {} buckets", buckets.len());
    }
}
