//! The catalogue's turns: offering products, describing them anew, taking them off sale.

use hotdeal_domain::desk::{DeskFact, ShopDesk};
use hotdeal_domain::shop::{Movement, Product, ShopFact};
use hotdeal_domain::{ProductId, UnixMillis};

use super::actor::ShopActor;
use crate::host::directory::{Handles, OwnerContext};
use crate::host::shell::{Decision, Envelope};
use crate::shop::ProductView;
use crate::shop::messages::{AddMany, AddProduct, Redescribe, TakeOff};

impl Handles<Envelope<AddProduct>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<AddProduct>, _: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, AddProduct { product }, caller, now| {
            let answer = view(desk, &product);
            let created = ShopFact::ProductCreated(Box::new(product));
            shell.carry_out(Decision::of(created), desk, caller, now, |_| answer);
        });
        self.publish();
    }
}

fn view(desk: &ShopDesk, product: &Product) -> ProductView {
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

impl Handles<Envelope<Redescribe>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<Redescribe>, _: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, Redescribe { product }, caller, now| {
            let answer = view(desk, &product);
            match desk.decide_change(product, now) {
                Err(refusal) => shell.refuse(refusal.into(), caller),
                Ok(fact) => shell.carry_out(Decision::of(fact), desk, caller, now, |_| answer),
            }
        });
    }
}

impl Handles<Envelope<TakeOff>> for ShopActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<TakeOff>, _: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, TakeOff { product }, caller, now| {
            match desk.decide_withdrawal(product, now) {
                Err(refusal) => shell.refuse(refusal.into(), caller),
                Ok(fact) => shell.carry_out(Decision::of(fact), desk, caller, now, |_| ()),
            }
        });
        self.publish();
    }
}

impl Handles<Envelope<AddMany>> for ShopActor {
    type Result = ();

    /// One entry: a reader sees all of the products or none.
    fn handle(&mut self, envelope: Envelope<AddMany>, _: &mut OwnerContext<Self>) {
        let Self { shell, desk, .. } = self;
        shell.turn(envelope, |shell, AddMany { products }, caller, now| {
            let answer = products.iter().map(|(product, _)| product.id).collect();
            let facts = products.into_iter().flat_map(|(product, pieces)| {
                let stocked = stocked(product.id, pieces, now);
                [Some(ShopFact::ProductCreated(Box::new(product))), stocked]
            });
            let facts = facts.flatten().map(DeskFact::from).collect();
            shell.carry_out(Decision::of_all(facts), desk, caller, now, |_| answer);
        });
        self.publish();
    }
}

/// The first pieces of a product, if there are any.
fn stocked(product: ProductId, pieces: u32, at: UnixMillis) -> Option<ShopFact> {
    let (movement, delta) = (Movement::Increased(pieces), i64::from(pieces));
    (pieces > 0).then_some(ShopFact::StockMoved { product, movement, delta, at })
}
