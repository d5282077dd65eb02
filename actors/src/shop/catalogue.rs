//! The catalogue's turns: offering products, describing them anew, taking them off sale.

use actix::prelude::*;
use hotdeal_domain::{Fact, Movement, ProductId, ShopDesk, ShopRefusal, UnixMillis};

use super::ShopActor;
use super::messages::{AddMany, AddProduct, Redescribe, TakeOff};
use crate::api::ProductView;
use crate::ledger::Work;
use crate::shell::{Answer, Ask, Deed, Shell};

impl Handler<Ask<AddProduct, ProductView>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<AddProduct, ProductView>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            let place = match shell.place() {
                Ok(place) => place,
                Err(busy) => return drop(ask.reply.send(Err(busy))),
            };
            let answer = view(desk, &ask.body.product);
            let fact = Fact::ProductCreated(Box::new(ask.body.product));
            desk.apply(&fact);
            shell.commit(place, fact, answer, ask.key, now, ask.reply);
        });
        self.publish();
    }
}

fn view(desk: &ShopDesk, product: &hotdeal_domain::Product) -> ProductView {
    ProductView {
        id: product.id,
        shop: desk.profile().id,
        name: product.name.clone(),
        description: product.description.clone(),
        price: product.price,
        currency: desk.profile().currency,
        image_url: product.image_url.clone(),
        category: product.category.clone(),
        created_at: product.created_at,
    }
}

impl Handler<Ask<Redescribe, ProductView>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<Redescribe, ProductView>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            let answer = view(desk, &ask.body.product);
            let decided = desk.decide_change(ask.body.product.clone(), now);
            settle(shell, desk, decided, answer, ask, now);
        });
    }
}

impl Handler<Ask<TakeOff, ()>> for ShopActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<TakeOff, ()>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            let decided = desk.decide_withdrawal(ask.body.product, now);
            settle(shell, desk, decided, (), ask, now);
        });
        self.publish();
    }
}

/// Refuses, or takes a place, applies the fact and commits it.
fn settle<M, T: Answer>(
    shell: &mut Shell,
    desk: &mut ShopDesk,
    decided: Result<Fact, ShopRefusal>,
    answer: T,
    ask: Ask<M, T>,
    now: UnixMillis,
) {
    let fact = match decided {
        Ok(fact) => fact,
        Err(refusal) => return shell.refuse(refusal.into(), ask.reply),
    };
    match shell.place() {
        Err(busy) => drop(ask.reply.send(Err(busy))),
        Ok(place) => {
            desk.apply(&fact);
            shell.commit(place, fact, answer, ask.key, now, ask.reply);
        }
    }
}

impl Handler<Ask<AddMany, Vec<ProductId>>> for ShopActor {
    type Result = ();

    /// One entry: a reader sees all of the products or none.
    fn handle(&mut self, ask: Ask<AddMany, Vec<ProductId>>, _: &mut Self::Context) {
        let Self { shell, desk, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            let place = match shell.place() {
                Ok(place) => place,
                Err(busy) => return drop(ask.reply.send(Err(busy))),
            };
            let answer = ask.body.products.iter().map(|(product, _)| product.id).collect();
            let mut parts = Vec::with_capacity(2 * ask.body.products.len());
            for (product, pieces) in ask.body.products {
                let id = product.id;
                let facts =
                    [Some(Fact::ProductCreated(Box::new(product))), stocked(id, pieces, now)];
                for fact in facts.into_iter().flatten() {
                    desk.apply(&fact);
                    parts.push(shell.part(fact, None));
                }
            }
            let deed =
                Deed { work: Work::Facts(parts), answer, key: ask.key, at: now, reply: ask.reply };
            shell.write(place, deed, |_| {});
        });
        self.publish();
    }
}

/// The first pieces of a product, if there are any.
fn stocked(product: ProductId, pieces: u32, at: UnixMillis) -> Option<Fact> {
    let (movement, delta) = (Movement::Increased(pieces), i64::from(pieces));
    (pieces > 0).then_some(Fact::StockMoved { product, movement, delta, at })
}
