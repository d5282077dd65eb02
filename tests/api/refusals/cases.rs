//! What is decided, and what is refused because of it, route by route.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, Refused};
use crate::deals::{amount_body, deal_body};
use crate::support::{App, Asked, Client, PATIENCE, eventually, product_body};

/// No account has such a number.
const SHOPPER: i64 = 700_000;
/// What everybody logs in with.
const PASSWORD: &str = "a long enough password";
/// A price at which one piece can be ordered and two cannot.
const DEAR: i64 = 1 << 52;
/// Of a product there can be so many.
const MOST: i64 = 1_000_000_000;

/// Each case by its name.
pub(super) const CASES: [&str; 23] = [
    "the last pieces",
    "a product off sale",
    "a product off sale, taken off again",
    "a product off sale, in a deal",
    "a price too high",
    "a price too low for a deal",
    "pieces that are sold",
    "pieces that are sold, and as many more as there can be",
    "as many pieces as there can be",
    "the last coupon",
    "the last coupon, by the short address",
    "one's own coupon",
    "one's own coupon, by the short address",
    "all that one can follow",
    "followed no longer",
    "withdrawn, and follows",
    "withdrawn, and is given a role",
    "withdrawn, and opens a shop",
    "withdrawn, and logs in",
    "withdrawn, twice",
    "logged out, and comes back",
    "made an admin, and withdraws",
    "made an admin, and becomes the last",
];

fn order_at(app: &App, path: &str, lines: &[(i64, i64)]) -> Asked {
    let items: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"productId": product, "quantity": quantity}))
        .collect();
    app.shopper(SHOPPER).post_json(path, &json!({"orderItems": items}))
}

fn refused(operation: &'static str, code: &'static str, asked: Asked) -> Refused {
    Refused { operation, code, asked }
}

/// So many pieces of a lamp are ordered by every route, alone and with a bulb of another shop.
fn orders(app: &App, [lamp, bulb]: [i64; 2], pieces: i64, code: &'static str) -> Vec<Refused> {
    let (v2, products) = ("/api/orders/v2", "/api/orders/products");
    let one = json!({"productId": lamp, "quantity": pieces});
    let (alone, both) = ([(lamp, pieces)], [(lamp, pieces), (bulb, 1)]);
    vec![
        refused("orderOne", code, app.shopper(SHOPPER).post_json("/api/orders/v1", &one)),
        refused("orderV2", code, order_at(app, v2, &alone)),
        refused("orderV2", code, order_at(app, v2, &both)),
        refused("orderProducts", code, order_at(app, products, &alone)),
        refused("orderProducts", code, order_at(app, products, &both)),
    ]
}

fn moved(app: &App, product: i64, how: &str) -> Asked {
    app.admin().post(&format!("/api/stocks/product/{product}/{how}"))
}

/// Products of two shops, twenty of each.
async fn two(app: &App) -> [i64; 2] {
    let mut products = [0; 2];
    for product in &mut products {
        let number = app.database.number("SELECT count(*) FROM shops").await;
        let (shop, ..) = app.shop(&format!("Shop{number}"), "KRW").await;
        *product = app.product(Some(shop), 1_000, 20).await;
    }
    products
}

/// Somebody who has signed up and logged in.
struct Person {
    id: i64,
    name: String,
    client: Client,
    refresh: String,
}

impl Person {
    async fn join(app: &App) -> Self {
        let number = app.database.number("SELECT count(*) FROM credentials").await;
        let name = format!("person{number}");
        let (id, _) = app.signed_up(&name).await;
        let answer: Value = log_in(app, &name).send().await.with_status(200).good();
        let token = |name: &str| answer["data"][name].as_str().expect("a token").to_owned();
        let client = app.anyone().with_token(Some(token("accessToken")));
        Self { id, name, client, refresh: token("refreshToken") }
    }

    fn withdraws(&self) -> Asked {
        self.client.post_json("/api/auth/withdraw", &json!({"password": PASSWORD}))
    }

    fn follows(&self, product: i64) -> Asked {
        self.client.post_json("/api/subscribe/sub-product", &json!({"productIds": [product]}))
    }

    fn leaves(&self, product: i64) -> Asked {
        let path = format!("/api/subscribe/cancel-sub?productId={product}");
        self.client.ask(Method::DELETE, &path)
    }

    fn comes_back(&self, app: &App) -> Asked {
        let body = json!({"refreshToken": self.refresh});
        app.anyone().post_json("/api/auth/reissue", &body)
    }
}

fn log_in(app: &App, name: &str) -> Asked {
    let body = json!({"email": format!("{name}@shoppers.test"), "password": PASSWORD});
    app.anyone().post_json("/api/auth/login", &body)
}

pub(super) async fn case(app: &App, name: &str) -> Case {
    match name.split(',').next().unwrap_or_default() {
        "the last coupon" | "one's own coupon" => of_coupons(app, name).await,
        "all that one can follow" | "followed no longer" | "withdrawn" | "logged out" => {
            of_people(app, name).await
        }
        "made an admin" => of_admins(app, name).await,
        _ => of_products(app, name).await,
    }
}

async fn of_products(app: &App, name: &str) -> Case {
    let [lamp, bulb] = two(app).await;
    let path = format!("/api/products/{lamp}");
    let taken_off = || app.admin().ask(Method::DELETE, &path);
    let bought = || order_at(app, "/api/orders/v2", &[(lamp, 20)]);
    let (gone, change) = ("NOT_FOUND_PRODUCT", json!({"productPrice": 900}));
    let (reason, refused) = match name {
        "the last pieces" => (bought(), orders(app, [lamp, bulb], 1, "PRODUCT_SHORTAGE")),
        "a product off sale" => {
            let mut all = orders(app, [lamp, bulb], 1, gone);
            let whole = app.admin().ask(Method::PUT, &path).json(&product_body("Lamp", 900));
            let part = app.admin().ask(Method::PATCH, &path).json(&change);
            let adjusted = moved(app, lamp, "adjust?delta=1&reason=COUNT");
            all.extend([
                refused("increaseStock", gone, moved(app, lamp, "increase?quantity=1")),
                refused("resetStock", gone, moved(app, lamp, "reset?quantity=9")),
                refused("adjustStock", gone, adjusted),
                refused("setLowStock", gone, moved(app, lamp, "low?quantity=9")),
                refused("changeProduct", gone, whole),
                refused("patchProduct", gone, part),
            ]);
            (taken_off(), all)
        }
        "a product off sale, taken off again" => {
            (taken_off(), vec![refused("withdrawProduct", gone, taken_off())])
        }
        "a product off sale, in a deal" => {
            let deal = deal_body(10.0, &[lamp, bulb]);
            let opened = app.admin().post_json("/api/event/create", &deal);
            (taken_off(), vec![refused("createEvent", gone, opened)])
        }
        "a price too high" => {
            let dear = json!({"productPrice": DEAR});
            let raised = app.admin().ask(Method::PATCH, &path).json(&dear);
            (raised, orders(app, [lamp, bulb], 2, "ORDER_TOO_LARGE"))
        }
        "a price too low for a deal" => {
            let lowered = app.admin().ask(Method::PATCH, &path).json(&json!({"productPrice": 500}));
            let deal = amount_body(500, &[lamp, bulb]);
            let opened = app.admin().post_json("/api/event/create", &deal);
            (lowered, vec![refused("createEvent", "DISCOUNT_TOO_LARGE", opened)])
        }
        "pieces that are sold" => {
            let taken = moved(app, lamp, "adjust?delta=-1&reason=COUNT");
            (bought(), vec![refused("adjustStock", "STOCK_BELOW_SOLD", taken)])
        }
        "pieces that are sold, and as many more as there can be" => {
            let reset = moved(app, lamp, &format!("reset?quantity={MOST}"));
            (bought(), vec![refused("resetStock", "STOCK_TOO_MUCH", reset)])
        }
        "as many pieces as there can be" => {
            let filled = moved(app, lamp, &format!("reset?quantity={MOST}"));
            let (increased, adjusted) = ("increase?quantity=1", "adjust?delta=1&reason=COUNT");
            let refused = ["increaseStock", "adjustStock"].into_iter().zip([increased, adjusted]);
            let too_much = refused.map(|(operation, how)| Refused {
                operation,
                code: "STOCK_TOO_MUCH",
                asked: moved(app, lamp, how),
            });
            (filled, too_much.collect())
        }
        _ => panic!("there is no case `{name}`"),
    };
    Case { reason, refused }
}

async fn of_coupons(app: &App, name: &str) -> Case {
    let body = json!({"eventId": app.event(1).await});
    let (operation, path) = match name.contains("short") {
        true => ("issueCouponShort", "/coupons/issue"),
        false => ("issueCoupon", "/api/coupons/issue"),
    };
    let (user, code) = match name.starts_with("the last") {
        true => (SHOPPER + 1, "SOLD_OUT"),
        false => (SHOPPER, "DUPLICATE"),
    };
    let asked = app.shopper(SHOPPER).post_json(path, &body);
    let reason = app.shopper(user).post_json(path, &body);
    Case { reason, refused: vec![Refused { operation, code, asked }] }
}

async fn of_people(app: &App, name: &str) -> Case {
    let who = Person::join(app).await;
    let [lamp, bulb] = two(app).await;
    let gone = "NOT_FOUND_USER";
    let (reason, refused) = match name {
        "all that one can follow" => {
            let more = refused("subscribe", "TOO_MANY_SUBSCRIPTIONS", who.follows(bulb));
            (who.follows(lamp), vec![more])
        }
        "followed no longer" => {
            who.follows(lamp).send().await.with_status(201);
            let again = refused("unsubscribe", "NOT_FOUND_SUBSCRIPTION", who.leaves(lamp));
            (who.leaves(lamp), vec![again])
        }
        "withdrawn, and follows" => {
            who.follows(lamp).send().await.with_status(201);
            let read = json!({"ids": [told(app, &who, lamp).await]});
            let read = who.client.post_json("/api/notifications/read", &read);
            let followed = vec![
                refused("subscribe", gone, who.follows(lamp)),
                refused("unsubscribe", gone, who.leaves(lamp)),
                refused("readNotifications", gone, read),
            ];
            (who.withdraws(), followed)
        }
        "withdrawn, and is given a role" => {
            let path = format!("/api/admin/users/{}/role", who.id);
            let role = app.admin().put(&path).json(&json!({"role": "PARTNER"}));
            (who.withdraws(), vec![refused("setRole", gone, role)])
        }
        "withdrawn, and opens a shop" => {
            let shop = json!({"name": who.name, "currency": "KRW", "ownerId": who.id});
            let opened = app.admin().post_json("/api/shops", &shop);
            (who.withdraws(), vec![refused("openShop", gone, opened)])
        }
        "withdrawn, and logs in" => {
            let refused = vec![
                refused("logIn", "PASSWORD_MISMATCH", log_in(app, &who.name)),
                refused("reissue", "TOKEN_MISMATCH", who.comes_back(app)),
            ];
            (who.withdraws(), refused)
        }
        "withdrawn, twice" => {
            (who.withdraws(), vec![refused("withdraw", "TOKEN_MISMATCH", who.withdraws())])
        }
        "logged out, and comes back" => {
            let out = who.client.post_json("/api/auth/logout", &json!({"password": PASSWORD}));
            (out, vec![refused("reissue", "TOKEN_MISMATCH", who.comes_back(app))])
        }
        _ => panic!("there is no case `{name}`"),
    };
    Case { reason, refused }
}

async fn of_admins(app: &App, name: &str) -> Case {
    let who = Person::join(app).await;
    let role = |user: i64, role: &str| {
        let path = format!("/api/admin/users/{user}/role");
        app.admin().put(&path).json(&json!({"role": role}))
    };
    if name == "made an admin, and withdraws" {
        let withdraws = refused("withdraw", "ILLEGAL_STATE", who.withdraws());
        return Case { reason: role(who.id, "ADMIN"), refused: vec![withdraws] };
    }
    // The two of them are the only ones.
    role(who.id, "ADMIN").send().await.with_status(200);
    let sql =
        format!("SELECT user_id FROM credentials WHERE role = 'ADMIN' AND user_id <> {}", who.id);
    let mut others: Vec<(i64,)> = app.database.rows(&sql).await;
    let (other,) = others.pop().expect("the first admin, or whoever came after");
    for (user,) in others {
        role(user, "USER").send().await.with_status(200);
    }
    let last = refused("setRole", "ILLEGAL_STATE", role(who.id, "USER"));
    Case { reason: role(other, "USER"), refused: vec![last] }
}

/// A notice of a deal on a product that somebody follows.
async fn told(app: &App, who: &Person, product: i64) -> Value {
    let deal = deal_body(10.0, &[product]);
    app.admin().post_json("/api/event/create", &deal).send().await.with_status(201);
    eventually("the deal is told", PATIENCE, async || {
        let page: Value = who.client.get("/api/notifications").send().await.good();
        page["items"][0].get("notificationId").cloned()
    })
    .await
}
