//! STUB, replaced at the merge: the server and its command line.

pub mod auth;
pub mod cli;
pub mod client;
pub mod settings;
