//! Answers with what everybody sees: a page is written once for all who get it, says how old it is, and
//! has an entity tag, with which a client is told that nothing has changed.

use serde::Serialize;

use super::answer::{Answer, JSON};
use super::call::Call;
use super::etag;
use crate::storefront::{PageText, View};

/// The page that begins with the item at `from`, as `write` writes it.
pub(crate) fn page<T>(
    call: &Call,
    view: &View<T>,
    from: usize,
    write: impl FnOnce(&View<T>) -> Vec<u8>,
) -> Answer {
    let text = view.text(from, |view| {
        let body = write(view);
        PageText { tag: etag::of(&body), body: body.into() }
    });
    Answer::bytes(JSON, text.body.clone())
        .aged(view.age_s())
        .public()
        .tagged(&call.request, text.tag.as_str())
}

/// The JSON of one of our shapes.
pub(crate) fn json(shape: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(shape).expect("our shapes can always be written")
}

/// Where the next part of a list by number begins, if there is one.
pub(crate) fn next<T>(view: &View<T>, place: impl Fn(&T) -> String) -> Option<String> {
    view.items.last().filter(|_| view.goes_on).map(place)
}
