//! The rules, told as tables: a row for each refusal, in the order in which they apply; and a
//! seeded walk that tries to break every invariant.

mod admin_table;
mod basket_table;
mod batch_choice;
mod coupon_table;
mod deal_desk;
mod deal_table;
mod draw;
mod facts;
mod idempotency;
mod level_table;
mod notice_table;
mod order_table;
mod session_table;
mod shop_table;
mod stock_table;
mod table;
mod terms_table;
mod walk;
mod window;
