//! The interactive page of the document: there, complete, and asking no other host.

use crate::support::{Answer, App};

/// The value of an attribute in each place where a page names it.
fn named<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    let named = page.split(opening.as_str()).skip(1);
    named.filter_map(|rest| rest.split('"').next()).collect()
}

async fn get(app: &App, path: &str) -> Answer {
    app.anyone().get(path).send().await.with_status(200)
}

#[tokio::test]
async fn the_page_comes_with_all_it_needs() {
    let app = App::start().await;
    let page = get(&app, "/docs").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let text = page.text();
    assert_eq!(get(&app, "/api/docs").await.text(), text, "the second address");
    let mut parts = named(&text, "src");
    parts.extend(named(&text, "href"));
    assert_eq!(parts.len(), 5, "{text}");
    for part in parts {
        assert!(part.starts_with('/') && !part.starts_with("//"), "{part} is of another host");
        let answer = get(&app, part).await;
        let path = part.split('?').next().expect("a path");
        let media = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("png") => "image/png",
            Some("json") => "application/json",
            _ => panic!("{part}: what is that?"),
        };
        assert_eq!(answer.header("content-type"), Some(media), "{part}");
        assert!(!answer.body.is_empty(), "{part}");
        if path.starts_with("/docs/") {
            let cached = answer.header("cache-control").unwrap_or_default();
            assert!(part.contains("?v=") && cached.contains("immutable"), "{part}: {cached}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{part}");
        }
    }
    app.anyone().get("/docs/swagger-ui.js.map").send().await.refused(404, "NOT_FOUND");
    app.anyone().get("/docs/index.html").send().await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn the_page_may_run_nothing_of_others_and_nothing_written_into_it() {
    let app = App::start().await;
    let page = get(&app, "/docs").await;
    let policy = page.header("content-security-policy").expect("a policy").to_owned();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split("; ").any(|told| told == rule), "{policy} lacks {rule}");
    }
    for forbidden in ["unsafe-", "http:", "https:", "*"] {
        assert!(!policy.contains(forbidden), "{policy} has {forbidden}");
    }
    let text = page.text();
    for script in text.split("<script").skip(1) {
        let (attributes, rest) = script.split_once('>').expect("a whole tag");
        assert!(attributes.contains(" src=") && rest.starts_with("</script>"), "{script}");
    }
    assert!(!text.contains(" on"), "no handlers in attributes:\n{text}");
}
