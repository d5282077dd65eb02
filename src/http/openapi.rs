//! The description of the API, built from the route table and the shapes.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Schema,
};

use super::code::{Code, Language};
use super::problem::ProblemAnswer;
use super::routes::{Need, ROUTES, Route, Schemas, Verb};

/// The name of the one way to log in.
const BEARER: &str = "bearer";

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

/// The whole document.
pub(crate) fn document() -> OpenApi {
    let mut schemas = Schemas::new();
    let problem = schema_of::<ProblemAnswer>(&mut schemas);
    let mut paths = PathsBuilder::new();
    for route in ROUTES.iter() {
        let method = match route.verb {
            Verb::Get => HttpMethod::Get,
            Verb::Post => HttpMethod::Post,
            Verb::Put => HttpMethod::Put,
            Verb::Delete => HttpMethod::Delete,
        };
        let operation = operation(route, &problem, &mut schemas);
        paths = paths.path(route.path, PathItem::new(method, operation));
    }
    let scheme = SecurityScheme::Http({
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("JWT".to_owned());
        http
    });
    let components =
        ComponentsBuilder::new().schemas_from_iter(schemas).security_scheme(BEARER, scheme).build();
    let info = InfoBuilder::new()
        .title("HotDeal")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(env!("CARGO_PKG_DESCRIPTION")))
        .build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components)).build()
}

fn operation(route: &Route, problem: &RefOr<Schema>, schemas: &mut Schemas) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(route.id))
        .summary(Some(route.summary))
        .tag(tag(route.path));
    for name in path_parameters(route.path) {
        let kind = if name.ends_with("Id") { Type::Integer } else { Type::String };
        operation = operation.parameter(parameter(name, ParameterIn::Path, true, kind, None));
    }
    for asked in &route.query {
        let kind = match asked.name {
            "quantity" | "delta" | "limit" | "shopId" | "authId" => Type::Integer,
            _ => Type::String,
        };
        let about = Some(asked.about);
        operation = operation.parameter(parameter(
            asked.name,
            ParameterIn::Query,
            asked.required,
            kind,
            about,
        ));
    }
    if route.mutates {
        let about = Some("a repeat with the same key and body gets the first answer, for 24 hours");
        operation = operation.parameter(parameter(
            "Idempotency-Key",
            ParameterIn::Header,
            false,
            Type::String,
            about,
        ));
    }
    if let Some(takes) = route.takes {
        let content = ContentBuilder::new().schema(Some(takes(schemas))).build();
        let media = if route.media.is_empty() { &["application/json"] } else { route.media };
        let body = media
            .iter()
            .fold(RequestBodyBuilder::new(), |body, media| body.content(*media, content.clone()));
        operation = operation.request_body(Some(body.required(Some(Required::True)).build()));
    }
    if route.need != Need::Anyone {
        operation = operation.security(SecurityRequirement::new(BEARER, [""; 0]));
    }
    operation = operation.response(route.answers.0.to_string(), success(route, schemas));
    for (status, codes) in failures(route) {
        operation = operation.response(status.to_string(), failure(&codes, problem));
    }
    operation.build()
}

fn success(route: &Route, schemas: &mut Schemas) -> Response {
    if route.answers.0 == 204 {
        return ResponseBuilder::new().description(route.summary).build();
    }
    let content = match route.answers.1 {
        Some(schema) => ContentBuilder::new().schema(Some(schema(schemas))).build(),
        None => ContentBuilder::new().build(),
    };
    let media = if route.path == "/metrics" { "text/plain" } else { "application/json" };
    ResponseBuilder::new().description(route.summary).content(media, content).build()
}

fn failure(codes: &[Code], problem: &RefOr<Schema>) -> Response {
    let described: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.wire(), code.title(Language::En)))
        .collect();
    let content = ContentBuilder::new().schema(Some(problem.clone())).build();
    ResponseBuilder::new()
        .description(described.join("; "))
        .content("application/problem+json", content)
        .build()
}

/// The codes a route can fail with, by status.
fn failures(route: &Route) -> BTreeMap<u16, Vec<Code>> {
    let mut codes = vec![Code::Internal];
    if route.takes.is_some() {
        codes.extend([Code::InvalidJson, Code::MissingValue, Code::InvalidValue]);
        codes.extend([Code::BodyTooLarge, Code::UnsupportedMediaType, Code::BodyTimeout]);
    } else if !route.query.is_empty() {
        codes.extend([Code::MissingValue, Code::InvalidValue]);
    } else if route.path.contains("Id}") {
        codes.push(Code::InvalidValue);
    }
    if route.mutates {
        codes.extend([Code::InvalidIdempotencyKey, Code::KeyReused, Code::OutcomeUnknown]);
    }
    match route.need {
        Need::Anyone => {}
        Need::User => codes.extend([Code::TokenMissing, Code::TokenMismatch, Code::TokenExpired]),
        Need::Seller | Need::Admin => codes.extend([
            Code::TokenMissing,
            Code::TokenMismatch,
            Code::TokenExpired,
            Code::Forbidden,
        ]),
    }
    if route.path.starts_with("/api/") || route.path.starts_with("/coupons/") {
        codes.extend([Code::Busy, Code::Unavailable]);
    }
    codes.extend(route.fails);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    by_status
}

fn parameter(
    name: &str,
    place: ParameterIn,
    required: bool,
    kind: Type,
    about: Option<&str>,
) -> utoipa::openapi::path::Parameter {
    let schema = Schema::Object(ObjectBuilder::new().schema_type(kind).build());
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(if required { Required::True } else { Required::False })
        .description(about)
        .schema(Some(schema))
        .build()
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn tag(path: &str) -> &str {
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != "api");
    match parts.next().unwrap_or("operations") {
        "livez" | "readyz" | "metrics" | "admin" | "problems" | "openapi.json" | "noop" => {
            "operations"
        }
        "users" => "auth",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_route_and_holds_every_schema_it_refers_to() {
        let text = document().to_json().expect("plain");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["openapi"], "3.1.0");
        for route in ROUTES.iter() {
            let verb = format!("{:?}", route.verb).to_lowercase();
            assert_eq!(json["paths"][route.path][verb]["operationId"], route.id);
        }
        for reference in text.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().expect("a name");
            assert!(json["components"]["schemas"][name].is_object(), "{name}");
        }
    }
}
