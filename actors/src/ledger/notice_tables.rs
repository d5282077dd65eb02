//! The statements that write what people follow and what they are told. A statement is known by
//! its head, so no two may share one.

use super::store::Kind::{Int, Text};
use super::store::Verb::{Insert, Spread, Update};
use super::store::{Template, template};

/// Where these steps begin: after all other tables.
pub(super) const FIRST: usize = 200;

/// Of accounts that were withdrawn: before anything that they follow after they came back.
pub(super) const ALL_SUBSCRIPTIONS_ENDED: usize = FIRST;
pub(super) const SUBSCRIPTIONS_ENDED: usize = FIRST + 1;
pub(super) const SUBSCRIPTIONS: usize = FIRST + 2;
pub(super) const NOTIFICATIONS: usize = FIRST + 3;
pub(super) const NOTIFICATIONS_READ: usize = FIRST + 4;
pub(super) const NOTIFICATIONS_READ_THROUGH: usize = FIRST + 5;
pub(super) const DEAL_NEWS: usize = FIRST + 6;
pub(super) const DEAL_NEWS_TOLD: usize = FIRST + 7;

pub(super) static TABLES: [Template; 8] = [
    template(
        Update,
        "DELETE FROM subscriptions WHERE subscriptions.user_id IN (SELECT v.column1",
        ")",
        &[Int],
    ),
    template(
        Update,
        "DELETE FROM subscriptions WHERE (subscriptions.product_id, subscriptions.user_id) IN \
         (SELECT v.column1, v.column2",
        ")",
        &[Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO subscriptions (product_id, user_id, created_at)",
        "ON CONFLICT (product_id, user_id) DO UPDATE SET created_at = excluded.created_at",
        &[Int, Int, Int],
    ),
    // A product and a list of people: most of a thousand rows is said once.
    template(
        Spread,
        "INSERT INTO notifications (sequence, product_id, deal_id, kind, product_name, \
         list_price, price, currency, created_at, user_id)",
        "",
        &[Int, Int, Int, Text, Text, Int, Int, Text, Int, Text],
    ),
    template(
        Update,
        "UPDATE notifications SET read_at = v.column4",
        "WHERE notifications.user_id = v.column1 AND notifications.sequence = v.column2 \
         AND notifications.product_id = v.column3 AND notifications.read_at IS NULL",
        &[Int, Int, Int, Int],
    ),
    template(
        Update,
        "UPDATE notifications SET read_at = v.column3",
        "WHERE notifications.user_id = v.column1 AND notifications.sequence <= v.column2 \
         AND notifications.read_at IS NULL",
        &[Int, Int, Int],
    ),
    template(
        Insert,
        "INSERT INTO deal_news (deal_id, news, kind, since, after_user, people, notices)",
        "",
        &[Int, Int, Text, Int, Int, Int, Int],
    ),
    template(
        Update,
        "UPDATE deal_news SET after_user = v.column3, \
         first_told = COALESCE(deal_news.first_told, v.column4), last_told = v.column5, \
         people = deal_news.people + v.column6, notices = deal_news.notices + v.column7, \
         done_at = v.column8",
        "WHERE deal_news.deal_id = v.column1 AND deal_news.news = v.column2",
        &[Int, Int, Int, Int, Int, Int, Int, Int],
    ),
];
