//! Which allowances the calls of a route are charged to.

use super::{Route, Verb};
use crate::limits::Group;

/// The group of a route: by what it does, unless its address says more.
pub(super) fn of(route: &Route) -> Option<Group> {
    const SALE: [&str; 4] = ["/coupons/issue", "/api/coupons/issue", "/api/noop", "/api/orders"];
    let begins = |start: &str| route.path.starts_with(start);
    if ["/livez", "/readyz", "/metrics"].contains(&route.path) {
        return None;
    }
    Some(match () {
        () if begins("/api/auth/signup") => Group::SignUp,
        () if begins("/api/auth/") => Group::Auth,
        () if begins("/api/admin/") => Group::Admin,
        () if begins("/api/live") || (begins("/ws") && route.opens()) => Group::Live,
        () if route.verb != Verb::Get && SALE.iter().any(|start| begins(start)) => Group::Sale,
        () if route.mutates => Group::Write,
        () => Group::Read,
    })
}
