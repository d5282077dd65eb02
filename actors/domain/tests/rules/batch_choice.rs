//! What goes into the next transaction, and what ended it.

use hotdeal_domain::batch::{BatchEnd, BatchLimits, EntrySize, next_batch};

use crate::table::{check, shows_all};

#[test]
fn a_batch_takes_what_waits_up_to_its_limits() {
    let seen = check(
        "
        entries_max rows_max queue -> outcome
        3           10       -      -> QueueEmpty 0
        # There is no timer: a lone entry goes at once.
        3           10       1      -> QueueEmpty 1
        3           10       1,1,1  -> QueueEmpty 3
        3           10       1,1,1,1 -> EntriesMax 3
        9           10       4,6    -> QueueEmpty 2
        9           10       4,6,1  -> RowsMax 2
        9           10       4,7    -> RowsMax 1
        # An entry above the limit is not split and does not wait for ever: it goes alone.
        9           10       11     -> QueueEmpty 1
        9           10       11,1   -> RowsMax 1
        9           10       1,11,1 -> RowsMax 1
        1           10       10,1   -> EntriesMax 1
        # Both limits at once: the number of entries is named.
        2           10       5,5,1  -> EntriesMax 2
        9           10       0,0,10 -> QueueEmpty 3
        9           10       18446744073709551615,18446744073709551615 -> RowsMax 1
    ",
        |row| {
            let limits = BatchLimits { entries_max: row.number(0), rows_max: row.number(1) };
            let queue: Vec<EntrySize> = match row.text(2) {
                "-" => Vec::new(),
                sizes => sizes
                    .split(',')
                    .map(|rows| EntrySize { rows: rows.parse().expect("a size") })
                    .collect(),
            };
            let (entries, end) = next_batch(queue, limits);
            match end {
                BatchEnd::QueueEmpty => format!("QueueEmpty {entries}"),
                BatchEnd::EntriesMax => format!("EntriesMax {entries}"),
                BatchEnd::RowsMax => format!("RowsMax {entries}"),
            }
        },
    );
    shows_all(&seen, &["QueueEmpty", "EntriesMax", "RowsMax"]);
}

#[test]
fn the_whole_queue_goes_in_order_in_some_number_of_batches() {
    let limits = BatchLimits { entries_max: 7, rows_max: 20 };
    let queue: Vec<EntrySize> = (0..500).map(|i| EntrySize { rows: (i * 7) % 31 }).collect();
    let mut written = 0;
    while written < queue.len() {
        let (entries, end) = next_batch(queue[written..].iter().copied(), limits);
        assert!(entries > 0, "a queue that holds something is never stuck");
        let rows: usize = queue[written..written + entries].iter().map(|size| size.rows).sum();
        assert!(entries <= 7 && (rows <= 20 || entries == 1));
        written += entries;
        assert_eq!(end == BatchEnd::QueueEmpty, written == queue.len());
    }
}
