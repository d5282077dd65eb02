//! Following products: a follower gets notices of their deals.

use actix_web::http::StatusCode;
use hotdeal_actors::notice::{Following, Subscribe, Unsubscribe};
use hotdeal_domain::{ProductId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::kit::answer::Answer;
use crate::http::kit::call::Call;
use crate::http::kit::code::Code;
use crate::http::kit::page::Paging;
use crate::http::kit::problem::Problem;
use crate::http::kit::query::{Parameter, q};
use crate::http::shop::shapes::SearchAsk;

/// The longest and the default page, in followers. Clients that know no pages get as many as one
/// answer can well hold, and a header if there are more.
const PAGE_MAX: i64 = 10_000;

/// A person follows a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionAnswer {
    user_id: i64,
    product_id: i64,
}

impl SubscriptionAnswer {
    fn new(user: UserId, product: ProductId) -> Self {
        Self { user_id: user.get(), product_id: product.get() }
    }
}

/// Products followed already are in the answer like the others.
pub(crate) async fn subscribe(call: &Call) -> Result<Answer, Problem> {
    let ask: SearchAsk = call.json()?;
    let (user, products) = (call.user()?, ask.products()?);
    let subscribe = Subscribe { user, products: products.clone() };
    let done = call.state.mall.notices().subscribe(subscribe, call.key()).await?;
    let answer: Vec<_> =
        products.into_iter().map(|product| SubscriptionAnswer::new(user, product)).collect();
    Ok(Answer::json(StatusCode::CREATED, &answer).replayed(done.replayed))
}

/// The product that is followed.
pub(crate) const PRODUCT: Parameter = q("productId", true, "the product").id();
/// Whose subscription ends.
pub(crate) const USER: Parameter = q("userId", false, "oneself").id();
/// How the list is paged.
pub(crate) const PAGES: Paging =
    Paging::rising("people in a page", PAGE_MAX, PAGE_MAX).linked().formerly("after");

/// An admin sees all who follow a product, anybody else only whether they do themselves.
pub(crate) async fn search(call: &Call) -> Result<Answer, Problem> {
    let product = query_product(call)?;
    let asked = call.page(&PAGES)?;
    let (mall, user) = (&call.state.mall, call.user()?);
    // A product that was withdrawn still has followers.
    mall.shops().sellers(&[product]).await?;
    let users = if call.is_admin() {
        mall.notices().subscribers(product, asked.from, asked.look_for()).await?
    } else if mall.notices().is_subscribed(Following { user, product }).await? {
        vec![user]
    } else {
        Vec::new()
    };
    let page = asked.page(users, UserId::to_string);
    let next = call.address_of(&PAGES, page.next);
    let answer: Vec<_> =
        page.items.into_iter().map(|user| SubscriptionAnswer::new(user, product)).collect();
    Ok(Answer::ok(&answer).followed_by(next))
}

/// Somebody else's subscription is answered like one that does not exist, also to an admin.
pub(crate) async fn cancel(call: &Call) -> Result<Answer, Problem> {
    let (user, product) = (call.user()?, query_product(call)?);
    if call.query_id(&USER)?.is_some_and(|named: UserId| named != user) {
        return Err(Code::SubscriptionNotFound.into());
    }
    let done =
        call.state.mall.notices().unsubscribe(Unsubscribe { user, product }, call.key()).await?;
    let ended = [SubscriptionAnswer::new(user, product)];
    Ok(Answer::ok(&ended.as_slice()).replayed(done.replayed))
}

fn query_product(call: &Call) -> Result<ProductId, Problem> {
    let number = call.number(&PRODUCT)?;
    Ok(ProductId::try_from(number).expect("held to bounds when it was read"))
}
