//! Facts of a shop's stream, read from the journal.

use hotdeal_domain::desk::DeskFact;
use hotdeal_domain::{Fact, ShopId, StreamId};

use super::Facts;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

/// Segments of the journal, 16 in one read. Each has the facts of one transaction: an import of thousands
/// of products is one, and is not read if it is too long.
const SEGMENTS: &str = "SELECT first_sequence, sequence, \
     CASE WHEN length(facts) <= $3 THEN facts END FROM journal \
     WHERE stream = $1 AND sequence >= $2 ORDER BY sequence LIMIT 16";
/// The longest segment that is read, in characters.
const CHARACTERS_MAX: i64 = 1 << 20;
/// The most of the journal that is read for one look, in bytes: of orders with thousands of lines a few.
const BYTES_MAX: usize = 4 << 20;

impl Storage {
    /// The facts of a shop's stream from one sequence to another, both included; `None` where that is
    /// too much to be read at once.
    pub(super) async fn desk_facts(
        &self,
        shop: ShopId,
        from: i64,
        to: i64,
    ) -> Result<Option<Facts>, RequestError> {
        let stream = StreamId::Shop(shop);
        let (mut facts, mut next, mut bytes) = (Facts::new(), from, 0);
        while next <= to {
            let asked = [stream.to_string().into(), next.into(), CHARACTERS_MAX.into()];
            let segments = self.select(SEGMENTS, asked).await?;
            if segments.is_empty() {
                return Err(CORRUPT);
            }
            for segment in segments {
                let first: i64 = segment.try_get_by_index(0)?;
                if first > to {
                    break;
                }
                let Some(text) = segment.try_get_by_index::<Option<String>>(2)? else {
                    return Ok(None);
                };
                bytes += text.len();
                if bytes > BYTES_MAX {
                    return Ok(None);
                }
                let read = facts_of(stream, &text)?;
                let told = (first..).zip(read).filter(|(number, _)| (from..=to).contains(number));
                facts.extend(told);
                next = segment.try_get_by_index::<i64>(1)? + 1;
            }
        }
        Ok(Some(facts))
    }
}

/// The facts of one segment of a shop's stream.
fn facts_of(stream: StreamId, text: &str) -> Result<Vec<DeskFact>, RequestError> {
    let mut text = serde_json::Deserializer::from_str(text);
    let facts = stream.read_facts(&mut text).map_err(|_| CORRUPT)?;
    let of_shop = |fact| match fact {
        Fact::Shop(_, fact) => Ok(fact),
        _ => Err(CORRUPT),
    };
    facts.into_iter().map(of_shop).collect()
}
