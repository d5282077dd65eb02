//! Who follows which product, what people were told of deals, and what is still to be told.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `{wor}` keeps a SQLite table in the order of its key: the only way it is read.
const UP: &[&str] = &[
    "CREATE TABLE subscriptions (
        product_id BIGINT NOT NULL,
        user_id BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (product_id, user_id)
    ){wor}",
    "CREATE INDEX subscriptions_by_user ON subscriptions (user_id, product_id)",
    // `sequence` is that of the fact in the stream of notices, so the key is at once the order of
    // a person's list and the place from which an interrupted client goes on.
    "CREATE TABLE notifications (
        user_id BIGINT NOT NULL,
        sequence BIGINT NOT NULL,
        product_id BIGINT NOT NULL,
        deal_id BIGINT NOT NULL,
        kind TEXT NOT NULL,
        product_name TEXT NOT NULL,
        list_price BIGINT NOT NULL,
        price BIGINT NOT NULL,
        currency TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        read_at BIGINT,
        PRIMARY KEY (user_id, sequence, product_id)
    ){wor}",
    // A row comes with the fact that makes the news, at its sequence in the deal's stream, and
    // goes on with each entry of notices: what has no `done_at` is still to be told, to people
    // with larger numbers than `after_user`.
    "CREATE TABLE deal_news (
        deal_id BIGINT NOT NULL,
        news BIGINT NOT NULL,
        kind TEXT NOT NULL,
        since BIGINT NOT NULL,
        after_user BIGINT NOT NULL,
        first_told BIGINT,
        last_told BIGINT,
        people BIGINT NOT NULL,
        notices BIGINT NOT NULL,
        done_at BIGINT,
        PRIMARY KEY (deal_id, news)
    ){wor}",
    "CREATE INDEX deal_news_in_flight ON deal_news (since, deal_id, news) WHERE done_at IS NULL",
    // Nobody followed anything when these were opened. No fact has sequence zero: it marks them.
    "INSERT INTO deal_news
        (deal_id, news, kind, since, after_user, people, notices, done_at)
        SELECT id, 0, 'OPENED', opened_at, 0, 0, 0, opened_at FROM deals",
];

const DOWN: &[&str] =
    &["DROP TABLE deal_news", "DROP TABLE notifications", "DROP TABLE subscriptions"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
