//! The server round the mall: settings, accounts' tokens, HTTP, the command line
//! and the client it uses.

pub mod auth;
pub mod cli;
pub mod client;
pub mod clock;
pub mod database;
mod durable;
mod http;
pub mod limits;
mod live;
mod pages;
pub mod settings;
pub mod startup;
mod storefront;
pub mod telemetry;
