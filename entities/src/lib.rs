//! The rows of the database, one module a table, and nothing but rows: what they mean is told in
//! `hotdeal-actors`.

pub mod answer_marks;
pub mod answers;
pub mod coupon_batches;
pub mod coupon_issues;
pub mod coupons;
pub mod credentials;
pub mod deal_items;
pub mod deal_news;
pub mod deals;
pub mod ends;
pub mod idempotency;
pub mod journal;
pub mod kept_profiles;
pub mod new_parts;
pub mod notices_forgotten;
pub mod notifications;
pub mod order_lines;
pub mod order_parts;
pub mod orders;
pub mod part_counts;
pub mod products;
pub mod profiles;
pub mod revoked_tokens;
pub mod sessions;
pub mod shops;
pub mod stock_snapshots;
pub mod stocks;
pub mod streams;
pub mod subscriptions;
