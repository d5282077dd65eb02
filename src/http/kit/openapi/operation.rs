//! One route as the document tells it: parameters, body, every answer it can give.

use std::collections::BTreeMap;

use hotdeal_domain::account::Role;
use hotdeal_domain::idempotency::KEY_MAX;
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema};

use super::super::code::{Code, Language};
use super::super::problem::PROBLEM_MEDIA;
use super::super::query::{self, Kind};
use super::super::route::{Need, Route, Schemas, Verb};
use super::super::term;
use super::words::{Id, ProblemCode};
use super::{BEARER, schema_of, text};

/// The most characters of a part of a path that is not a number.
const PART_MAX: usize = 64;

/// The most characters of a time, of which nine can tell a fraction of a second.
const TIME_MAX: usize = 40;

/// Refusals by name. A refusal that many operations share is described once.
pub(super) type Refusals = BTreeMap<String, Response>;

/// The operation of a route, whose schemas and refusals are added to the others.
pub(super) fn operation(
    route: &Route,
    problem: &RefOr<Schema>,
    schemas: &mut Schemas,
    refusals: &mut Refusals,
) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id))
        .summary(Some(route.summary))
        .description(Some(described(route)))
        .parameters(Some(parameters(route, schemas)))
        .request_body(body(route, schemas));
    // An empty list says that no token is needed; no list at all would leave it open.
    let needs_token = route.need != Need::Anyone;
    let token = needs_token.then(|| SecurityRequirement::new(BEARER, [""; 0]));
    operation = operation.securities(Some(token));
    // One member: the library keeps several in an order that changes with every start.
    let mut access = json!({"role": role(route.need)});
    if let Some(group) = route.group {
        access["rateLimit"] = group.name().into();
    }
    operation = operation.extensions(Some(Extensions::from_iter([("x-access", access)])));
    operation = operation.response(route.answers.0.to_string(), success(route, schemas));
    if route.tagged {
        operation = operation.response("304", unchanged(route));
    }
    for (status, codes) in failures(route) {
        let name = named(status, &codes);
        let shared = Ref::from_response_name(&name);
        refusals.entry(name).or_insert_with(|| failure(&codes, problem));
        operation = operation.response(status.to_string(), shared);
    }
    operation
}

/// The least role that may call; `ACCOUNT` where it takes an account of any.
fn role(need: Need) -> &'static str {
    match need {
        Need::Anyone => "PUBLIC",
        Need::Account => "ACCOUNT",
        Need::User => Role::User.name(),
        Need::Seller => Role::Seller.name(),
        Need::Admin => Role::Admin.name(),
    }
}

fn described(route: &Route) -> String {
    let who = who(route.need);
    route.about.map_or_else(|| who.to_owned(), |about| format!("{who}\n\n{about}"))
}

fn who(need: Need) -> &'static str {
    match need {
        Need::Anyone => "For anyone.",
        Need::Account => "For whoever has an account, a partner as well.",
        Need::User => "For every person with an account.",
        Need::Seller => "For sellers, each for their own shop, and for admins.",
        Need::Admin => "For admins.",
    }
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Parameter> {
    let of_path = path_parameters(route.path).map(|name| {
        let schema = match name {
            "code" => schema_of::<ProblemCode>(schemas),
            // If the query can name it, the part of the path may be any text.
            name if route.query.iter().any(|asked| asked.name == name) => text_of_path().into(),
            name if name.ends_with("Id") => schema_of::<Id>(schemas),
            _ => text_of_path().pattern(Some(route.parts_like)).into(),
        };
        parameter(name, ParameterIn::Path, true, schema).build()
    });
    let mut parameters: Vec<Parameter> = of_path.collect();
    parameters.extend(route.query.iter().map(|asked| {
        let place = ParameterIn::Query;
        let described = parameter(asked.name, place, asked.required, asked_for(asked));
        described.description(Some(asked.about)).build()
    }));
    if route.mutates {
        parameters.push(idempotency_key());
    }
    if route.tagged {
        parameters.push(if_none_match());
    }
    parameters
}

fn if_none_match() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let named = parameter("If-None-Match", ParameterIn::Header, false, text.into());
    named.description(Some("Tags of answers that the client has; or `*`.")).build()
}

fn text_of_path() -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.min_length(Some(1)).max_length(Some(PART_MAX))
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: bool,
    schema: RefOr<Schema>,
) -> ParameterBuilder {
    let required = if required { Required::True } else { Required::False };
    let named = ParameterBuilder::new().name(name).parameter_in(place);
    named.required(required).schema(Some(schema))
}

fn idempotency_key() -> Parameter {
    let about = format!(
        "One key of 1 to {KEY_MAX} visible ASCII characters, bare or quoted (RFC 9651). A repeat \
         with the same key and the same request gets the first answer, byte for byte, for 24 \
         hours; with another request it is refused. What is compared is the method, the address \
         and the body byte for byte: the same JSON written otherwise is another request. A refusal \
         is not kept: the repeat is decided anew."
    );
    let bare = format!("[!#-~][!-~]{{0,{}}}", KEY_MAX - 1);
    let quoted = format!(r#""([!#-\[\]-~]|\\["\\]){{1,{KEY_MAX}}}""#);
    let text = ObjectBuilder::new().schema_type(Type::String);
    let schema = text.pattern(Some(format!("^({bare}|{quoted})$"))).into();
    let named = parameter("Idempotency-Key", ParameterIn::Header, false, schema);
    named.description(Some(about)).build()
}

/// What a parameter of the query can be.
fn asked_for(asked: &query::Parameter) -> RefOr<Schema> {
    let whole = |low: i64, high: i64| {
        let format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
        let number = ObjectBuilder::new().schema_type(Type::Integer).format(format);
        number.minimum(Some(low)).maximum(Some(high))
    };
    match asked.kind {
        Kind::Text { max } => ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(max))
            .pattern(Some(r"^[^\x00]*$"))
            .into(),
        Kind::Whole { low, high, default } => {
            whole(low, high).default(default.map(Value::from)).into()
        }
        Kind::Change { most } => {
            let but_zero = Extensions::from_iter([("not", json!({"const": 0}))]);
            whole(-most, most).extensions(Some(but_zero)).into()
        }
        Kind::Word(words) => {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words())).into()
        }
        Kind::Words(words) => {
            let one = words().join("|");
            // As long as all of them, each once.
            let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(one.len()));
            text.pattern(Some(format!("^({one})(,({one}))*$"))).into()
        }
        Kind::Time => {
            let format = Some(SchemaFormat::KnownFormat(KnownFormat::DateTime));
            let text = ObjectBuilder::new().schema_type(Type::String).format(format);
            text.max_length(Some(TIME_MAX)).into()
        }
        Kind::Flag => {
            let no = Some(Value::Bool(false));
            ObjectBuilder::new().schema_type(Type::Boolean).default(no).into()
        }
    }
}

fn body(route: &Route, schemas: &mut Schemas) -> Option<RequestBody> {
    let content = ContentBuilder::new().schema(Some((route.takes?)(schemas))).build();
    let media = if route.media.is_empty() { &["application/json"] } else { route.media };
    let body = media
        .iter()
        .fold(RequestBodyBuilder::new(), |body, media| body.content(*media, content.clone()));
    Some(body.required(Some(Required::True)).build())
}

fn success(route: &Route, schemas: &mut Schemas) -> Response {
    let mut response = ResponseBuilder::new().description(route.summary);
    if let Some(schema) = route.answers.1 {
        let content = ContentBuilder::new().schema(Some(schema(schemas))).build();
        for media in route.answers_media {
            response = response.content(*media, content.clone());
        }
    }
    for media in route.also_answers {
        let content = ContentBuilder::new().schema(Some(text(schemas))).build();
        response = response.content(*media, content);
    }
    if route.located {
        response = response.header_ref("Location", header("Location"));
    }
    response = dated(route, response);
    if route.paged {
        response = response.header_ref("Link", header("Link"));
    }
    if route.mutates {
        response = response.header_ref("Idempotent-Replayed", header("IdempotentReplayed"));
    }
    if route.group.is_some() {
        response = limited(response);
    }
    if route.with_credentials {
        let header = header("AccessControlAllowCredentials");
        response = response.header_ref("Access-Control-Allow-Credentials", header);
    }
    // A refusal always varies, and says so itself.
    for_pages(response).header_ref("Vary", header("VaryByOrigin")).build()
}

/// The answer to a client that has it already.
fn unchanged(route: &Route) -> Response {
    let response = dated(route, ResponseBuilder::new());
    let response = response.description("It is what the client says it has (`If-None-Match`).");
    for_pages(limited(response)).header_ref("Vary", header("VaryByOrigin")).build()
}

/// How old an answer is, and which one.
fn dated(route: &Route, mut response: ResponseBuilder) -> ResponseBuilder {
    if route.aged {
        response = response.header_ref("Age", header("Age"));
    }
    if route.tagged {
        response = response.header_ref("ETag", header("ETag"));
        response = response.header_ref("Cache-Control", header("CacheControl"));
    }
    response
}

/// What lets a page of another origin read an answer, whatever the answer is.
fn for_pages(response: ResponseBuilder) -> ResponseBuilder {
    let response =
        response.header_ref("Access-Control-Allow-Origin", header("AccessControlAllowOrigin"));
    response.header_ref("Access-Control-Expose-Headers", header("AccessControlExposeHeaders"))
}

/// Adds the headers with the state of the caller's allowances, for every answer of the route.
fn limited(response: ResponseBuilder) -> ResponseBuilder {
    let response = response.header_ref("RateLimit", header("RateLimit"));
    response.header_ref("RateLimit-Policy", header("RateLimitPolicy"))
}

fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// The name of a refusal: its status and all it can mean.
fn named(status: u16, codes: &[Code]) -> String {
    codes.iter().fold(status.to_string(), |name, code| format!("{name}.{}", code.wire()))
}

fn failure(codes: &[Code], problem: &RefOr<Schema>) -> Response {
    let described: Vec<String> = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.wire(), code.title(Language::En)))
        .collect();
    let content = ContentBuilder::new().schema(Some(problem.clone())).build();
    let names: Vec<&str> = codes.iter().map(|code| code.wire()).collect();
    let mut response = for_pages(limited(ResponseBuilder::new()))
        .description(described.join("\n"))
        .content(PROBLEM_MEDIA, content)
        .header_ref("Content-Language", header("ContentLanguage"))
        .header_ref("Vary", header("Vary"))
        .extensions(Some(Extensions::from_iter([("x-codes", json!(names))])));
    if codes.iter().all(|code| code.is_retryable()) {
        response = response.header_ref("Retry-After", header("RetryAfter"));
    } else if codes.iter().any(|code| code.is_retryable()) {
        response = response.header_ref("Retry-After", header("RetryAfterIfRetryable"));
    }
    if codes.iter().any(|code| code.status().as_u16() == 401) {
        response = response.header_ref("WWW-Authenticate", header("WwwAuthenticate"));
    }
    response.build()
}

/// The codes a route can fail with, by status.
fn failures(route: &Route) -> BTreeMap<u16, Vec<Code>> {
    let mut codes = vec![Code::Internal];
    if route.verb != Verb::Get {
        codes.extend([Code::BodyTooLarge, Code::BodyTimeout]);
    }
    if route.takes.is_some() {
        codes.extend([Code::InvalidJson, Code::MissingValue, Code::InvalidValue]);
        codes.push(Code::UnsupportedMediaType);
    } else if route.query.iter().any(|asked| asked.required) {
        codes.extend([Code::MissingValue, Code::InvalidValue]);
    } else if !route.query.is_empty() || route.path.contains("Id}") {
        codes.push(Code::InvalidValue);
    }
    if route.mutates {
        codes.extend([Code::InvalidIdempotencyKey, Code::KeyReused, Code::OutcomeUnknown]);
    }
    if route.group.is_some() {
        codes.push(Code::RateLimited);
    }
    if route.opens() {
        codes.push(Code::BodyTooLarge);
    }
    if route.need != Need::Anyone {
        codes.extend([Code::TokenMissing, Code::TokenMismatch, Code::TokenExpired]);
        codes.push(Code::Forbidden);
        if route.verb != Verb::Get {
            codes.push(Code::CsrfMismatch);
        }
    }
    if route.needs_login {
        codes.push(Code::LoginTooOld);
    }
    if term::asks_the_mall(route) {
        codes.extend([Code::Busy, Code::Unavailable, Code::DiskFull]);
    }
    codes.extend(route.fails);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let of_status = by_status.entry(code.status().as_u16()).or_default();
        if !of_status.contains(&code) {
            of_status.push(code);
        }
    }
    by_status
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
