//! Forms do what the API does, once.

use super::{FORM, between, csrf, signed_up, visitor};
use crate::support::{Answer, App};

/// Sends the form of a product.
async fn buys(app: &App, cookie: &str, product: i64, fields: &str) -> Answer {
    let token = csrf(app, cookie).await;
    let sent = visitor(app)
        .post(&format!("/products/{product}/order"))
        .raw(FORM, format!("csrf={token}&{fields}"));
    sent.header("cookie", cookie).header("accept-language", "ko").send().await
}

#[tokio::test]
async fn an_order_by_form_happens_once_and_at_the_price_that_was_shown() {
    let app = App::start().await;
    let cookie = signed_up(&app, "kim").await;
    let lamp = app.product(None, 12_900, 5).await;
    let first = buys(&app, &cookie, lamp, "quantity=2&price=12900&key=once").await.with_status(303);
    let place = first.header("location").expect("the order").to_owned();
    let again = buys(&app, &cookie, lamp, "quantity=2&price=12900&key=once").await.with_status(303);
    assert_eq!(again.header("location"), Some(place.as_str()), "sent twice it happens once");
    assert_eq!(app.stock(lamp).await.quantity, 3);
    let page = visitor(&app)
        .get(&place)
        .header("cookie", &cookie)
        .header("accept-language", "ko")
        .send()
        .await;
    assert!(page.text().contains("25,800원"), "{page}");
    let dear = buys(&app, &cookie, lamp, "quantity=1&price=9900&key=dear").await.with_status(409);
    assert!(dear.text().contains("값이 바뀌었습니다"), "{dear}");
    let many = buys(&app, &cookie, lamp, "quantity=4&price=12900&key=many").await.with_status(422);
    assert!(many.text().contains("3개만 남았습니다"), "{many}");
    for odd in ["0", "-1", "x", "100", "", "1.5"] {
        buys(&app, &cookie, lamp, &format!("quantity={odd}&price=12900&key=odd"))
            .await
            .with_status(400);
    }
    assert_eq!(app.stock(lamp).await.quantity, 3);
    // Somebody else sees nothing of it.
    let other = signed_up(&app, "lee").await;
    let path = place.split('?').next().expect("a path");
    visitor(&app).get(path).header("cookie", &other).send().await.with_status(404);
    let token = csrf(&app, &cookie).await;
    let cancel =
        visitor(&app).post(&format!("{path}/cancel")).raw(FORM, format!("csrf={token}&key=cancel"));
    cancel.header("cookie", &cookie).send().await.with_status(303);
    assert_eq!(app.stock(lamp).await.quantity, 5);
    app.audited();
}

#[tokio::test]
async fn a_coupon_is_shown_the_moment_it_is_claimed_and_again_when_claimed_again() {
    let app = App::start().await;
    let (kim, lee) = (signed_up(&app, "kim").await, signed_up(&app, "lee").await);
    let event = app.event(1).await;
    let claims = async |cookie: &str| {
        let token = csrf(&app, cookie).await;
        let key = format!("csrf={token}&key={}", token.len());
        let sent = visitor(&app).post(&format!("/coupons/{event}/claim")).raw(FORM, key);
        sent.header("cookie", cookie).header("accept-language", "en").send().await
    };
    let gives = |page: &Answer| {
        between(&page.text(), "class=\"gives\">").split('<').next().map(str::to_owned)
    };
    let first = claims(&kim).await.with_status(200);
    assert!(first.text().contains("ticket held"), "{first}");
    let again = claims(&kim).await.with_status(200);
    assert_eq!(gives(&again), gives(&first));
    let late = claims(&lee).await.with_status(409);
    assert!(!late.text().contains("ticket held"), "{late}");
    app.audited();
}

#[tokio::test]
async fn what_is_typed_wrong_at_the_sign_up_is_told_beside_the_field() {
    let app = App::start().await;
    signed_up(&app, "kim").await;
    let good = ("lee", "lee%40shoppers.test", "a+long+walk+by+the+sea");
    for (name, email, password, field) in [
        (good.0, "kim%40shoppers.test", good.2, "f-email"),
        (good.0, "lee", good.2, "f-email"),
        ("%E2%80%8B", good.1, good.2, "f-name"),
        (good.0, good.1, "short", "f-password"),
        (good.0, good.1, "password123", "f-password"),
    ] {
        let form = format!("name={name}&email={email}&password={password}");
        let page = visitor(&app).post("/signup").raw(FORM, form).send().await.with_status(400);
        assert!(page.text().contains(&format!("id=\"{field}\"")), "{field}: {page}");
        assert!(!page.text().contains("walk by the sea"), "a password is never sent back");
    }
}

#[tokio::test]
async fn preferences_are_kept_and_lead_back() {
    let app = App::start().await;
    for (form, set, back) in [
        ("language=en&return=/shops", "language=en; ", "/shops"),
        ("theme=dark&return=//evil.example", "theme=dark; ", "/"),
        ("theme=browser", "theme=; ", "/"),
    ] {
        let answer =
            visitor(&app).post("/preferences").raw(FORM, form).send().await.with_status(303);
        assert_eq!(answer.header("location"), Some(back));
        assert!(
            answer.header("set-cookie").is_some_and(|cookie| cookie.starts_with(set)),
            "{answer}"
        );
    }
    let odd = visitor(&app)
        .post("/preferences")
        .raw(FORM, "language=xx&theme=%0d%0aset-cookie:x")
        .send()
        .await;
    assert_eq!((odd.status.as_u16(), odd.header("set-cookie")), (303, None));
}
