//! The parts of orders: what each shop has in an order, and how far it has come with it.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Orders made before are new at their shops, or cancelled.
const UP: &[&str] = &[
    // The orders of a person, the newest first.
    "CREATE INDEX orders_by_user ON orders (user_id, id)",
    // One row a part that its shop has not answered. It is all that an order writes of its parts, and of one
    // shop each row comes behind the one before.
    "CREATE TABLE new_parts (
        shop_id BIGINT NOT NULL,
        ordered_at BIGINT NOT NULL,
        order_id BIGINT NOT NULL,
        PRIMARY KEY (shop_id, ordered_at, order_id)
    ){wor}",
    // One row a part from its first change on.
    "CREATE TABLE order_parts (
        order_id BIGINT NOT NULL,
        shop_id BIGINT NOT NULL,
        state TEXT NOT NULL,
        expected_at BIGINT,
        reason TEXT,
        reason_text TEXT,
        ordered_at BIGINT NOT NULL,
        changed_at BIGINT NOT NULL,
        PRIMARY KEY (order_id, shop_id)
    ){wor}",
    "CREATE INDEX order_parts_by_state ON order_parts (shop_id, state, ordered_at, order_id)",
    // One row a shop.
    "CREATE TABLE part_counts (
        shop_id BIGINT NOT NULL PRIMARY KEY,
        new BIGINT NOT NULL,
        accepted BIGINT NOT NULL,
        ready BIGINT NOT NULL,
        done BIGINT NOT NULL,
        rejected BIGINT NOT NULL,
        cancelled BIGINT NOT NULL
    )",
    "INSERT INTO new_parts (shop_id, ordered_at, order_id)
        SELECT DISTINCT l.shop_id, o.ordered_at, l.order_id
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE o.status <> 'ORDER_CANCELLED'",
    "INSERT INTO order_parts (order_id, shop_id, state, ordered_at, changed_at)
        SELECT DISTINCT l.order_id, l.shop_id, 'CANCELLED', o.ordered_at,
            COALESCE(o.cancelled_at, o.ordered_at)
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE o.status = 'ORDER_CANCELLED'",
    "INSERT INTO part_counts (shop_id, new, accepted, ready, done, rejected, cancelled)
        SELECT s.id, (SELECT COUNT(*) FROM new_parts n WHERE n.shop_id = s.id), 0, 0, 0, 0,
            (SELECT COUNT(*) FROM order_parts p WHERE p.shop_id = s.id)
        FROM shops s",
];

const DOWN: &[&str] = &[
    "DROP TABLE part_counts",
    "DROP TABLE order_parts",
    "DROP TABLE new_parts",
    "DROP INDEX orders_by_user",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, DOWN).await
    }
}
