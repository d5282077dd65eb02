//! The server round the mall: settings, accounts' tokens, HTTP, the command line.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod database;
mod http;
pub mod settings;
pub mod startup;
mod telemetry;
