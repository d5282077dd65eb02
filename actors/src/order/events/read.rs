//! Facts of a shop's stream, read from the journal.

use hotdeal_domain::{Fact, ShopId, StreamId};
use hotdeal_entities::journal;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Facts;
use crate::error::RequestError;
use crate::storage::{CORRUPT, Storage};

/// Segments of the journal in one read. Each has the facts of one transaction.
const SEGMENTS_A_READ: u64 = 16;
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
            let segments = journal::Entity::find()
                .filter(journal::Column::Stream.eq(stream.to_string()))
                .filter(journal::Column::Sequence.gte(next))
                .order_by_asc(journal::Column::Sequence)
                .limit(SEGMENTS_A_READ)
                .all(&self.db)
                .await?;
            if segments.is_empty() {
                return Err(CORRUPT);
            }
            for segment in segments.into_iter().filter(|segment| segment.first_sequence <= to) {
                bytes += segment.facts.len();
                if bytes > BYTES_MAX {
                    return Ok(None);
                }
                let mut text = serde_json::Deserializer::from_str(&segment.facts);
                let read = stream.read_facts(&mut text).map_err(|_| CORRUPT)?;
                for (sequence, fact) in (segment.first_sequence..).zip(read) {
                    if let (true, Fact::Shop(_, fact)) = ((from..=to).contains(&sequence), fact) {
                        facts.push((sequence, fact));
                    }
                }
                next = segment.sequence + 1;
            }
        }
        Ok(Some(facts))
    }
}
