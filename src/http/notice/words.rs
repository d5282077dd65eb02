//! What the description of the API says of the values of notices.

use hotdeal_actors::notice::NewsKind;

use crate::http::kit::openapi::words::words;

words! {
    NewsKindName "What happened to a deal." NewsKind::ALL.map(NewsKind::name);
}
