//! The ledger's own tables: journal, streams, and the log of answers under keys.

use std::sync::LazyLock;

use hotdeal_entities::answer_marks::Column as Marks;
use hotdeal_entities::answers::Column as Answers;
use hotdeal_entities::journal::Column as Journal;
use hotdeal_entities::streams::Column as Streams;

use super::statement::{Kind, Shortfall, Statement};

pub(super) static FOUNDING: LazyLock<Statement> =
    LazyLock::new(|| Statement::insert(&[Streams::Stream, Streams::Epoch, Streams::LastSequence]));

pub(super) static JOURNAL: LazyLock<Statement> = LazyLock::new(|| {
    Statement::insert(&[
        Journal::Stream,
        Journal::Sequence,
        Journal::FirstSequence,
        Journal::Epoch,
        Journal::RecordedAt,
        Journal::Facts,
    ])
});

/// Changes as many rows as it is given, or somebody else owns a stream now.
pub(super) static FENCE: LazyLock<Statement> = LazyLock::new(|| {
    Statement::change(
        "streams",
        "UPDATE streams SET last_sequence = v.column4",
        "WHERE streams.stream = v.column1 AND streams.epoch = v.column2 \
         AND streams.last_sequence = v.column3",
        &[Kind::Text, Kind::Int, Kind::Int, Kind::Int],
    )
    .never_short(Shortfall::Stale)
});

/// Answers under keys, at the end of their log. The fence of
/// [`StreamId::Keys`](hotdeal_domain::StreamId::Keys) is their judge.
pub(super) static ANSWERS: LazyLock<Statement> = LazyLock::new(|| {
    Statement::insert(&[
        Answers::Number,
        Answers::Principal,
        Answers::Mark,
        Answers::FingerprintHigh,
        Answers::FingerprintLow,
        Answers::OrderId,
        Answers::Answer,
        Answers::RecordedAt,
    ])
});

/// Where they are.
pub(crate) static MARKS: LazyLock<Statement> =
    LazyLock::new(|| Statement::insert(&[Marks::Run, Marks::Mark, Marks::Number]));
