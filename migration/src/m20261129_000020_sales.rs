//! What has been sold, counted as it happens: reading it costs the same after any number of orders.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// One statement each; SQLite adds columns one by one. What orders that stand came to is added up
/// here once.
const UP: &[&str] = &[
    // Pieces, and lines of orders, at the price of the deal.
    "ALTER TABLE deals ADD COLUMN sold BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE deals ADD COLUMN sold_lines BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE deal_items ADD COLUMN sold BIGINT NOT NULL DEFAULT 0",
    // A page of a deal's products, whichever shops sell them.
    "CREATE INDEX deal_items_by_product ON deal_items (deal_id, product_id)",
    // Orders the product is in, and what they came to: `value_billions` × 10^9 + `value_rest`, as
    // a thousand orders can be worth more than one column holds.
    "ALTER TABLE stocks ADD COLUMN orders BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE stocks ADD COLUMN value_billions BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE stocks ADD COLUMN value_rest BIGINT NOT NULL DEFAULT 0",
    "UPDATE deals SET sold = s.sold, sold_lines = s.sold_lines FROM (
        SELECT l.deal_id, CAST(SUM(l.quantity) AS BIGINT) AS sold, COUNT(*) AS sold_lines
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.deal_id IS NOT NULL AND o.status = 'ORDER_SUCCESS'
        GROUP BY l.deal_id
    ) AS s WHERE deals.id = s.deal_id",
    "UPDATE deal_items SET sold = s.sold FROM (
        SELECT l.deal_id, l.shop_id, l.product_id, CAST(SUM(l.quantity) AS BIGINT) AS sold
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE l.deal_id IS NOT NULL AND o.status = 'ORDER_SUCCESS'
        GROUP BY l.deal_id, l.shop_id, l.product_id
    ) AS s WHERE deal_items.deal_id = s.deal_id AND deal_items.shop_id = s.shop_id
        AND deal_items.product_id = s.product_id",
    "UPDATE stocks SET orders = s.orders, value_billions = s.billions, value_rest = s.rest FROM (
        SELECT l.product_id, COUNT(*) AS orders,
            CAST(SUM((l.quantity * l.unit_price) / 1000000000) AS BIGINT) AS billions,
            CAST(SUM((l.quantity * l.unit_price) % 1000000000) AS BIGINT) AS rest
        FROM order_lines l JOIN orders o ON o.id = l.order_id
        WHERE o.status = 'ORDER_SUCCESS'
        GROUP BY l.product_id
    ) AS s WHERE stocks.product_id = s.product_id",
];

const DOWN: &[&str] = &[
    "ALTER TABLE stocks DROP COLUMN value_rest",
    "ALTER TABLE stocks DROP COLUMN value_billions",
    "ALTER TABLE stocks DROP COLUMN orders",
    "DROP INDEX deal_items_by_product",
    "ALTER TABLE deal_items DROP COLUMN sold",
    "ALTER TABLE deals DROP COLUMN sold_lines",
    "ALTER TABLE deals DROP COLUMN sold",
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
