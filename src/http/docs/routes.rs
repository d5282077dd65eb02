//! The routes of the description of the API.

use super::page;
use super::problems::{self, Explained};
use super::words::OpenApiDocument;
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::Anyone;
use crate::http::kit::route::{Route, get, to};

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        get("/api/problems/{code}", Anyone, "explainProblem", "What the type of a problem means", to!(problems::explain)).answers::<Explained>(200).fails(&[NotFound]),
        get("/api/openapi.json", Anyone, "getOpenApi", "This document", to!(page::describe)).answers::<OpenApiDocument>(200),
        get("/docs", Anyone, "showDocs", "This document as an interactive page", to!(page::page)).answers_text(&[page::PAGE_MEDIA]),
        get("/api/docs", Anyone, "showApiDocs", "This document as an interactive page (second address)", to!(page::page)).answers_text(&[page::PAGE_MEDIA]),
        get("/docs/{file}", Anyone, "getDocsFile", "What the interactive page is made of", to!(page::part)).answers_text(page::FILES_MEDIA).fails(&[NotFound]),
    ]
}
