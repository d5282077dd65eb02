//! The JSON that leaves: exactly the members of the wire contract, and those added since.

use hotdeal_actors::api::{Account, BatchView, IssuedCoupon, ProductSales, ProductView, StockView};
use hotdeal_domain::Discount;
use hotdeal_domain::ShopProfile;
use hotdeal_domain::coupon::BatchStatus;
use hotdeal_domain::{Currency, Order};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::money::{DiscountAmount, Money, decimal};
use super::openapi::words::{
    BatchState, CategoryCode, CouponStatus, CurrencyCode, DiscountKind, OrderStatus, RoleName,
};
use super::products::is_web_address;
use crate::clock::{Stamp, WireStamp, Zone};

/// The answer to a sign-up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignUpAnswer {
    pub(crate) data: SignedUp,
    /// The same in words.
    #[schema(value_type = String)]
    pub(crate) message: &'static str,
}

/// The answer to a log-in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogInAnswer {
    pub(crate) data: LoggedIn,
    /// The same in words.
    #[schema(value_type = String)]
    pub(crate) message: &'static str,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedUp {
    /// The account's number.
    pub(crate) auth_id: i64,
    /// Its e-mail address, in lower case.
    pub(crate) email: String,
    /// Its name.
    pub(crate) name: String,
}

/// Tokens.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedIn {
    /// Sent with each request, as `Authorization: Bearer …`.
    pub(crate) access_token: String,
    /// Buys new tokens.
    pub(crate) refresh_token: String,
}

/// One's own account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountAnswer<'a> {
    user_id: i64,
    email: &'a str,
    name: &'a str,
    #[schema(value_type = RoleName)]
    role: &'static str,
    created_at: WireStamp,
}

impl<'a> AccountAnswer<'a> {
    pub(crate) fn new(account: &'a Account, zone: Zone) -> Self {
        Self {
            user_id: account.user.get(),
            role: account.role.name(),
            created_at: zone.wire_stamp(account.created_at),
            email: &account.email,
            name: &account.name,
        }
    }
}

/// A shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopAnswer {
    shop_id: i64,
    owner_id: i64,
    name: String,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    opened_at: Stamp,
}

impl ShopAnswer {
    pub(crate) fn new(shop: &ShopProfile, zone: Zone) -> Self {
        Self {
            shop_id: shop.id.get(),
            owner_id: shop.owner.get(),
            name: shop.name.as_ref().to_owned(),
            currency: shop.currency.code(),
            opened_at: zone.stamp(shop.opened_at),
        }
    }
}

/// What one product has sold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SalesAnswer {
    product_id: i64,
    units: i64,
    orders: i64,
    /// Money.
    #[schema(value_type = f64, minimum = 0)]
    value: Box<RawValue>,
}

impl SalesAnswer {
    /// `None` when the value is no amount, which only a broken table can hold.
    pub(crate) fn new(sales: &ProductSales, currency: Currency) -> Option<Self> {
        let value = decimal(sales.value, currency);
        Some(Self {
            product_id: sales.product.get(),
            units: sales.units,
            orders: sales.orders,
            value: RawValue::from_string(value).ok()?,
        })
    }
}

/// A product just created.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductCreated {
    product_id: i64,
    product_name: String,
    product_description: String,
    product_price: Money,
    shop_id: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl ProductCreated {
    pub(crate) fn new(product: &ProductView) -> Self {
        Self {
            product_id: product.id.get(),
            product_name: product.name.as_ref().to_owned(),
            product_description: product.description.as_ref().to_owned(),
            product_price: Money(product.price, product.currency),
            shop_id: product.shop.get(),
            currency: product.currency.code(),
        }
    }
}

/// A product as shoppers see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductAnswer<'a> {
    product_id: i64,
    product_name: &'a str,
    original_price: Money,
    product_description: &'a str,
    product_image_uri: &'a str,
    #[schema(value_type = CategoryCode)]
    product_category: &'a str,
    shop_id: i64,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

impl<'a> ProductAnswer<'a> {
    pub(crate) fn new(product: &'a ProductView) -> Self {
        Self {
            product_id: product.id.get(),
            product_name: &product.name,
            original_price: Money(product.price, product.currency),
            product_description: &product.description,
            // Addresses that came in before they were looked at are not given out.
            product_image_uri: match is_web_address(&product.image_url) {
                true => &product.image_url,
                false => "",
            },
            product_category: &product.category,
            shop_id: product.shop.get(),
            currency: product.currency.code(),
        }
    }
}

/// The stock of a product.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StockAnswer {
    /// The product's own number: there is one stock for each product.
    stock_id: i64,
    product_id: i64,
    /// Pieces that can be ordered now: on hand, less those held, less those sold.
    quantity: u32,
    /// Whether any can be ordered now.
    available: bool,
    /// Pieces put in, less those taken out by hand.
    on_hand: u32,
    /// Pieces set aside for orders being made.
    held: u32,
    /// Pieces in orders that stand.
    sold: u32,
    #[schema(required)]
    last_updated: Option<WireStamp>,
}

impl StockAnswer {
    pub(crate) fn new(view: &StockView, zone: Zone) -> Self {
        Self {
            stock_id: view.product.get(),
            product_id: view.product.get(),
            quantity: view.stock.available(),
            available: view.stock.available() > 0,
            on_hand: view.stock.on_hand,
            held: view.stock.held,
            sold: view.stock.sold,
            last_updated: view.updated_at.map(|at| zone.wire_stamp(at)),
        }
    }
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderAnswer {
    user_id: i64,
    order_id: i64,
    items: Vec<OrderItemAnswer>,
    /// Pieces over all items.
    total_order_count: u64,
    total_order_price: Money,
    order_date: WireStamp,
    #[schema(value_type = OrderStatus)]
    status: &'static str,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
}

/// One line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderItemAnswer {
    product_id: i64,
    product_name: String,
    quantity: u32,
    /// The price of one piece when it was ordered.
    product_price: Money,
    item_total_price: Money,
    shop_id: i64,
    /// The deal that made the price, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    event_id: Option<i64>,
}

impl OrderAnswer {
    pub(crate) fn new(order: &Order, zone: Zone) -> Self {
        let currency = order.currency;
        let item = |line: &hotdeal_domain::OrderLine| OrderItemAnswer {
            product_id: line.product.get(),
            product_name: line.name.as_ref().to_owned(),
            quantity: line.quantity.get(),
            product_price: Money(line.unit_price, currency),
            // A line that an order was made of has a total: the order's is their sum.
            item_total_price: Money(line.total().unwrap_or(order.total), currency),
            shop_id: line.shop.get(),
            event_id: line.deal.map(|deal| deal.get()),
        };
        Self {
            user_id: order.user.get(),
            order_id: order.id.get(),
            items: order.lines.iter().map(item).collect(),
            total_order_count: order.pieces(),
            total_order_price: Money(order.total, currency),
            order_date: zone.wire_stamp(order.ordered_at),
            status: order.state.name(),
            currency: currency.code(),
        }
    }
}

/// How far the preparation of coupons is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    pub(crate) batch_id: i64,
    event_id: i64,
    /// `PREPARING`, `READY` or `FAILED`.
    #[schema(value_type = BatchState)]
    status: &'static str,
    total: u32,
    prepared: u32,
    name: String,
    shop_id: i64,
    starts_at: Stamp,
    ends_at: Stamp,
}

impl BatchAnswer {
    pub(crate) fn new(batch: &BatchView, zone: Zone) -> Self {
        Self {
            batch_id: batch.batch.get(),
            event_id: batch.event.get(),
            status: match batch.status {
                BatchStatus::Preparing => "PREPARING",
                BatchStatus::Ready => "READY",
                BatchStatus::Failed => "FAILED",
            },
            total: batch.terms.total,
            prepared: batch.prepared,
            name: batch.terms.name.clone(),
            shop_id: batch.shop.get(),
            starts_at: zone.stamp(batch.terms.window.start),
            ends_at: zone.stamp(batch.terms.window.end),
        }
    }
}

/// A coupon in a shopper's hands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CouponAnswer {
    #[schema(value_type = String)]
    coupon_key: std::sync::Arc<str>,
    /// `FIXED` or `RATE`.
    #[schema(value_type = DiscountKind)]
    discount_type: &'static str,
    /// Money for `FIXED`, percent for `RATE`.
    discount_amount: DiscountAmount,
    issued_at: WireStamp,
    /// `ISSUED`.
    #[schema(value_type = CouponStatus)]
    status: &'static str,
    event_id: i64,
    valid_until: Stamp,
}

impl CouponAnswer {
    pub(crate) fn new(coupon: &IssuedCoupon, zone: Zone) -> Self {
        Self {
            coupon_key: coupon.code.clone(),
            discount_type: match coupon.discount {
                Discount::Fixed(_) => "FIXED",
                Discount::Rate(_) => "RATE",
            },
            discount_amount: DiscountAmount(coupon.discount, coupon.currency),
            issued_at: zone.wire_stamp(coupon.issued_at),
            status: "ISSUED",
            event_id: coupon.event.get(),
            valid_until: zone.stamp(coupon.valid_until),
        }
    }
}
