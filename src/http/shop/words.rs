//! What the description of the API says of the values of products.

use hotdeal_domain::shop::Category;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::kit::openapi::words::words;

words! {
    CategoryCode "What kind of product it is." Category::ALL.map(Category::code);
}

/// Where a picture lies.
pub(crate) struct PictureAddress;

impl PartialSchema for PictureAddress {
    fn schema() -> RefOr<Schema> {
        // What `is_web_address` takes.
        let odd = r#"\s\x00-\x1f\x7f-\x9f"<>\\^`{|}"#;
        let pattern = format!("^([hH][tT][tT][pP][sS]?://[^{odd}/?#@]+([/?#][^{odd}]*)?)?$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let about = "Empty, or the `http` or `https` address of a picture.";
        text.max_length(Some(2_000)).description(Some(about)).into()
    }
}

impl ToSchema for PictureAddress {}
