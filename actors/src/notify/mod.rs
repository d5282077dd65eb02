//! Telling people of deals: what is to be told waits in `deal_news`, written with the fact that
//! made it; one actor reads who follows the products, and writes what each is told, chunk by
//! chunk. A chunk, how far the news has come with it, and its fact are one entry of the ledger: a
//! kill at any moment neither loses nor repeats a notice.

mod board;
mod notifier;
mod page;
mod teller;

pub(crate) use board::{NoticeBoard, Posting};
pub(crate) use notifier::{Notifier, Wake};

/// The one part of the notices there is so far. More would each have a stream and an actor of
/// their own, for a share of the people.
pub(crate) const PART: u16 = 1;
