//! What the file alone says must happen: products, buyers, orders, adjustments, and how every
//! number must stand in the end. Pure: the server is not asked.

use std::collections::{BTreeMap, HashMap};

use hotdeal_domain::AMOUNT_MAX;
use hotdeal_domain::order::LINES_MAX;
use hotdeal_domain::shop::{ON_HAND_MAX, QUANTITY_MAX};

use super::class::{Class, Sum, classify, is_product};
use super::sheet::{Line, Money};

/// Characters of a product's name at most.
const NAME_MAX: usize = 200;

/// One product, and where it must end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Product {
    pub(super) code: String,
    pub(super) name: String,
    /// The first positive price in the file, in pence.
    pub(super) price: i64,
    /// Pieces in all orders.
    pub(super) sold: i64,
    /// Orders it is in.
    pub(super) orders: i64,
    pub(super) returned: i64,
    pub(super) written_off: i64,
}

impl Product {
    /// The stock to begin with: exactly enough for what is sold and what is written off, so that
    /// both can happen in any order.
    pub(super) fn opening_stock(&self) -> i64 {
        self.sold + self.written_off
    }

    /// All pieces put in less those taken out by hand, at the end.
    pub(super) fn on_hand(&self) -> i64 {
        self.opening_stock() + self.returned - self.written_off
    }

    /// What can still be bought at the end: the returned goods.
    pub(super) fn available(&self) -> i64 {
        self.on_hand() - self.sold
    }

    /// Value of all pieces sold, in pence.
    pub(super) fn value(&self) -> i128 {
        i128::from(self.sold) * i128::from(self.price)
    }
}

/// One invoice as an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) invoice: String,
    /// Who orders: a place in [`Plan::buyers`].
    pub(super) buyer: usize,
    /// Product (a place in [`Plan::products`]) and pieces, line by line as in the file.
    pub(super) lines: Vec<(usize, i64)>,
}

impl Order {
    /// The pieces of each product, as the server must have summed them.
    pub(super) fn summed(&self) -> BTreeMap<usize, i64> {
        let mut summed = BTreeMap::new();
        for &(product, quantity) in &self.lines {
            *summed.entry(product).or_insert(0) += quantity;
        }
        summed
    }
}

/// One change of a product's stock by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Adjustment {
    pub(super) product: usize,
    /// Pieces in (positive: a return) or out (negative: a write-off).
    pub(super) delta: i64,
}

/// One thing to do at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// The order at this place.
    Order(usize),
    /// A change of stock.
    Adjust(Adjustment),
}

/// Everything the file says.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) products: Vec<Product>,
    /// The customers; `None`, at place 0, is the guest who buys where no customer is named.
    pub(super) buyers: Vec<Option<String>>,
    pub(super) orders: Vec<Order>,
    /// What to do, in the order of the file.
    pub(super) deeds: Vec<Deed>,
    /// What all lines of the file add up to, counted before any of them is put in a class.
    pub(super) whole: Sum,
    /// What each class adds up to.
    pub(super) classes: BTreeMap<Class, Sum>,
    /// The value of lines sold at another price than the shop's, at the shop's price, in pence.
    pub(super) repriced: i128,
}

/// Why a file cannot be planned: it asks for more than a shop can do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlanError {
    #[error("stock code {0}: the first price is above {max} pence", max = AMOUNT_MAX)]
    Price(String),
    #[error("invoice {0}: {1} pieces of stock code {2} in one order; at most {QUANTITY_MAX}")]
    Pieces(String, i64, String),
    #[error("invoice {0}: {1} lines in one order; at most {LINES_MAX}")]
    Lines(String, usize),
    #[error("stock code {0}: {1} pieces on hand; at most {ON_HAND_MAX}")]
    OnHand(String, i64),
    #[error("invoice {0} is worth more than {max} pence", max = AMOUNT_MAX)]
    Value(String),
}

/// Plans the replay of these lines.
///
/// # Errors
/// When an invoice or a product is larger than the server's bounds, before anything is sent.
pub(super) fn plan(lines: &[Line]) -> Result<Plan, PlanError> {
    let mut plan = Plan { buyers: vec![None], ..Plan::default() };
    let place_of = offer(lines, &mut plan.products);
    let mut buyer_of: HashMap<&str, usize> = HashMap::new();
    let mut order_of: HashMap<&str, usize> = HashMap::new();
    for line in lines {
        plan.whole.add(line);
        let buyer = match line.customer.as_deref() {
            None => 0,
            Some(customer) => *buyer_of.entry(customer).or_insert_with(|| {
                plan.buyers.push(Some(customer.to_owned()));
                plan.buyers.len() - 1
            }),
        };
        let place = place_of.get(line.code.as_str()).copied();
        let class = classify(line, place.map(|place| plan.products[place].price));
        plan.classes.entry(class).or_default().add(line);
        let Some(product) = place.filter(|_| class.is_carried()) else { continue };
        if class.is_sold() {
            let order = *order_of.entry(&line.invoice).or_insert_with(|| {
                plan.deeds.push(Deed::Order(plan.orders.len()));
                let invoice = line.invoice.clone();
                plan.orders.push(Order { invoice, buyer, lines: Vec::new() });
                plan.orders.len() - 1
            });
            plan.orders[order].lines.push((product, line.quantity));
        } else {
            plan.adjust(product, line, class);
        }
        if class == Class::SoldAtAnotherPrice {
            let price = i128::from(plan.products[product].price);
            plan.repriced += price * i128::from(line.quantity);
        }
    }
    plan.count_sales()?;
    Ok(plan)
}

/// A product for each stock code with a price, in the order of the file.
fn offer<'a>(lines: &'a [Line], products: &mut Vec<Product>) -> HashMap<&'a str, usize> {
    let mut place_of = HashMap::new();
    for line in lines.iter().filter(|line| is_product(&line.code)) {
        let price = line.price.pence().filter(|&pence| pence > 0);
        if let (Some(price), false) = (price, place_of.contains_key(line.code.as_str())) {
            place_of.insert(line.code.as_str(), products.len());
            products.push(Product { code: line.code.clone(), price, ..Product::default() });
        }
    }
    // A priced line names its product best; a line without a price often says "damaged" or "?".
    for priced in [true, false] {
        for line in lines.iter().filter(|line| line.price.is_positive() == priced) {
            if let Some(&place) = place_of.get(line.code.as_str())
                && products[place].name.is_empty()
            {
                products[place].name = line.description.chars().take(NAME_MAX).collect();
            }
        }
    }
    for product in products.iter_mut().filter(|product| product.name.is_empty()) {
        product.name = format!("Stock code {}", product.code);
    }
    place_of
}

impl Plan {
    /// Records a change of stock, in as many deeds as the limit of one call requires.
    fn adjust(&mut self, product: usize, line: &Line, class: Class) {
        // A negative quantity: pieces that come back, or pieces that are gone.
        let pieces = line.quantity.saturating_neg();
        let moved = &mut self.products[product];
        let (sum, delta) = if class.is_returned() {
            (&mut moved.returned, pieces)
        } else {
            (&mut moved.written_off, -pieces)
        };
        *sum = sum.saturating_add(pieces);
        // Far above what a shop can hold: it is refused below instead of being done in a billion
        // calls.
        let mut left = delta.clamp(-i64::from(ON_HAND_MAX), i64::from(ON_HAND_MAX));
        while left != 0 {
            let some = left.clamp(-i64::from(QUANTITY_MAX), i64::from(QUANTITY_MAX));
            self.deeds.push(Deed::Adjust(Adjustment { product, delta: some }));
            left -= some;
        }
    }

    fn count_sales(&mut self) -> Result<(), PlanError> {
        for order in &self.orders {
            if order.lines.len() > LINES_MAX {
                return Err(PlanError::Lines(order.invoice.clone(), order.lines.len()));
            }
            let mut value = 0;
            for &(product, quantity) in &order.lines {
                if quantity > i64::from(QUANTITY_MAX) {
                    let code = self.products[product].code.clone();
                    return Err(PlanError::Pieces(order.invoice.clone(), quantity, code));
                }
            }
            for (place, quantity) in order.summed() {
                let product = &mut self.products[place];
                if quantity > i64::from(QUANTITY_MAX) {
                    let code = product.code.clone();
                    return Err(PlanError::Pieces(order.invoice.clone(), quantity, code));
                }
                product.sold += quantity;
                product.orders += 1;
                value += i128::from(quantity) * i128::from(product.price);
            }
            if value > i128::from(AMOUNT_MAX) {
                return Err(PlanError::Value(order.invoice.clone()));
            }
        }
        for product in &self.products {
            if product.price > AMOUNT_MAX {
                return Err(PlanError::Price(product.code.clone()));
            }
            let most = i128::from(product.sold)
                + i128::from(product.written_off)
                + i128::from(product.returned);
            if most > i128::from(ON_HAND_MAX) {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                return Err(PlanError::OnHand(product.code.clone(), most));
            }
        }
        Ok(())
    }

    /// How much more the orders are worth at the shop's prices than at the file's own.
    pub(super) fn price_difference(&self) -> Money {
        let listed = self.classes.get(&Class::SoldAtAnotherPrice).copied().unwrap_or_default();
        Money::of_pence(self.repriced) - listed.value
    }
}
