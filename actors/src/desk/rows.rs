//! Which rows a fact writes, of streams in which facts of several wings stand. Each wing writes its own
//! (`<wing>/rows.rs`); this says whose a fact is, and where one fact writes rows of two wings.

use hotdeal_domain::UserFact;
use hotdeal_domain::account::AccountFact;
use hotdeal_domain::deal::{DealFact, PriceFact};
use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::stream::{AdminStream, AdminsFact, DealStream, ShopStream, UserStream};

use crate::ledger::{Decided, FactRows, Rows};
use crate::{account, deal, notice, order, shop};

impl FactRows for ShopStream {
    type Private = order::rows::Cancelled;

    fn count(fact: &DeskFact) -> usize {
        match fact {
            DeskFact::Shop(_) | DeskFact::Price(PriceFact::DealTurned { .. }) => 1,
            DeskFact::Order(fact) => order::rows::count(fact),
            DeskFact::Price(PriceFact::DealPosted { products, .. }) => products.len(),
        }
    }

    fn write(decided: Decided<'_, Self>, rows: &mut Rows) {
        let Decided { key: shop, fact, private, .. } = decided;
        match fact {
            DeskFact::Shop(fact) => shop::rows::write(shop, fact, rows),
            DeskFact::Order(fact) => order::rows::write(shop, fact, private, rows),
            DeskFact::Price(fact) => deal::rows::write_price(shop, fact, rows),
        }
    }
}

impl FactRows for DealStream {
    type Private = ();

    fn count(_: &DealFact) -> usize {
        1
    }

    fn write(Decided { fact, sequence, .. }: Decided<'_, Self>, rows: &mut Rows) {
        deal::rows::write(fact, rows);
        notice::rows::tell_of(fact, sequence, rows);
    }
}

impl FactRows for UserStream {
    type Private = account::rows::PrivateAccount;

    fn count(fact: &UserFact) -> usize {
        match fact {
            UserFact::AccountOpened(_) | UserFact::Account(_) => 1,
            UserFact::Follow(fact) => notice::rows::count(fact),
        }
    }

    fn write(decided: Decided<'_, Self>, rows: &mut Rows) {
        let Decided { key: user, fact, private, .. } = decided;
        match fact {
            UserFact::AccountOpened(opened) => account::rows::open(opened, private, rows),
            UserFact::Account(fact) => {
                account::rows::write(user, fact, private, rows);
                if let AccountFact::Withdrawn { .. } = fact {
                    notice::rows::end_all(user, rows);
                }
            }
            UserFact::Follow(fact) => notice::rows::write(user, fact, rows),
        }
    }
}

impl FactRows for AdminStream {
    type Private = ();

    fn count(_: &AdminsFact) -> usize {
        1
    }

    /// Who is an admin stands in the rows of accounts.
    fn write(_: Decided<'_, Self>, _: &mut Rows) {}
}
