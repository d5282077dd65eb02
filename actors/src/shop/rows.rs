//! The rows of shops, their products and stock.

use hotdeal_domain::shop::{Product, ShopFact, ShopProfile};
use hotdeal_domain::{ProductId, ShopId, UnixMillis};
use hotdeal_entities::{products, shops, stocks};

use crate::ledger::{Merge, Rows, Statement, statements};

/// What a product has sold may be worth more than one column holds: this many minor units are one
/// of `value_billions`, the others are in `value_rest`.
const BILLION: i128 = 1_000_000_000;

statements! {
    NEW_SHOPS = {
        use shops::Column as C;
        Statement::insert(&[C::Id, C::OwnerId, C::Name, C::Currency, C::OpenedAt])
    };
    NEW_PRODUCTS = {
        use products::Column as C;
        Statement::insert(&[
            C::Id, C::ShopId, C::Name, C::Description, C::Price, C::ImageUrl, C::Category, C::CreatedAt,
        ])
    };
    NEW_STOCKS = {
        use stocks::Column as C;
        Statement::insert(&[C::ProductId, C::ShopId, C::OnHand, C::Held, C::Sold])
    };
    CHANGED_PRODUCTS = {
        use Merge::Last;
        use products::Column as C;
        Statement::update(&[C::Id], &[
            (Last, C::Name),
            (Last, C::Description),
            (Last, C::Price),
            (Last, C::ImageUrl),
            (Last, C::Category),
        ])
    };
    WITHDRAWN_PRODUCTS = {
        use products::Column as C;
        Statement::update(&[C::Id], &[(Merge::Last, C::DeletedAt)])
    };
    LOW_STOCKS = {
        use stocks::Column as C;
        Statement::update(&[C::ProductId], &[(Merge::Last, C::LowAt)])
    };
    /// A counter that many facts touch is written once a transaction, as their sum.
    MOVED_STOCKS = {
        use Merge::{Max, Sum};
        use stocks::Column as C;
        Statement::update(&[C::ProductId], &[
            (Sum, C::OnHand),
            (Sum, C::Sold),
            (Max, C::UpdatedAt),
            (Sum, C::Orders),
            (Sum, C::ValueBillions),
            (Sum, C::ValueRest),
        ])
    };
}

/// The rows of what happened to a shop or its products.
pub(crate) fn write(shop: ShopId, fact: &ShopFact, rows: &mut Rows) {
    match fact {
        ShopFact::ShopOpened(profile) => open(profile, rows),
        ShopFact::ProductCreated(product) => create(shop, product, rows),
        ShopFact::ProductChanged { product, .. } => rows.push(
            &CHANGED_PRODUCTS,
            [
                product.id.get().into(),
                product.name.clone().into(),
                product.description.clone().into(),
                product.price.minor().into(),
                product.image_url.clone().into(),
                product.category.clone().into(),
            ],
        ),
        ShopFact::ProductWithdrawn { product, at } => {
            rows.push(&WITHDRAWN_PRODUCTS, [product.get().into(), at.0.into()]);
        }
        ShopFact::LowStockSet { product, low_at, .. } => {
            rows.push(&LOW_STOCKS, [product.get().into(), i64::from(*low_at).into()]);
        }
        ShopFact::StockMoved { product, delta, at, .. } => {
            let moved = Sold { on_hand: *delta, ..Sold::default() };
            move_stock(*product, moved, *at, rows);
        }
    }
}

fn open(shop: &ShopProfile, rows: &mut Rows) {
    rows.push(
        &NEW_SHOPS,
        [
            shop.id.get().into(),
            shop.owner.get().into(),
            shop.name.clone().into(),
            shop.currency.code().into(),
            shop.opened_at.0.into(),
        ],
    );
}

fn create(shop: ShopId, product: &Product, rows: &mut Rows) {
    rows.push(
        &NEW_PRODUCTS,
        [
            product.id.get().into(),
            shop.get().into(),
            product.name.clone().into(),
            product.description.clone().into(),
            product.price.minor().into(),
            product.image_url.clone().into(),
            product.category.clone().into(),
            product.created_at.0.into(),
        ],
    );
    let nothing = || 0.into();
    let row = [product.id.get().into(), shop.get().into(), nothing(), nothing(), nothing()];
    rows.push(&NEW_STOCKS, row);
}

/// By how much the counters of a product change.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sold {
    /// Pieces on hand.
    pub(crate) on_hand: i64,
    /// Pieces sold by its shop.
    pub(crate) sold: i64,
    /// Orders of it.
    pub(crate) orders: i64,
    /// What they came to, in minor units.
    pub(crate) value: i128,
}

/// Adds to the counters of a product.
///
/// The rest of a value has the sign of the value. So a sale and its cancellation leave nothing of each
/// other in either column, and there is room in `value_rest` for nine billion lines that stand.
pub(crate) fn move_stock(product: ProductId, by: Sold, at: UnixMillis, rows: &mut Rows) {
    let number = |part: i128| i64::try_from(part).expect("orders have bounds").into();
    rows.push(
        &MOVED_STOCKS,
        [
            product.get().into(),
            by.on_hand.into(),
            by.sold.into(),
            at.0.into(),
            by.orders.into(),
            number(by.value / BILLION),
            number(by.value % BILLION),
        ],
    );
}

/// The value that these columns tell.
pub(crate) fn sales_value(billions: i64, rest: i64) -> i128 {
    i128::from(billions) * BILLION + i128::from(rest)
}
