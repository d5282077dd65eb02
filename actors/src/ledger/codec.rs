//! How facts are spelled in the journal.

use super::part::Part;

/// The facts of one stream in one transaction, as the JSON list a journal row carries.
#[derive(Debug, Default)]
pub(super) struct Segment {
    text: Vec<u8>,
    count: i64,
}

impl Segment {
    pub(super) fn push(&mut self, part: &Part) {
        self.text.push(if self.count == 0 { b'[' } else { b',' });
        part.spell(&mut self.text);
        self.count += 1;
    }

    pub(super) fn count(&self) -> i64 {
        self.count
    }

    pub(super) fn into_text(mut self) -> String {
        self.text.push(b']');
        String::from_utf8(self.text).expect("serde_json writes UTF-8")
    }
}
