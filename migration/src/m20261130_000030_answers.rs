//! Answers under idempotency keys as a log: each goes to its end.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What the table `idempotency` keeps is still read, until its 24 hours are over.
const UP: &[&str] = &[
    // `mark` is a digest of who asked for what under which key. The answer is the order, as it was
    // made, or the text.
    "CREATE TABLE answers (
        number BIGINT NOT NULL PRIMARY KEY,
        principal BIGINT NOT NULL,
        mark BIGINT NOT NULL,
        fingerprint_high BIGINT NOT NULL,
        fingerprint_low BIGINT NOT NULL,
        order_id BIGINT,
        answer TEXT,
        recorded_at BIGINT NOT NULL,
        CHECK ((order_id IS NULL) <> (answer IS NULL))
    ){wor}",
    // The marks of some thousands of answers in a row, in order; a run is called by the number of
    // its last.
    "CREATE TABLE answer_marks (
        run BIGINT NOT NULL,
        mark BIGINT NOT NULL,
        number BIGINT NOT NULL,
        PRIMARY KEY (run, mark, number)
    ){wor}",
];

const DOWN: &[&str] = &["DROP TABLE answer_marks", "DROP TABLE answers"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
