//! The description of the API, built from the table of routes and the shapes.
//!
//! The table says who may call what, with which body, and what can be answered; the shapes say how bodies
//! look. A parameter of a query is one constant beside its handler, so the bounds that are checked are those
//! that are told. A refusal lists its codes (`x-codes`).
//!
//! Three things keep it true. `tests/contract/openapi.json` is committed, and a test compares it with what
//! the program prints. schemathesis calls every operation but the event stream, with all its checks
//! (`tests/api/contract/fuzz.rs`). `tests/api/wire` goes through the contract of existing clients row by row.

mod operation;
pub(crate) mod words;

use bytes::Bytes;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, Schema, ServerBuilder,
};

use self::operation::Refusals;
use super::problem::ProblemAnswer;
use super::route::{ProblemMember, Schemas, Table, Tag, Verb};

/// The name of the one way to log in.
const BEARER: &str = "bearer";

const ABOUT: &str = "\
Flash sales for a mall of many shops: decided in memory, durable before the answer.

**Log in** with `POST /api/auth/login` and send `Authorization: Bearer <accessToken>`.

Pages of this server are logged in by a cookie instead (`__Host-session`), and then send the \
`X-CSRF-Token` of their page with whatever changes something.

**Errors** are problem details (RFC 9457) in Korean or English by `Accept-Language`. `code` is \
stable and never translated; `type` leads to its explanation; `error` and `message` are there for \
clients of the server before this one. Each answer lists the codes it can carry. A path that does \
not exist is 404 `NOT_FOUND`, and one that does not take the method 405 `METHOD_NOT_ALLOWED` with \
`Allow`.

**Repeats**: each operation that changes something takes an `Idempotency-Key`. After an answer \
that was lost, or `OUTCOME_UNKNOWN`, send the same request with the same key.

**Pages of other origins** can call it where `http.cors_origins` names them: a browser's question \
before a call (OPTIONS) is answered 204 for every path that exists.

**Bodies**: members that are not described here are ignored. Money is an exact decimal number in \
the currency that stands beside it.";

/// Adds the schemas of a type and refers to it.
pub(crate) fn schema_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// Adds the schemas of a type and describes a list of it.
pub(crate) fn list_of<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    let item = schema_of::<T>(schemas);
    RefOr::T(Schema::Array(ArrayBuilder::new().items(item).build()))
}

/// A body of text, as described by its media type.
pub(crate) fn text(_: &mut Schemas) -> RefOr<Schema> {
    RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(Type::String).build()))
}

impl Table {
    /// The whole document.
    pub(crate) fn document(&self) -> OpenApi {
        let mut schemas = Schemas::new();
        let problem = problem(&self.problem_members, &mut schemas);
        let mut refusals = Refusals::new();
        let mut paths = PathsBuilder::new();
        for route in self.routes.iter().filter(|route| !route.page) {
            let method = match route.verb {
                Verb::Get => HttpMethod::Get,
                Verb::Post => HttpMethod::Post,
                Verb::Put => HttpMethod::Put,
                Verb::Patch => HttpMethod::Patch,
                Verb::Delete => HttpMethod::Delete,
            };
            let operation = operation::operation(route, &problem, &mut schemas, &mut refusals);
            let operation = operation.tag(self.tag(route.path)).build();
            paths = paths.path(route.path, PathItem::new(method, operation));
        }
        let info = InfoBuilder::new()
            .title("HotDeal")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(ABOUT))
            .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
            .build();
        let tag = |tag: &Tag| TagBuilder::new().name(tag.name).description(Some(tag.about)).build();
        OpenApiBuilder::new()
            .info(info)
            .servers(Some([ServerBuilder::new()
                .url("/")
                .description(Some("The server that this document comes from."))
                .build()]))
            .tags(Some(self.tags.iter().map(tag).collect::<Vec<_>>()))
            .paths(paths.build())
            .components(Some(components(schemas, refusals)))
            .build()
    }

    /// The document as it is served: made once, because nothing in it changes.
    pub(crate) fn written(&self) -> Bytes {
        let write = || {
            let text = self.document().to_json();
            Bytes::from(text.expect("a document of plain members can be written"))
        };
        self.written.get_or_init(write).clone()
    }
}

/// Adds the schema of a refusal, with the members that some of them carry, and refers to it.
fn problem(members: &[ProblemMember], schemas: &mut Schemas) -> RefOr<Schema> {
    let reference = schema_of::<ProblemAnswer>(schemas);
    let properties: Vec<(&str, RefOr<Schema>)> =
        members.iter().map(|member| (member.name, described(member, schemas))).collect();
    let name = ProblemAnswer::name();
    let known = schemas.iter_mut().find(|(known, _)| *known == name);
    if let Some((_, RefOr::T(Schema::Object(object)))) = known {
        object.properties.extend(properties.into_iter().map(|(name, of)| (name.to_owned(), of)));
    }
    reference
}

fn described(member: &ProblemMember, schemas: &mut Schemas) -> RefOr<Schema> {
    match (member.schema)(schemas) {
        RefOr::Ref(mut reference) => {
            member.about.clone_into(&mut reference.description);
            RefOr::Ref(reference)
        }
        other => other,
    }
}

fn components(schemas: Schemas, refusals: Refusals) -> Components {
    let scheme = SecurityScheme::Http({
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("JWT".to_owned());
        http.description = Some("The access token of a log-in.".to_owned());
        http
    });
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let seconds = || ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .responses_from_iter(refusals)
        .security_scheme(BEARER, scheme)
        .header("Location", header(text(), "Where it can be found.", true))
        .header(
            "Link",
            header(text(), "There where the list goes on: `<address>; rel=\"next\"`.", false),
        )
        .header("Age", header(seconds(), "Seconds since it was so, at most 1.", true))
        .header("ETag", header(text(), "Names this answer, and no other one.", true))
        .header("CacheControl", header(text(), "Who may keep it, and for how long.", true))
        .header(
            "ContentLanguage",
            header(text().enum_values(Some(["ko", "en"])), "The language of the sentences.", true),
        )
        .header("Vary", header(text(), "`Accept-Language`, and what `VaryByOrigin` says.", true))
        .header(
            "VaryByOrigin",
            header(text(), "`Origin`, where `http.cors_origins` names any.", false),
        )
        .header(
            "AccessControlAllowOrigin",
            header(text(), "The origin of the page, where `http.cors_origins` names it.", false),
        )
        .header(
            "AccessControlExposeHeaders",
            header(text(), "The headers that this page may read.", false),
        )
        .header(
            "AccessControlAllowCredentials",
            header(
                text().enum_values(Some(["true"])),
                "There where the page may read it also if the browser has sent cookies.",
                false,
            ),
        )
        .header("WwwAuthenticate", header(text(), "How to come in: `Bearer`.", true))
        .header(
            "RateLimit",
            header(text(), "What is left of the allowances, where limits apply.", false),
        )
        .header(
            "RateLimitPolicy",
            header(text(), "The allowances this call is charged to, where limits apply.", false),
        )
        .header("RetryAfter", header(seconds(), "Seconds after which to try again.", true))
        .header(
            "RetryAfterIfRetryable",
            header(seconds(), "Seconds after which to try again, where that helps.", false),
        )
        .header(
            "IdempotentReplayed",
            header(
                text().enum_values(Some(["true"])),
                "There where the answer was given before under the same key.",
                false,
            ),
        )
        .build()
}

/// A header of an answer. The library has no field for whether it is always there.
fn header(schema: ObjectBuilder, about: &str, always: bool) -> Header {
    let always = always.then(|| Extensions::from_iter([("required", json!(true))]));
    HeaderBuilder::new().schema(Some(schema)).description(Some(about)).extensions(always).build()
}
