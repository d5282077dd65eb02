//! What holds of the table of routes as a whole.

use serde_json::Value;

use super::kit::route::{Need, Verb};
use super::*;
use crate::limits::Group;

#[test]
fn each_operation_has_a_name_of_its_own() {
    let mut names: Vec<&str> = ROUTES.iter().map(|route| route.id).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ROUTES.len());
}

#[test]
fn only_what_must_be_is_open_to_anyone() {
    let open: Vec<&str> =
        ROUTES.iter().filter(|r| r.need == Need::Anyone && !r.page).map(|route| route.id).collect();
    let expected = [
        "signUp",
        "logIn",
        "reissue",
        "listShownProducts",
        "listShownStocks",
        "listShownShops",
        "listShownDeals",
        "listShownEvents",
        "openStomp",
        "openStompWebSocket",
        "getSockJsInfo",
        "openStompOverSockJs",
        "getAsyncApi",
        "getLiveness",
        "getReadiness",
        "getMetrics",
        "explainProblem",
        "getOpenApi",
        "showDocs",
        "showApiDocs",
        "getDocsFile",
    ];
    assert_eq!(open, expected);
}

#[test]
fn what_changes_something_is_no_get() {
    assert!(ROUTES.iter().all(|route| !(route.mutates && route.verb == Verb::Get)));
}

#[test]
fn nothing_under_an_address_is_charged_or_kept_unlike_the_rest_of_it() {
    for route in ROUTES.iter() {
        let is_page_of_admins = route.path == "/admin" || route.path.starts_with("/admin/");
        let is_admins = route.path.starts_with("/api/admin/") || is_page_of_admins;
        assert_eq!(route.group == Some(Group::Admin), is_admins, "{}", route.path);
        assert!(route.need == Need::Admin || !is_admins, "{}", route.path);
        let with_passwords = ["/login", "/signup", "/me/password", "/first-password"];
        let has_password =
            route.page && with_passwords.contains(&route.path) && route.verb != Verb::Get;
        let is_secret = route.path.starts_with("/api/auth/") || has_password;
        assert_eq!(route.secret, is_secret, "{}", route.path);
    }
}

#[test]
fn a_path_lists_all_its_methods() {
    let mut resources = TABLE.resources.iter();
    let orders = resources.find(|resource| resource.path == "/api/orders/{orderId}");
    assert_eq!(orders.map(|resource| resource.allow.as_str()), Some("GET, HEAD, PUT"));
}

#[test]
fn the_document_names_every_route_and_holds_every_schema_it_refers_to() {
    let text = TABLE.document().to_json().expect("plain");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["openapi"], "3.1.0");
    for route in ROUTES.iter().filter(|route| !route.page) {
        let verb = format!("{:?}", route.verb).to_lowercase();
        assert_eq!(json["paths"][route.path][verb]["operationId"], route.id);
    }
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(json["components"]["schemas"][name].is_object(), "{name}");
    }
}
