//! Streams and journal; accounts; shops, products, stock, orders; coupons; idempotency.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables and indexes, one statement each. `{wor}` keeps a SQLite table in the order of its key,
/// so that rows which come in that order are appended and need no second tree.
const UP: &[&str] = &[
    // One row an actor: whose epoch may write, and how far its journal goes.
    "CREATE TABLE streams (
        stream TEXT NOT NULL PRIMARY KEY,
        epoch BIGINT NOT NULL,
        last_sequence BIGINT NOT NULL,
        published_sequence BIGINT NOT NULL DEFAULT 0
    )",
    // One row for all facts a stream had in one transaction: `first_sequence` to `sequence`.
    "CREATE TABLE journal (
        stream TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        first_sequence BIGINT NOT NULL,
        epoch BIGINT NOT NULL,
        recorded_at BIGINT NOT NULL,
        facts TEXT NOT NULL,
        PRIMARY KEY (stream, sequence),
        CHECK (first_sequence <= sequence)
    )",
    "CREATE TABLE id_blocks (
        name TEXT NOT NULL PRIMARY KEY,
        next BIGINT NOT NULL
    )",
    "CREATE TABLE credentials (
        user_id BIGINT NOT NULL PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        password_phc TEXT NOT NULL,
        role TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        withdrawn_at BIGINT
    )",
    "CREATE TABLE profiles (
        user_id BIGINT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE shops (
        id BIGINT NOT NULL PRIMARY KEY,
        owner_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        currency TEXT NOT NULL,
        opened_at BIGINT NOT NULL
    )",
    "CREATE INDEX shops_by_owner ON shops (owner_id, id)",
    "CREATE TABLE products (
        id BIGINT NOT NULL PRIMARY KEY,
        shop_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        price BIGINT NOT NULL CHECK (price > 0),
        image_url TEXT NOT NULL,
        category TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        deleted_at BIGINT
    )",
    "CREATE INDEX products_by_shop ON products (shop_id, id)",
    // The checks are a second guard: the shop's actor has decided already.
    "CREATE TABLE stocks (
        product_id BIGINT NOT NULL PRIMARY KEY,
        shop_id BIGINT NOT NULL,
        on_hand BIGINT NOT NULL,
        held BIGINT NOT NULL,
        sold BIGINT NOT NULL,
        updated_at BIGINT,
        CHECK (held >= 0 AND sold >= 0 AND on_hand >= held + sold)
    )",
    "CREATE TABLE orders (
        id BIGINT NOT NULL PRIMARY KEY,
        user_id BIGINT NOT NULL,
        home_shop_id BIGINT NOT NULL,
        status TEXT NOT NULL,
        total BIGINT NOT NULL,
        currency TEXT NOT NULL,
        ordered_at BIGINT NOT NULL,
        cancelled_at BIGINT
    )",
    "CREATE TABLE order_lines (
        order_id BIGINT NOT NULL,
        line INTEGER NOT NULL,
        product_id BIGINT NOT NULL,
        shop_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        quantity BIGINT NOT NULL CHECK (quantity > 0),
        unit_price BIGINT NOT NULL,
        deal_id BIGINT,
        PRIMARY KEY (order_id, line)
    ){wor}",
    "CREATE TABLE coupon_batches (
        id BIGINT NOT NULL PRIMARY KEY,
        event_id BIGINT NOT NULL UNIQUE,
        shop_id BIGINT NOT NULL,
        created_by BIGINT NOT NULL,
        fingerprint TEXT NOT NULL UNIQUE,
        terms TEXT NOT NULL,
        currency TEXT NOT NULL,
        seed TEXT NOT NULL,
        code_key TEXT NOT NULL,
        status TEXT NOT NULL,
        total BIGINT NOT NULL,
        prepared BIGINT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE coupons (
        event_id BIGINT NOT NULL,
        ordinal BIGINT NOT NULL,
        code TEXT NOT NULL,
        policy INTEGER NOT NULL,
        PRIMARY KEY (event_id, ordinal)
    ){wor}",
    "CREATE UNIQUE INDEX coupons_by_code ON coupons (code)",
    "CREATE TABLE coupon_issues (
        event_id BIGINT NOT NULL,
        ordinal BIGINT NOT NULL,
        user_id BIGINT NOT NULL,
        issued_at BIGINT NOT NULL,
        PRIMARY KEY (event_id, ordinal)
    ){wor}",
    "CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (event_id, user_id)",
    "CREATE TABLE idempotency (
        principal BIGINT NOT NULL,
        operation TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        answer TEXT NOT NULL,
        recorded_at BIGINT NOT NULL,
        PRIMARY KEY (principal, operation, key)
    ){wor}",
    "CREATE INDEX idempotency_by_age ON idempotency (recorded_at)",
];

const TABLES: &[&str] = &[
    "idempotency",
    "coupon_issues",
    "coupons",
    "coupon_batches",
    "order_lines",
    "orders",
    "stocks",
    "products",
    "shops",
    "profiles",
    "credentials",
    "id_blocks",
    "journal",
    "streams",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::execute_all(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
