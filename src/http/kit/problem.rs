//! A refusal as the client reads it: RFC 9457 problem details, with the members that existing
//! clients read (`error`, `code`, `message`).

mod failed;
mod refusals;

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use bytes::Bytes;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use utoipa::ToSchema;

use super::code::{Code, Language};
use super::openapi::words::ProblemCode;
use crate::clock::Zone;
use hotdeal_domain::{ProductId, UnixMillis};

/// The media type of problem details.
pub(crate) const PROBLEM_MEDIA: &str = "application/problem+json";

/// A refusal. Most add nothing to their code, and so are made without cost.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    more: Option<Box<More>>,
}

/// What a refusal adds to its code.
#[derive(Debug, Default)]
struct More {
    detail: Option<Detail>,
    member: Option<String>,
    product_ids: Vec<i64>,
    available: Option<u32>,
    extension: Option<Extension>,
    opens_at: Option<UnixMillis>,
    reasons: Vec<String>,
    allow: Option<&'static str>,
    close: bool,
    retry_after_s: Option<u32>,
    violated_policies: Vec<&'static str>,
}

/// A member that only this kind of refusal has.
struct Extension {
    name: &'static str,
    write: Box<dyn Fn(Zone) -> Box<RawValue>>,
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Extension").field(&self.name).finish()
    }
}

/// A sentence in both languages. There is never one without the other, and none is a library's.
#[derive(Debug)]
struct Detail {
    ko: String,
    en: String,
}

impl Detail {
    fn text(&self, language: Language) -> &str {
        match language {
            Language::Ko => &self.ko,
            Language::En => &self.en,
        }
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct ProblemAnswer {
    /// Names the kind of problem; the address explains it.
    #[serde(rename = "type")]
    kind: String,
    /// What the code means, in the language of the answer.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// The stable name of the reason.
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// What to tell a person: as `title`, or as `detail` where one member is wrong.
    message: Cow<'static, str>,
    /// The status' name, as `BAD_REQUEST`.
    error: String,
    /// The member of the body, path or query that is wrong, as `orderItems[3].quantity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    member: Option<String>,
    /// The products it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    product_ids: Vec<i64>,
    /// Pieces available of the product that is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    available: Option<u32>,
    /// When the event opens (code `NOT_OPEN_YET`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    opens_at: Option<String>,
    /// Why the server is not ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// The limits that were exceeded (code `RATE_LIMITED`), by the names in `RateLimit-Policy`.
    #[serde(rename = "violated-policies", skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    violated_policies: Vec<&'static str>,
    /// Whether the same request may succeed after `Retry-After`.
    retryable: bool,
}

/// Problem details with the member that this refusal alone has.
#[derive(Serialize)]
struct Extended {
    #[serde(flatten)]
    answer: ProblemAnswer,
    #[serde(flatten)]
    extension: Member,
}

/// A member of JSON that was written before.
struct Member(&'static str, Box<RawValue>);

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, &self.1)])
    }
}

/// The type that draft-ietf-httpapi-ratelimit-headers-11 gives to a limit exceeded.
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// The bodies of refusals that add nothing, by code and language. After the last coupon, the crowd
/// is answered by copying a pointer.
static PLAIN: LazyLock<Vec<[Bytes; 2]>> = LazyLock::new(|| {
    let body = |code: Code, language| written(&code.answer(language));
    Code::ALL.iter().map(|&code| [body(code, Language::Ko), body(code, Language::En)]).collect()
});

fn written(answer: &impl Serialize) -> Bytes {
    Bytes::from(serde_json::to_vec(answer).expect("plain members can always be written"))
}

impl Code {
    fn answer(self, language: Language) -> ProblemAnswer {
        let status = self.status();
        let title = self.title(language);
        let error = status.canonical_reason().unwrap_or("ERROR");
        ProblemAnswer {
            kind: match self {
                Self::RateLimited => QUOTA_EXCEEDED.to_owned(),
                _ => format!("/api/problems/{}", self.wire()),
            },
            title,
            status: status.as_u16(),
            detail: None,
            code: self.wire(),
            message: Cow::Borrowed(title),
            error: error.to_uppercase().replace([' ', '-'], "_"),
            member: None,
            product_ids: Vec::new(),
            available: None,
            opens_at: None,
            reasons: Vec::new(),
            violated_policies: Vec::new(),
            retryable: self.is_retryable(),
        }
    }
}

impl Problem {
    /// The code it carries.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// The member it is about.
    pub(crate) fn member(&self) -> Option<&str> {
        self.more.as_ref()?.member.as_deref()
    }

    /// A value that is not allowed, with what is, in both languages.
    pub(crate) fn value(member: impl Into<String>, ko: &str, en: &str) -> Self {
        Self::from(Code::InvalidValue).of_member(member).saying(ko, en)
    }

    /// A value that must be there and is not.
    pub(crate) fn missing(member: impl Into<String>) -> Self {
        Self::from(Code::MissingValue).saying("값이 필요합니다", "required").of_member(member)
    }

    /// A whole number outside its bounds.
    pub(crate) fn out_of_range(
        member: impl Into<String>,
        low: impl std::fmt::Display,
        high: impl std::fmt::Display,
    ) -> Self {
        let (ko, en) = super::json::wanted::whole(low, high);
        Self::value(member, &ko, &en)
    }

    /// A word that is none of those known.
    pub(crate) fn not_among(member: impl Into<String>, known: &[&str]) -> Self {
        let known = known.join(", ");
        Self::value(member, &format!("{known} 중 하나여야 합니다"), &format!("one of {known}"))
    }

    /// Says which member it is about.
    pub(crate) fn of_member(mut self, member: impl Into<String>) -> Self {
        self.more().member = Some(member.into());
        self
    }

    /// Explains this case in both languages.
    pub(crate) fn saying(mut self, ko: &str, en: &str) -> Self {
        self.more().detail = Some(Detail { ko: ko.to_owned(), en: en.to_owned() });
        self
    }

    /// Names the products it is about.
    pub(crate) fn of_products(mut self, products: &[ProductId]) -> Self {
        self.more().product_ids = products.iter().map(|id| id.get()).collect();
        self
    }

    /// Says how many pieces are available.
    pub(crate) fn with_available(mut self, pieces: u32) -> Self {
        self.more().available = Some(pieces);
        self
    }

    /// Says when the event opens.
    pub(crate) fn opening_at(mut self, at: UnixMillis) -> Self {
        self.more().opens_at = Some(at);
        self
    }

    /// Adds a member that refusals of this kind alone have; see
    /// [`ProblemMember`](super::route::ProblemMember).
    pub(crate) fn with_member<T: Serialize>(
        mut self,
        name: &'static str,
        make: impl Fn(Zone) -> T + 'static,
    ) -> Self {
        let write =
            move |zone| to_raw_value(&make(zone)).expect("our shapes can always be written");
        self.more().extension = Some(Extension { name, write: Box::new(write) });
        self
    }

    /// Names the methods that the address takes.
    pub(crate) fn allowing(mut self, methods: &'static str) -> Self {
        self.more().allow = Some(methods);
        self
    }

    /// Lists why the server is not ready.
    pub(crate) fn with_reasons(mut self, reasons: Vec<String>) -> Self {
        self.more().reasons = reasons;
        self
    }

    /// Ends the connection after the answer, because the rest of the request is not read.
    pub(crate) fn closing(mut self) -> Self {
        self.more().close = true;
        self
    }

    /// Seconds after which to try again, where that helps.
    pub(crate) fn retry_after_s(&self) -> Option<u32> {
        let told = self.more.as_ref().and_then(|more| more.retry_after_s);
        told.or(self.code.retry_after_s().map(u32::from))
    }

    /// Whether the connection ends after the answer.
    pub(crate) fn is_closing(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.close)
    }

    /// Pieces available of the product that is short.
    pub(crate) fn available(&self) -> Option<u32> {
        self.more.as_ref()?.available
    }

    /// What is wrong, in one sentence. Where the request has a member that is wrong, it is named.
    pub(crate) fn sentence(&self, language: Language) -> Cow<'static, str> {
        let title = self.code.title(language);
        let Some(more) = &self.more else { return Cow::Borrowed(title) };
        let told = more.detail.as_ref().map(|detail| detail.text(language));
        match (&more.member, told) {
            (Some(member), _) if self.code.status() == StatusCode::BAD_REQUEST => {
                Cow::Owned(format!("{member}: {}", told.unwrap_or(title)))
            }
            (_, Some(told)) => Cow::Owned(told.to_owned()),
            (_, None) => Cow::Borrowed(title),
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    fn body(&self, language: Language, zone: Zone) -> Bytes {
        let Some(more) = &self.more else {
            return match language {
                Language::Ko => PLAIN[self.code.index()][0].clone(),
                Language::En => PLAIN[self.code.index()][1].clone(),
            };
        };
        let mut answer = self.code.answer(language);
        let sentence = self.sentence(language);
        answer.detail = (sentence != self.code.title(language)).then(|| sentence.to_string());
        if more.member.is_some() && self.code.status() == StatusCode::BAD_REQUEST {
            answer.message = sentence;
        }
        answer.member.clone_from(&more.member);
        answer.product_ids.clone_from(&more.product_ids);
        answer.available = more.available;
        answer.opens_at = more.opens_at.map(|at| zone.stamp(at).to_string());
        answer.reasons.clone_from(&more.reasons);
        answer.violated_policies.clone_from(&more.violated_policies);
        match &more.extension {
            None => written(&answer),
            Some(Extension { name, write }) => {
                written(&Extended { answer, extension: Member(name, write(zone)) })
            }
        }
    }

    /// The response.
    pub(crate) fn into_response(self, language: Language, zone: Zone) -> HttpResponse {
        let code = self.code;
        let body = self.body(language, zone);
        let mut response = HttpResponse::build(code.status());
        response
            .insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA)))
            .insert_header((CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())))
            .insert_header((VARY, HeaderValue::from_static("accept-language")));
        if let Some(seconds) = self.retry_after_s() {
            response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if code.status() == StatusCode::UNAUTHORIZED {
            // The second is of RFC 9470.
            let challenge = match code {
                Code::LoginTooOld => r#"Bearer error="insufficient_user_authentication""#,
                _ => "Bearer",
            };
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static(challenge)));
        }
        if let Some(more) = &self.more {
            if let Some(methods) = more.allow {
                response.insert_header((ALLOW, HeaderValue::from_static(methods)));
            }
            if more.close {
                response.force_close();
            }
        }
        response.body(body)
    }
}
