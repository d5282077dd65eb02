//! What the description of the API says of itself.

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The description of the API itself.
pub(crate) struct OpenApiDocument;

impl PartialSchema for OpenApiDocument {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        let document = object().property("openapi", text).property("info", object());
        let document = document.property("paths", object()).property("components", object());
        let about = Some("An OpenAPI 3.1 document.");
        document.required("openapi").required("info").required("paths").description(about).into()
    }
}

impl ToSchema for OpenApiDocument {}
