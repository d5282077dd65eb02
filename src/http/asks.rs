//! The JSON that comes in. Members not named here are ignored and have no effect; what a type
//! cannot rule out, `checked` functions do, naming the member.

use hotdeal_domain::DiscountType;
use hotdeal_domain::{
    Amount, AmountError, BasisPoints, Currency, EventId, ProductId, Quantity, ShopId, UserId,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::money::{DiscountAmount, Money};
use super::openapi::words::{
    CategoryCode, CurrencyCode, DiscountKind, EmailAddress, Id, PersonsName, PictureAddress,
    Pieces, Price, RoleName,
};
use super::problem::Problem;
use super::whole::{id, id_if_any, ids, pieces, whole, whole_if_any};
use crate::auth::seen;

/// Ids in one search at most; as many as an order can have lines.
pub(crate) const SEARCH_MAX: usize = 10_000;

/// To open an account.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "email": "kim@example.com",
    "name": "김하나",
    "password": "a long walk by the sea",
}))]
pub(crate) struct SignUp {
    /// An e-mail address of at most 254 characters that has no account yet.
    #[schema(value_type = EmailAddress)]
    pub(crate) email: String,
    #[schema(value_type = PersonsName)]
    pub(crate) name: String,
    /// At least 8 characters and at most 1,024 bytes, and not one that many others think of.
    #[schema(min_length = 8, max_length = 1_024)]
    pub(crate) password: String,
}

/// To log in.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"email": "kim@example.com", "password": "a long walk by the sea"}))]
pub(crate) struct LogIn {
    pub(crate) email: String,
    pub(crate) password: String,
}

/// To get new tokens.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReissueAsk {
    /// The latest refresh token.
    pub(crate) refresh_token: String,
}

/// To log out, or to withdraw.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"password": "a long walk by the sea"}))]
pub(crate) struct PasswordAsk {
    /// One's own password.
    pub(crate) password: String,
}

/// To give somebody another role.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"role": "SELLER"}))]
pub(crate) struct RoleAsk {
    /// `USER`, `SELLER`, `COUNSELLOR`, `PARTNER` or `ADMIN`.
    #[schema(value_type = RoleName)]
    pub(crate) role: String,
}

/// To open a shop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"name": "Lamp House", "currency": "KRW"}))]
pub(crate) struct ShopAsk {
    #[schema(value_type = PersonsName)]
    pub(crate) name: String,
    /// `KRW`, `JPY`, `GBP`, `EUR` or `USD`; `KRW` where absent.
    #[serde(default)]
    #[schema(value_type = Option<CurrencyCode>)]
    pub(crate) currency: Option<String>,
    /// The owner; oneself where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) owner_id: Option<UserId>,
}

impl ShopAsk {
    /// The currency, by name.
    pub(crate) fn currency(&self) -> Result<Currency, Problem> {
        let Some(code) = &self.currency else {
            return Ok(Currency::Krw);
        };
        Currency::from_code(code)
            .ok_or_else(|| Problem::not_among("currency", &Currency::ALL.map(Currency::code)))
    }
}

/// To offer a product.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "productName": "Desk lamp",
    "productDescription": "It gives light.",
    "productPrice": 12900,
    "productImageUrl": "https://example.com/lamp.png",
    "productCategory": "HOME_LIVING",
}))]
pub(crate) struct ProductAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) product_name: String,
    /// Up to 1,000 characters.
    #[serde(default)]
    #[schema(max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub(crate) product_description: String,
    /// Above zero, in the currency of the shop.
    #[schema(value_type = Price)]
    pub(crate) product_price: Box<RawValue>,
    #[serde(default)]
    #[schema(value_type = PictureAddress)]
    pub(crate) product_image_url: String,
    /// `ELECTRONICS`, `FASHION` …; `OTHER` where absent.
    #[serde(default)]
    #[schema(value_type = Option<CategoryCode>)]
    pub(crate) product_category: Option<String>,
    /// The shop; the seller's own, or the platform's, where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) shop_id: Option<ShopId>,
}

/// To describe a product anew: what is absent or null stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productName": "Better desk lamp", "productPrice": 13900}))]
pub(crate) struct ProductChangeAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) product_name: Option<String>,
    /// Up to 1,000 characters.
    #[schema(max_length = 1_000, pattern = r"^[^\x00]*$")]
    pub(crate) product_description: Option<String>,
    /// Above zero, in the currency of the shop.
    #[schema(value_type = Option<Price>)]
    pub(crate) product_price: Option<Box<RawValue>>,
    #[schema(value_type = Option<PictureAddress>)]
    pub(crate) product_image_url: Option<String>,
    /// `ELECTRONICS`, `FASHION` …
    #[schema(value_type = Option<CategoryCode>)]
    pub(crate) product_category: Option<String>,
}

/// To look up several products.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productIds": [6, 7, 8]}))]
pub(crate) struct SearchAsk {
    /// 1 to 10,000 ids.
    #[serde(deserialize_with = "ids")]
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 10_000)]
    product_ids: Vec<ProductId>,
}

impl SearchAsk {
    /// The ids, each once, in the order asked.
    pub(crate) fn products(self) -> Result<Vec<ProductId>, Problem> {
        if !(1..=SEARCH_MAX).contains(&self.product_ids.len()) {
            return Err(Problem::value(
                "productIds",
                "1개 이상 10000개 이하여야 합니다",
                "1 to 10000 ids",
            ));
        }
        let mut seen = std::collections::HashSet::with_capacity(self.product_ids.len());
        Ok(self.product_ids.into_iter().filter(|id| seen.insert(*id)).collect())
    }
}

/// To order one product.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"productId": 6, "quantity": 1}))]
pub(crate) struct OrderItemAsk {
    #[serde(deserialize_with = "id")]
    #[schema(value_type = Id)]
    pub(crate) product_id: ProductId,
    /// 1 to 1,000,000.
    #[serde(deserialize_with = "pieces")]
    #[schema(value_type = Pieces)]
    pub(crate) quantity: Quantity,
}

/// To order several products, of one or several shops.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderItems": [{"productId": 6, "quantity": 1}, {"productId": 7, "quantity": 2}],
}))]
pub(crate) struct OrderAsk {
    /// 1 to 10,000 items; those of the same product are added up.
    #[schema(min_items = 1, max_items = 10_000)]
    pub(crate) order_items: Vec<OrderItemAsk>,
}

/// To be issued a coupon.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"eventId": 19}))]
pub(crate) struct IssueAsk {
    #[serde(deserialize_with = "id")]
    #[schema(value_type = Id)]
    pub(crate) event_id: EventId,
}

/// To open a coupon event and prepare its coupons.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Winter coupons",
    "totalCount": 1000,
    "policies": [
        {"discountType": "FIXED", "discountAmount": 3000, "allocationPercentage": 40},
        {"discountType": "RATE", "discountAmount": 15, "allocationPercentage": 60},
    ],
    "startsAt": "2026-12-01T10:00:00+09:00",
    "endsAt": "2030-12-31T10:00:00+09:00",
    "validDays": 30,
}))]
pub(crate) struct PreloadAsk {
    /// 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]*[^\x00\s][^\x00]*$")]
    pub(crate) name: String,
    /// 1 to 10,000,000.
    #[serde(deserialize_with = "whole::<_, _, 1, 10_000_000>")]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub(crate) total_count: u32,
    /// 1 to 100, whose shares add up to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) policies: Vec<PolicyAsk>,
    /// RFC 3339, before 9999-12-31T06:00:00Z; read in the server's zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) starts_at: String,
    /// RFC 3339, before 9999-12-31T06:00:00Z; read in the server's zone where it has no offset.
    #[schema(format = DateTime)]
    pub(crate) ends_at: String,
    /// Days a coupon is valid from its issue; this or `validUntil`.
    #[serde(default, deserialize_with = "whole_if_any::<_, _, 1, 3_650>")]
    #[schema(minimum = 1, maximum = 3_650)]
    pub(crate) valid_days: Option<u32>,
    /// Until when coupons are valid; this or `validDays`.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub(crate) valid_until: Option<String>,
    /// The least an order must cost; 0 where absent.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub(crate) minimum_price: Option<Box<RawValue>>,
    /// An event that has these coupons already, or a deal they shall go with; without it an
    /// event is made.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) event_id: Option<EventId>,
    /// The shop; the seller's own, or the platform's, where absent.
    #[serde(default, deserialize_with = "id_if_any")]
    #[schema(value_type = Option<Id>)]
    pub(crate) shop_id: Option<ShopId>,
}

/// A share of the coupons and what each takes off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyAsk {
    /// `FIXED` or `RATE`.
    #[schema(value_type = DiscountKind)]
    pub(crate) discount_type: DiscountType,
    /// Money for `FIXED`, percent for `RATE`.
    #[schema(value_type = DiscountAmount)]
    pub(crate) discount_amount: Box<RawValue>,
    /// Percent of all coupons.
    #[serde(deserialize_with = "whole::<_, _, 1, 100>")]
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) allocation_percentage: u8,
}

/// A text of `low` to `high` characters, trimmed. NUL is refused, because not every database
/// can keep it.
pub(crate) fn text(
    member: &'static str,
    text: &str,
    low: usize,
    high: usize,
) -> Result<String, Problem> {
    let trimmed = text.trim();
    if trimmed.contains('\0') {
        return Err(Problem::value(member, "NUL 문자는 쓸 수 없습니다", "no NUL character"));
    }
    if (low..=high).contains(&trimmed.chars().count()) {
        return Ok(trimmed.to_owned());
    }
    let ko = format!("{low}자 이상 {high}자 이하여야 합니다");
    Err(Problem::value(member, &ko, &format!("{low} to {high} characters")))
}

/// The name of a person or a shop: a text of `low` to `high` characters, all of which can be seen.
/// What cannot be seen makes one name look like another, and overrides of direction turn around
/// what stands beside it.
pub(crate) fn name(
    member: &'static str,
    given: &str,
    low: usize,
    high: usize,
) -> Result<String, Problem> {
    let name = text(member, given, low, high)?;
    if seen::is_name(&name) {
        return Ok(name);
    }
    let (ko, en) = ("보이지 않는 문자는 쓸 수 없습니다", "no character that cannot be seen");
    Err(Problem::value(member, ko, en))
}

/// An amount of money, exactly as written.
pub(crate) fn money(
    member: impl Into<String>,
    raw: &RawValue,
    currency: Currency,
) -> Result<Amount, Problem> {
    Amount::parse(raw.get(), currency).map_err(|error| {
        let ko = match error {
            AmountError::NotANumber => "숫자여야 합니다",
            AmountError::Negative => "0보다 작을 수 없습니다",
            AmountError::TooPrecise => "통화의 소수 자릿수를 넘습니다",
            AmountError::TooLarge => "너무 큽니다",
        };
        Problem::value(member, ko, &error.to_string())
    })
}

/// A percentage above 0 and at most 100, with at most two decimal places.
pub(crate) fn percentage(
    member: impl Into<String>,
    raw: &RawValue,
) -> Result<BasisPoints, Problem> {
    // Hundredths of a percent are read as hundredths of a pound are: exactly.
    let hundredths = Amount::parse(raw.get(), Currency::Gbp).ok();
    hundredths
        .and_then(|hundredths| u16::try_from(hundredths.minor()).ok())
        .and_then(|points| BasisPoints::try_from(points).ok())
        .ok_or_else(|| {
            Problem::value(
                member,
                "0보다 크고 100 이하이며 소수 둘째 자리까지여야 합니다",
                "above 0, at most 100, with at most two decimal places",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn percentages_are_read_exactly() {
        for (text, points) in [
            ("10", Some(1_000)),
            ("12.5", Some(1_250)),
            ("100", Some(10_000)),
            ("0.01", Some(1)),
            ("0", None),
            ("100.01", None),
            ("-1", None),
            ("1.005", None),
            ("1e309", None),
            ("\"10\"", None),
            ("null", None),
        ] {
            let read = percentage("discountAmount", &raw(text)).ok().map(BasisPoints::get);
            assert_eq!(read, points, "{text}");
        }
    }

    #[test]
    fn money_must_be_a_number_that_the_currency_can_hold() {
        for (text, minor) in
            [("2.55", Some(255)), ("\"2.55\"", None), ("2.555", None), ("-1", None), ("[]", None)]
        {
            let read = money("productPrice", &raw(text), Currency::Gbp).ok().map(Amount::minor);
            assert_eq!(read, minor, "{text}");
        }
    }
}
