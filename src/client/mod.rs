//! A lean HTTP/1.1 client for the command line and the benchmarks: keep-alive connections, one
//! buffer and one write a request, no allocation on the way of an answer. It speaks to a HotDeal
//! server only: no TLS, no redirects, no chunked answers.

mod connection;
pub mod load;
mod session;
pub mod stage;
mod target;
#[cfg(test)]
mod tests;

pub use connection::{Connection, Reply};
pub use session::{Answer, Call, CallError, Session};
pub use target::{Target, TargetError};
