//! Misuse, row by row of the list of security checks; each test names its rows. Rows that are
//! tested elsewhere: 1 in `authz`, 2 and 53 to 55 in `live`, 9 and 12 in `bad_input`, 10 and 36 to
//! 39 in `sessions`, 18 in `coupons` also, 46 in `settings`, 61 in `idempotency`, 64 and 65 in
//! `crash` and `problems`.

mod ahead;
mod bodies;
mod connections;
mod enumeration;
mod hashing;
mod limits;
mod noise;
mod objects;
pub(crate) mod operations;
mod passwords;
mod requests;
mod slow;
mod smuggling;
mod tokens;
mod values;
