//! What the description of the API says of the values of accounts.

use hotdeal_actors::account::Role;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::EMAIL_MAX;
use crate::http::kit::openapi::words::words;

words! {
    RoleName "What an account may do." Role::ALL.map(Role::name);
}

/// An e-mail address as an account has one.
pub(crate) struct EmailAddress;

impl PartialSchema for EmailAddress {
    fn schema() -> RefOr<Schema> {
        // Letters of other scripts are taken, too; no pattern that all tools read can name them.
        let host = "[0-9A-Za-z-]+";
        let pattern = format!(r"^[0-9A-Za-z!#$%&'*+/=?^_`{{|}}~.-]+@{host}(\.{host})+$");
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        text.max_length(Some(EMAIL_MAX)).description(Some("An e-mail address.")).into()
    }
}

impl ToSchema for EmailAddress {}
