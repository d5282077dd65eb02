//! The routes of shops, of their products and of their stock.

use super::import::{self, ImportAnswer};
use super::products::{self, CategoryAnswer, ProductsAnswer};
use super::public::{ShownShops, ShownStocks};
use super::shapes::{
    ProductAnswer, ProductAsk, ProductChangeAsk, ProductCreated, SalesAnswer, SearchAsk,
    ShopAnswer, ShopAsk, ShopsAnswer, StockAnswer,
};
use super::{public, shops, stocks};
use crate::http::kit::code::Code;
use crate::http::kit::route::Need::{Anyone, Seller, User};
use crate::http::kit::route::{Route, Tag, delete, get, patch, post, put, to};
use crate::limits::Group;

/// The group of these routes in the description of the API.
pub(crate) const SHOPS: Tag = Tag::new("shops", "Shops and what they have sold.");
pub(crate) const PRODUCTS: Tag = Tag::new("products", "The catalogue.");
pub(crate) const STOCKS: Tag = Tag::new("stocks", "How much there is of a product.");

/// Room for ten thousand rows of some hundred bytes, and as much again for long descriptions.
const IMPORT_BYTES_MAX: usize = 16 << 20;

#[rustfmt::skip]
pub(crate) fn routes() -> Vec<Route> {
    use Code::*;
    vec![
        post("/api/products", Seller, "createProduct", "Offer a product", to!(products::create)).mutates().takes::<ProductAsk>().answers::<ProductCreated>(201).located().fails(&[ShopNotFound]),
        post("/api/products/search-product", User, "searchProducts", "Several products by id", to!(products::search)).takes::<SearchAsk>().lists::<ProductAnswer<'static>>(),
        get("/api/products/{productId}", User, "getProduct", "A product", to!(products::get)).answers::<ProductAnswer<'static>>(200).fails(&[ProductNotFound]),
        get("/api/products", User, "listProducts", "The products on sale, a page at a time", to!(products::list)).asks(&[products::SHOP, products::CATEGORY, products::NAME]).pages(&products::PAGES).answers::<ProductsAnswer<'static>>(200).aged(),
        get("/api/products/categories", User, "listCategories", "The categories there are", to!(products::categories)).lists::<CategoryAnswer>(),
        put("/api/products/{productId}", Seller, "changeProduct", "Describe a product anew; members absent or null keep their value", to!(products::change)).mutates().takes::<ProductChangeAsk>().answers::<ProductCreated>(200).fails(&[ProductNotFound]),
        patch("/api/products/{productId}", Seller, "patchProduct", "Describe some of a product anew", to!(products::change)).mutates().takes::<ProductChangeAsk>().answers::<ProductCreated>(200).fails(&[ProductNotFound]),
        delete("/api/products/{productId}", Seller, "withdrawProduct", "Take a product off sale for good; its orders stand", to!(products::withdraw)).mutates().answers_nothing().fails(&[ProductNotFound]),
        post("/api/products/import", Seller, "importProducts", "Offer up to 10,000 products of one shop: CSV with a header, or a JSON object a line", to!(import::import)).mutates().takes_text(import::MEDIA).up_to(IMPORT_BYTES_MAX).asks(&[import::SHOP, import::DRY_RUN]).answers::<ImportAnswer>(200).fails(&[ShopNotFound]),

        post("/api/shops", Seller, "openShop", "Open a shop: an admin for anyone, a seller for oneself", to!(shops::open)).mutates().takes::<ShopAsk>().answers::<ShopAnswer>(201).located().fails(&[UserNotFound]),
        get("/api/shops", User, "listShops", "The shops by number", to!(shops::list)).pages(&shops::LIST_PAGES).answers::<ShopsAnswer>(200),
        get("/api/shops/{shopId}", User, "getShop", "A shop", to!(shops::get)).answers::<ShopAnswer>(200).fails(&[ShopNotFound]),
        get("/api/shops/{shopId}/sales", Seller, "getSales", "What a shop has sold, by product", to!(shops::sales)).pages(&shops::PAGES).lists::<SalesAnswer>().paged().fails(&[ShopNotFound]),

        post("/api/stocks/search", User, "searchStocks", "The stock of several products", to!(stocks::search)).takes::<SearchAsk>().lists::<StockAnswer>(),
        get("/api/stocks/product/{productId}", User, "getStock", "The stock of a product", to!(stocks::get)).answers::<StockAnswer>(200).fails(&[ProductNotFound]),
        post("/api/stocks/product/{productId}/increase", Seller, "increaseStock", "Add pieces", to!(stocks::increase)).mutates().asks(&[stocks::ADDED]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/reset", Seller, "resetStock", "Set the number of pieces", to!(stocks::reset)).mutates().asks(&[stocks::RESET]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/adjust", Seller, "adjustStock", "Add or take out pieces for a reason", to!(stocks::adjust)).mutates().asks(&[stocks::DELTA, stocks::REASON]).answers::<StockAnswer>(200).fails(STOCK),
        post("/api/stocks/product/{productId}/low", Seller, "setLowStock", "Say at how many unsold pieces the stock is low: 50, until somebody does", to!(stocks::set_low)).mutates().asks(&[stocks::LOW]).answers::<StockAnswer>(200).fails(&[ProductNotFound]),

        get("/api/public/products", Anyone, "listShownProducts", "The products on sale, for everybody", to!(public::products)).charged_to(Group::Public).asks(&[products::SHOP, public::CURSOR]).answers::<ProductsAnswer<'static>>(200).aged().tagged().fails(SHOWN),
        get("/api/public/stocks", Anyone, "listShownStocks", "What is left of the same products, in the same pages", to!(public::stocks)).charged_to(Group::Public).asks(&[products::SHOP, public::CURSOR]).answers::<ShownStocks>(200).aged().tagged().fails(SHOWN),
        get("/api/public/shops", Anyone, "listShownShops", "The shops, for everybody", to!(public::shops)).charged_to(Group::Public).asks(&[public::CURSOR]).answers::<ShownShops>(200).aged().tagged().fails(SHOWN),
    ]
}

const SHOWN: &[Code] = &[Code::Busy, Code::Unavailable];
const STOCK: &[Code] =
    &[Code::ProductNotFound, Code::StockBelowSold, Code::StockTooMuch, Code::StockHeld];
