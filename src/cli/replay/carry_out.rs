//! Sets up the shop for a plan, and carries the plan out.

use std::time::{Duration, Instant};

use hotdeal_actors::account::Role;
use hotdeal_domain::shop::AdjustReason;
use hotdeal_domain::{Amount, Currency, OrderId, ProductId, ShopId, UserId};
use serde::Deserialize;
use serde_json::json;

use super::crew::Crew;
use super::plan::{Adjustment, Deed, Order, Plan};
use crate::auth::Tokens;
use crate::client::stage::{SignedUp, Stage, now, run_tag};
use crate::client::{Call, CallError, Session};

/// A plan and the shop it is carried out in.
pub(super) struct Replay<'a> {
    pub(super) plan: &'a Plan,
    pub(super) crew: &'a Crew,
    pub(super) shop: ShopId,
    pub(super) owner: Account,
    /// The plan's buyers, in the plan's order.
    pub(super) buyers: Vec<Account>,
    /// The server's numbers of the plan's products, in the plan's order.
    pub(super) products: Vec<ProductId>,
    run: String,
}

/// Somebody with an account, and the token to act for it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) user: UserId,
    pub(super) token: String,
}

/// The outcome of all deeds.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The server's numbers of the plan's orders, in the plan's order; `None` for a refused one.
    pub(super) orders: Vec<Option<OrderId>>,
    /// What the server refused, in words.
    pub(super) refused: Vec<String>,
    /// How often a call had to be repeated because the server was busy or away.
    pub(super) repeats: u64,
    pub(super) elapsed: Duration,
}

/// The outcome of one deed.
struct Deal {
    order: Option<OrderId>,
    refused: Option<String>,
    repeats: u32,
}

#[derive(Deserialize)]
struct LoggedIn {
    data: LoggedInData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggedInData {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Placed {
    order_id: OrderId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProductMade {
    product_id: ProductId,
}

impl<'a> Replay<'a> {
    /// Makes accounts, the shop, its products and their stock.
    pub(super) async fn prepare(
        plan: &'a Plan,
        crew: &'a Crew,
        tokens: &Tokens,
    ) -> Result<Self, CallError> {
        let run = run_tag();
        let mut stage = Stage::new(crew.session(), tokens, &run);
        stage.session().reach().await?;
        let (email, password) = (format!("shop.{run}@example.com"), password());
        let owner = stage.sign_up(&email, "Replay shop", &password).await?;
        let shop = stage.open_shop(owner, &format!("Replay {run}"), Currency::Gbp).await?;
        // Only now, because the owner of a shop is a seller, and the token has to say so.
        let token = log_in(stage.session(), &email, &password).await?;
        let owner = Account { user: owner, token };
        let buyers = crew
            .each("accounts", &plan.buyers, async |session, place, customer| {
                let user = buyer(session, &run, place, customer.as_deref()).await?;
                // Logging in would hash every password a second time, which takes longer than the
                // whole replay. The owner has shown that it works.
                let token = tokens.mint_access(user, Role::User, now());
                Ok(Account { user, token })
            })
            .await?;
        let mut replay = Self { plan, crew, shop, owner, buyers, products: Vec::new(), run };
        let products = crew.each("products", &plan.products, async |session, place, _| {
            replay.offer(session, place).await
        });
        replay.products = products.await?;
        Ok(replay)
    }

    /// Makes the product at this index of the plan, with its opening stock.
    async fn offer(&self, session: &mut Session, place: usize) -> Result<ProductId, CallError> {
        let Self { plan, owner, run, .. } = self;
        let product = &plan.products[place];
        let price = Amount::try_from(product.price).expect("the plan checked the bound");
        // As JSON text, because a float is not exact for every price.
        let price = serde_json::value::RawValue::from_string(price.decimal(Currency::Gbp))
            .expect("a decimal is a JSON number");
        let body = serde_json::to_vec(&NewProduct {
            shop_id: self.shop,
            product_name: &product.name,
            product_description: &format!("Stock code {}", product.code),
            product_price: &price,
            product_image_url: "https://example.com/picture.jpg",
            product_category: "OTHER",
        })
        .expect("plain members can be written");
        let key = format!("{run}-product-{place}");
        let call = Call::post("/api/products", &owner.token, &key, &body);
        let made: ProductMade = session.json(&call, 201).await?;
        let pieces = product.opening_stock();
        for (part, some) in in_calls(pieces).enumerate() {
            let id = made.product_id;
            let path = format!("/api/stocks/product/{id}/increase?quantity={some}");
            let key = format!("{run}-stock-{place}-{part}");
            session.expect(&Call::post(&path, &owner.token, &key, b""), 200).await?;
        }
        Ok(made.product_id)
    }

    /// Does every deed of the plan. Deeds begin in the order of the file.
    pub(super) async fn carry_out(&self) -> Result<Done, CallError> {
        let start = Instant::now();
        let deals = self
            .crew
            .each("replay", &self.plan.deeds, async |session, place, deed| match *deed {
                Deed::Order(order) => self.order(session, &self.plan.orders[order]).await,
                Deed::Adjust(adjustment) => self.adjust(session, place, adjustment).await,
            })
            .await?;
        let mut done = Done {
            orders: vec![None; self.plan.orders.len()],
            elapsed: start.elapsed(),
            ..Done::default()
        };
        for (deed, deal) in self.plan.deeds.iter().zip(deals) {
            done.repeats += u64::from(deal.repeats);
            done.refused.extend(deal.refused);
            if let Deed::Order(order) = *deed {
                done.orders[order] = deal.order;
            }
        }
        Ok(done)
    }

    async fn order(&self, session: &mut Session, order: &Order) -> Result<Deal, CallError> {
        // An item for each line of the file: adding up the lines of a product is the server's task.
        let items: Vec<_> = order
            .lines
            .iter()
            .map(|&(product, quantity)| {
                json!({ "productId": self.products[product], "quantity": quantity })
            })
            .collect();
        let body = json!({ "orderItems": items }).to_string();
        let key = format!("{}-invoice-{}", self.run, order.invoice);
        let buyer = &self.buyers[order.buyer];
        let call = Call::post("/api/orders/products", &buyer.token, &key, body.as_bytes());
        let answer = session.call(&call).await?;
        let repeats = answer.repeats;
        if answer.status != 200 {
            let refused = format!("invoice {}: {}", order.invoice, answer.refused(&call));
            return Ok(Deal { order: None, refused: Some(refused), repeats });
        }
        let placed: Placed = answer.json(&call)?;
        Ok(Deal { order: Some(placed.order_id), refused: None, repeats })
    }

    async fn adjust(
        &self,
        session: &mut Session,
        place: usize,
        Adjustment { product, delta }: Adjustment,
    ) -> Result<Deal, CallError> {
        let reason = if delta > 0 { AdjustReason::Return } else { AdjustReason::WriteOff };
        let reason = reason.name();
        let id = self.products[product];
        let path = format!("/api/stocks/product/{id}/adjust?delta={delta}&reason={reason}");
        let key = format!("{}-adjust-{place}", self.run);
        let call = Call::post(&path, &self.owner.token, &key, b"");
        let answer = session.call(&call).await?;
        let refused = (answer.status != 200).then(|| {
            let code = &self.plan.products[product].code;
            format!("stock code {code}: {}", answer.refused(&call))
        });
        Ok(Deal { order: None, refused, repeats: answer.repeats })
    }
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct NewProduct<'a> {
    shop_id: ShopId,
    product_name: &'a str,
    product_description: &'a str,
    product_price: &'a serde_json::value::RawValue,
    product_image_url: &'a str,
    product_category: &'a str,
}

/// Signs a customer up.
async fn buyer(
    session: &mut Session,
    run: &str,
    place: usize,
    customer: Option<&str>,
) -> Result<UserId, CallError> {
    let name = customer.map_or("Guest".to_owned(), |customer| format!("Customer {customer}"));
    // The index, because the number of a customer may hold characters that an e-mail address may
    // not.
    let (email, password) = (format!("customer.{place}.{run}@example.com"), password());
    let body = json!({ "email": email, "name": name, "password": password }).to_string();
    let key = format!("{run}-account-{place}");
    let call = Call {
        method: "POST",
        path: "/api/auth/signup",
        token: None,
        key: Some(&key),
        repeatable: true,
        body: body.as_bytes(),
    };
    Ok(session.json::<SignedUp>(&call, 201).await?.data.auth_id)
}

async fn log_in(session: &mut Session, email: &str, password: &str) -> Result<String, CallError> {
    let body = json!({ "email": email, "password": password }).to_string();
    let call = Call {
        method: "POST",
        path: "/api/auth/login",
        token: None,
        key: None,
        repeatable: true,
        body: body.as_bytes(),
    };
    Ok(session.json::<LoggedIn>(&call, 200).await?.data.access_token)
}

/// A password nobody else knows.
fn password() -> String {
    format!("Pw-{}-{}!", run_tag(), run_tag())
}

/// `pieces` in parts that one call may carry.
fn in_calls(pieces: i64) -> impl Iterator<Item = i64> {
    let most = i64::from(hotdeal_domain::shop::QUANTITY_MAX);
    let whole = usize::try_from(pieces / most).unwrap_or(0);
    std::iter::repeat_n(most, whole).chain(Some(pieces % most).filter(|&rest| rest > 0))
}
