//! What operators look at: actors, health, metrics, the log.

mod actors;
mod health;
mod history;
mod log;
mod metrics;
pub(crate) mod routes;
mod shapes;
mod words;
