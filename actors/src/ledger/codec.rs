//! How facts are spelled in the journal, and secrets and digests in rows.

use hotdeal_domain::Fact;

/// The facts of one stream in one transaction, as the JSON list a journal row carries.
#[derive(Debug, Default)]
pub(super) struct Segment {
    text: Vec<u8>,
    count: i64,
}

impl Segment {
    pub(super) fn push(&mut self, fact: &Fact) {
        self.text.push(if self.count == 0 { b'[' } else { b',' });
        serde_json::to_writer(&mut self.text, fact)
            .expect("facts are plain data, and a vector takes every byte");
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

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of lower-case hex; `None` when it is none.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
