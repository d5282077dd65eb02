//! Black-box tests: the real server as a process, spoken to as its clients do, its tables read
//! beside it. One binary, so that it is linked once; run for each database by `tests/run`.

mod accounts;
mod admin;
mod audit;
mod authz;
mod bad_input;
mod browser;
mod catalogue;
#[cfg(feature = "faults")]
mod clock;
mod contract;
mod cors;
mod coupons;
mod crash;
mod deals;
mod demo;
mod health;
mod history;
mod idempotency;
mod live;
mod log;
mod notices;
mod operator;
mod orders;
mod overload;
mod pages;
mod passwords;
mod problems;
mod products;
mod proxies;
mod public;
mod reads;
#[cfg(feature = "faults")]
mod refusals;
mod roles;
mod room;
mod second;
mod security;
mod sessions;
mod settings;
mod stock;
mod stop;
mod subscriptions;
mod support;
mod wire;
mod withdrawn;
