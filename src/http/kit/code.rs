//! Every reason for a refusal: one table of codes, statuses and sentences. `refusals.rs` of each wing
//! says which code a refusal gets.

use actix_web::http::StatusCode;

/// The language of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Korean, the default.
    Ko,
    /// English.
    En,
}

impl Language {
    /// Its tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// The one of the two that an `Accept-Language` prefers; Korean without a preference.
    pub(crate) fn preferred(accept: &str) -> Self {
        let quality = |wanted: &str| {
            accept
                .split(',')
                .filter_map(|range| {
                    let (tag, rest) = range.split_once(';').unwrap_or((range, ""));
                    let primary = tag.trim().split('-').next()?;
                    let weight = match rest.trim().strip_prefix("q=") {
                        None => 1.0,
                        Some(weight) => weight.trim().parse::<f32>().unwrap_or(0.0),
                    };
                    primary.eq_ignore_ascii_case(wanted).then_some(weight)
                })
                .fold(0.0, f32::max)
        };
        if quality("en") > quality("ko") { Self::En } else { Self::Ko }
    }
}

macro_rules! codes {
    ($($name:ident $wire:literal $status:ident $ko:literal $en:literal;)+) => {
        /// A reason to say no. Its name on the wire is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Code { $(
            #[doc = $en]
            $name,
        )+ }

        impl Code {
            /// Every code, in the order of the table.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name on the wire.
            pub(crate) const fn wire(self) -> &'static str {
                match self { $(Self::$name => $wire,)+ }
            }

            /// The status it is sent with.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// What it means, as a sentence to a person.
            pub(crate) const fn title(self, language: Language) -> &'static str {
                match (self, language) { $(
                    (Self::$name, Language::Ko) => $ko,
                    (Self::$name, Language::En) => $en,
                )+ }
            }
        }
    };
}

codes! {
    InvalidJson "INVALID_JSON" BAD_REQUEST "요청 본문이 올바른 JSON이 아닙니다" "the body is not valid JSON";
    InvalidValue "INVALID_VALUE" BAD_REQUEST "값이 올바르지 않습니다" "a value is not allowed";
    MissingValue "MISSING_VALUE" BAD_REQUEST "필요한 값이 없습니다" "a value is missing";
    RoleInvalidFormat "ROLE_INVALID_FORMAT" BAD_REQUEST "역할의 형식이 올바르지 않습니다" "there is no such role";
    InvalidTerms "INVALID_TERMS" BAD_REQUEST "쿠폰 조건이 올바르지 않습니다" "these coupon terms cannot be promised";
    InvalidIdempotencyKey "INVALID_IDEMPOTENCY_KEY" BAD_REQUEST "Idempotency-Key 헤더가 올바르지 않습니다" "the Idempotency-Key header is not usable";
    NoWebSocket "NO_WEBSOCKET" BAD_REQUEST "WebSocket 연결 요청이 아닙니다" "this is no WebSocket handshake that can be accepted";
    TokenMissing "NOT_FOUND_TOKEN" UNAUTHORIZED "로그인이 필요합니다" "log in first";
    TokenMismatch "TOKEN_MISMATCH" UNAUTHORIZED "토큰이 올바르지 않습니다" "the token is not valid";
    TokenExpired "TOKEN_EXPIRED" UNAUTHORIZED "토큰이 만료되었습니다" "the token has expired";
    LoginTooOld "LOGIN_TOO_OLD" UNAUTHORIZED "다시 로그인한 뒤에 할 수 있습니다" "this takes the token of a log-in, not of a renewal: log in again";
    PasswordMismatch "PASSWORD_MISMATCH" UNAUTHORIZED "이메일 또는 비밀번호가 일치하지 않습니다" "e-mail address and password do not match";
    PasswordRefused "PASSWORD_MISMATCH" BAD_REQUEST "비밀번호가 일치하지 않습니다" "the password does not match";
    TooManyAttempts "TOO_MANY_ATTEMPTS" TOO_MANY_REQUESTS "비밀번호를 너무 많이 틀렸습니다. 잠시 후 다시 시도해 주세요" "too many wrong passwords: try again later";
    TooManyConnections "TOO_MANY_CONNECTIONS" TOO_MANY_REQUESTS "실시간 연결이 너무 많습니다" "too many live connections of one person";
    TooManyHolds "TOO_MANY_HOLDS" TOO_MANY_REQUESTS "여러 상점의 주문을 너무 많이 동시에 진행하고 있습니다" "too many orders over several shops under way at once";
    RateLimited "RATE_LIMITED" TOO_MANY_REQUESTS "요청이 너무 잦습니다. 잠시 후 다시 시도해 주세요" "too many calls: come back later";
    Forbidden "FORBIDDEN" FORBIDDEN "권한이 없습니다" "this is not yours to do";
    CsrfMismatch "CSRF_MISMATCH" FORBIDDEN "이 화면은 오래되었습니다. 다시 열고 시도해 주세요" "this page is out of date: open it again";
    ForeignOrigin "FOREIGN_ORIGIN" FORBIDDEN "허용되지 않은 페이지에서 온 요청입니다" "pages from there may not open live connections";
    NotFound "NOT_FOUND" NOT_FOUND "존재하지 않는 주소입니다" "there is nothing at this address";
    UserNotFound "NOT_FOUND_USER" NOT_FOUND "존재하지 않는 사용자입니다" "there is no such user";
    ShopNotFound "NOT_FOUND_SHOP" NOT_FOUND "존재하지 않는 상점입니다" "there is no such shop";
    ProductNotFound "NOT_FOUND_PRODUCT" NOT_FOUND "존재하지 않는 상품입니다" "there is no such product";
    EventNotFound "NOT_FOUND_EVENT" NOT_FOUND "존재하지 않는 이벤트입니다" "there is no such event";
    OrderNotFound "NOT_FOUND_ORDER" NOT_FOUND "존재하지 않는 주문입니다" "there is no such order";
    BatchNotFound "NOT_FOUND_BATCH" NOT_FOUND "존재하지 않는 쿠폰 묶음입니다" "there is no such batch of coupons";
    SubscriptionNotFound "NOT_FOUND_SUBSCRIPTION" NOT_FOUND "구독하지 않은 상품입니다" "the product is not followed";
    NotificationNotFound "NOT_FOUND_NOTIFICATION" NOT_FOUND "존재하지 않는 알림입니다" "there is no such notice";
    ActorNotFound "NOT_FOUND_ACTOR" NOT_FOUND "존재하지 않는 액터입니다" "there is no such actor";
    HistoryNotFound "NOT_FOUND_HISTORY" NOT_FOUND "그때의 기록이 없습니다" "nothing had been recorded by then";
    MethodNotAllowed "METHOD_NOT_ALLOWED" METHOD_NOT_ALLOWED "이 주소에서 지원하지 않는 메서드입니다" "this address does not take this method";
    BodyTimeout "BODY_TIMEOUT" REQUEST_TIMEOUT "요청 본문이 제때 도착하지 않았습니다" "the body did not arrive in time";
    Duplicate "DUPLICATE" CONFLICT "이미 발급받은 쿠폰입니다" "a coupon of this event was issued to you before";
    SoldOut "SOLD_OUT" CONFLICT "쿠폰이 모두 소진되었습니다" "every coupon has been issued";
    NotOpenYet "NOT_OPEN_YET" CONFLICT "아직 시작하지 않은 이벤트입니다" "the event is not open yet";
    EventClosed "EVENT_CLOSED" CONFLICT "종료된 이벤트입니다" "the event is closed";
    CouponsNotReady "COUPONS_NOT_READY" CONFLICT "쿠폰을 준비하고 있습니다" "the coupons are being prepared";
    CouponsFailed "COUPONS_FAILED" CONFLICT "쿠폰 준비에 실패했습니다" "the coupons could not be prepared";
    EventHasCoupons "EVENT_HAS_COUPONS" CONFLICT "이미 다른 쿠폰이 있는 이벤트입니다" "the event has other coupons already";
    TooManyDeals "TOO_MANY_DEALS" CONFLICT "상품에 걸린 이벤트가 너무 많습니다" "a product has as many events as it can";
    TooManySubscriptions "TOO_MANY_SUBSCRIPTIONS" CONFLICT "구독할 수 있는 상품 수를 넘었습니다" "more products than one person can follow";
    DuplicateEmail "DUPLICATE_EMAIL" CONFLICT "이미 사용 중인 이메일입니다" "the e-mail address has an account";
    StockBelowSold "STOCK_BELOW_SOLD" CONFLICT "판매되었거나 예약된 수량보다 적게 할 수 없습니다" "stock cannot fall below what is held and sold";
    IllegalState "ILLEGAL_STATE" CONFLICT "현재 상태에서는 할 수 없습니다" "this cannot be done in the present state";
    BodyTooLarge "BODY_TOO_LARGE" PAYLOAD_TOO_LARGE "요청 본문이 너무 큽니다" "the body is too large";
    UnsupportedMediaType "UNSUPPORTED_MEDIA_TYPE" UNSUPPORTED_MEDIA_TYPE "application/json 형식만 받습니다" "send application/json";
    ProductShortage "PRODUCT_SHORTAGE" UNPROCESSABLE_ENTITY "상품의 재고가 부족합니다" "less is available than was asked for";
    DiscountTooLarge "DISCOUNT_TOO_LARGE" UNPROCESSABLE_ENTITY "할인 금액이 상품 가격 이상입니다" "the discount leaves nothing to pay for a product";
    StockTooMuch "STOCK_TOO_MUCH" UNPROCESSABLE_ENTITY "재고가 허용 범위를 넘습니다" "stock would exceed its bound";
    OrderTooLarge "ORDER_TOO_LARGE" UNPROCESSABLE_ENTITY "주문 금액이 허용 범위를 넘습니다" "the order's total would exceed its bound";
    MixedCurrencies "MIXED_CURRENCIES" UNPROCESSABLE_ENTITY "통화가 다른 상품은 함께 주문할 수 없습니다" "products of different currencies cannot be one order";
    KeyReused "IDEMPOTENCY_KEY_REUSED" UNPROCESSABLE_ENTITY "다른 요청에 이미 사용된 Idempotency-Key입니다" "the Idempotency-Key was used with another request";
    Internal "INTERNAL" INTERNAL_SERVER_ERROR "서버에 문제가 발생했습니다" "something went wrong here";
    FailedCallApi "FAILED_CALL_API" BAD_GATEWAY "외부 서비스 호출에 실패했습니다" "a service this one calls has failed";
    Busy "BUSY" SERVICE_UNAVAILABLE "요청이 많습니다. 잠시 후 다시 시도해 주세요" "busy: try again in a moment";
    Unavailable "UNAVAILABLE" SERVICE_UNAVAILABLE "일시적으로 이용할 수 없습니다" "not available at the moment";
    DiskFull "DISK_FULL" SERVICE_UNAVAILABLE "서버의 저장 공간이 가득 차서 처리하지 않았습니다. 나중에 다시 시도해 주세요" "the disk of the server is full and nothing was done: try again later";
    StockHeld "STOCK_HELD" SERVICE_UNAVAILABLE "다른 주문이 진행 중인 재고입니다. 잠시 후 다시 시도해 주세요" "an order that is being made holds this stock: try again in a moment";
    OutcomeUnknown "OUTCOME_UNKNOWN" SERVICE_UNAVAILABLE "처리 결과를 확인하지 못했습니다. 같은 Idempotency-Key로 다시 시도해 주세요" "the outcome is not known: repeat with the same Idempotency-Key";
}

impl Code {
    /// Whether the same request may succeed a little later.
    pub(crate) const fn is_retryable(self) -> bool {
        self.retry_after_s().is_some()
    }

    /// Seconds after which to try again.
    pub(crate) const fn retry_after_s(self) -> Option<u8> {
        match self {
            Self::Busy | Self::OutcomeUnknown | Self::CouponsNotReady => Some(1),
            Self::StockHeld | Self::TooManyHolds => Some(1),
            Self::Unavailable | Self::BodyTimeout => Some(2),
            // A refusal itself says how long; this is for the explanation of the code.
            Self::DiskFull | Self::TooManyConnections => Some(10),
            Self::TooManyAttempts | Self::RateLimited => Some(60),
            _ => None,
        }
    }

    /// The place in the table.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_speaks_both_languages_and_has_a_name_of_its_own() {
        // Existing clients know one name by two statuses: 401 at log-in, 400 where one is logged in.
        let mut names: Vec<_> =
            Code::ALL.iter().map(|code| (code.wire(), code.status().as_u16())).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for (place, code) in Code::ALL.iter().enumerate() {
            assert_eq!(code.index(), place);
            assert!(code.status().is_client_error() || code.status().is_server_error());
            let (ko, en) = (code.title(Language::Ko), code.title(Language::En));
            assert!(ko.chars().any(|c| ('가'..='힣').contains(&c)), "{ko}");
            assert!(en.is_ascii() && !en.ends_with('.'), "{en}");
        }
    }

    #[test]
    fn the_language_is_the_one_preferred() {
        for (accept, expected) in [
            ("", Language::Ko),
            ("ko", Language::Ko),
            ("en", Language::En),
            ("en-GB,en;q=0.9", Language::En),
            ("ko-KR,ko;q=0.9,en;q=0.8", Language::Ko),
            ("en;q=0.5, ko;q=0.9", Language::Ko),
            ("de, en;q=0.3", Language::En),
            ("de", Language::Ko),
            ("en;q=x", Language::Ko),
        ] {
            assert_eq!(Language::preferred(accept), expected, "{accept}");
        }
    }
}
