//! What every wing of HTTP uses: the way of a request, and the form of its answer. The kit knows no
//! wing.

pub(crate) mod answer;
mod body;
pub(crate) mod call;
pub(crate) mod code;
pub(crate) mod cookie;
mod cors;
mod crowd;
mod deadline;
pub(crate) mod etag;
pub(crate) mod form;
pub(crate) mod intake;
pub(crate) mod json;
mod key;
pub(crate) mod member;
pub(crate) mod money;
pub(crate) mod openapi;
pub(crate) mod origin;
pub(crate) mod page;
pub(crate) mod places;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod route;
pub(crate) mod serve;
pub(crate) mod shown;
pub(crate) mod state;
mod term;
pub(crate) mod times;
mod traffic;
mod unread;
pub(crate) mod whole;
