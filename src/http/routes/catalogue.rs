//! The routes of the catalogue.

use super::super::asks::{ProductAsk, ProductChangeAsk, SearchAsk};
use super::super::import::{self, ImportAnswer};
use super::super::products::{self, CategoryAnswer, ProductsAnswer};
use super::super::shapes::{ProductAnswer, ProductCreated};
use super::Need::{Seller, User};
use super::{Code, Route, delete, get, patch, post, put};

/// Ten thousand rows of some hundred bytes, and as much again for long descriptions.
const IMPORT_BYTES_MAX: usize = 16 << 20;

#[rustfmt::skip]
pub(super) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/products", Seller, "createProduct", "Offer a product", to!(products::create)).mutates().takes::<ProductAsk>().answers::<ProductCreated>(201).located().fails(&[ShopNotFound]),
        post("/api/products/search-product", User, "searchProducts", "Several products by id", to!(products::search)).takes::<SearchAsk>().lists::<ProductAnswer<'static>>(),
        get("/api/products/{productId}", User, "getProduct", "A product", to!(products::get)).answers::<ProductAnswer<'static>>(200).fails(&[ProductNotFound]),
        get("/api/products", User, "listProducts", "The products on sale, a page at a time", to!(products::list)).asks(&[products::SHOP, products::CATEGORY, products::NAME, products::CURSOR, products::LIMIT]).answers::<ProductsAnswer<'static>>(200).aged(),
        get("/api/products/categories", User, "listCategories", "The categories there are", to!(products::categories)).lists::<CategoryAnswer>(),
        put("/api/products/{productId}", Seller, "changeProduct", "Describe a product anew; members absent or null keep their value", to!(products::change)).mutates().takes::<ProductChangeAsk>().answers::<ProductCreated>(200).fails(&[ProductNotFound]),
        patch("/api/products/{productId}", Seller, "patchProduct", "Describe some of a product anew", to!(products::change)).mutates().takes::<ProductChangeAsk>().answers::<ProductCreated>(200).fails(&[ProductNotFound]),
        delete("/api/products/{productId}", Seller, "withdrawProduct", "Take a product off sale for good; its orders stand", to!(products::withdraw)).mutates().answers_nothing().fails(&[ProductNotFound]),
        post("/api/products/import", Seller, "importProducts", "Offer up to 10,000 products of one shop: CSV with a header, or a JSON object a line", to!(import::import)).mutates().takes_text(import::MEDIA).up_to(IMPORT_BYTES_MAX).asks(&[import::SHOP, import::DRY_RUN]).answers::<ImportAnswer>(200).fails(&[ShopNotFound]),
    ]
}
