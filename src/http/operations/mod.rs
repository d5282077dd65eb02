//! What operators look at: actors, health, metrics, the log.

mod actors;
mod health;
mod history;
pub(crate) mod log;
mod metrics;
pub(crate) mod routes;
mod shapes;
mod words;
