//! Pages for people, spoken to without a browser: log-in by cookie, forms, headers. What a browser makes of them
//! is in `tests/browser`.

mod admin;
mod browser;
mod console;
mod cookie;
mod forms;
mod live;
mod passwords;
mod writes;

use reqwest::redirect::Policy;

use crate::support::{Answer, App, Client};

/// The password of everybody who logs in by form here.
const PASSWORD: &str = "a long walk by the sea";

/// Somebody who follows no redirection by themselves.
fn visitor(app: &App) -> Client {
    let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build();
    Client::new(http.expect("a plain client can be built"), app.url().to_owned(), None)
}

/// The cookie that an answer sets, as it is sent back.
fn cookie_of(answer: &Answer) -> String {
    let set = set_cookie(answer).unwrap_or_else(|| panic!("no cookie: {answer}"));
    set.split(';').next().unwrap_or_default().to_owned()
}

fn set_cookie(answer: &Answer) -> Option<&str> {
    let of_session = |value: &&str| value.starts_with("__Host-session=");
    answer
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(of_session)
}

/// The token of a page, or a field of its first form.
fn between<'a>(text: &'a str, before: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split('"').next().unwrap_or_default()
}

/// Signs up by the form: the cookie.
async fn signed_up(app: &App, name: &str) -> String {
    let body = format!(
        "name={name}&email={name}%40shoppers.test&password={}&return=/",
        PASSWORD.replace(' ', "+")
    );
    let answer = visitor(app).post("/signup").raw(FORM, body).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/")), "{answer}");
    cookie_of(&answer)
}

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// The token for writes of the session with this cookie.
async fn csrf(app: &App, cookie: &str) -> String {
    let page = visitor(app).get("/me").header("cookie", cookie).send().await.with_status(200);
    between(&page.text(), "name=\"csrf-token\" content=\"").to_owned()
}

#[tokio::test]
async fn the_front_page_speaks_the_language_of_the_browser_and_runs_nothing_inline() {
    let app = App::start().await;
    for (accept, tag, heading) in [
        ("ko-KR,ko;q=0.9", "ko", "지금 열린 딜"),
        ("en", "en", "Open deals"),
        ("de", "en", "Open deals"),
    ] {
        let page =
            visitor(&app).get("/").header("accept-language", accept).send().await.with_status(200);
        let text = page.text();
        assert!(
            text.contains(&format!("<html lang=\"{tag}\"")) && text.contains(heading),
            "{accept}"
        );
        assert_eq!(page.header("content-language"), Some(tag));
        for inline in
            [" style=", "<style", " onload=", " onclick=", "javascript:", "http://", "https://"]
        {
            assert!(!text.contains(inline), "{inline}");
        }
        let scripts: Vec<&str> = text.split("<script ").skip(1).collect();
        let is_ours = |tag: &&str| {
            tag.starts_with("type=\"module\" src=\"/assets/")
                || tag.starts_with("type=\"application/json\" id=\"words\"")
        };
        assert!(scripts.len() == 2 && scripts.iter().all(is_ours), "{scripts:?}");
    }
    let page = visitor(&app).get("/").send().await;
    let policy = page.header("content-security-policy").expect("a policy");
    for rule in [
        "default-src 'self'",
        "img-src 'self';",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(rule), "{rule}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "private, no-cache"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    let chosen = visitor(&app)
        .get("/")
        .header("cookie", "language=ko; theme=dark")
        .header("accept-language", "en");
    let text = chosen.send().await.text();
    assert!(text.contains("<html lang=\"ko\" data-theme=\"dark\">"));
}

#[tokio::test]
async fn pictures_come_from_the_hosts_of_the_settings_alone() {
    let named = |s: crate::support::Settings| {
        s.with("HOTDEAL__PAGES__IMAGE_HOSTS", "https://pictures.test")
    };
    for (app, is_shown) in [(App::start().await, false), (App::start_with(named).await, true)] {
        let lamp = app.product(None, 12_900, 5).await;
        let page = visitor(&app).get(&format!("/products/{lamp}")).send().await.with_status(200);
        assert_eq!(page.text().contains("<img src=\"https://pictures.test/lamp.png\""), is_shown);
        let policy = page.header("content-security-policy").expect("a policy");
        assert_eq!(policy.contains("img-src 'self' https://pictures.test;"), is_shown, "{policy}");
    }
}

#[tokio::test]
async fn files_are_kept_for_good_and_those_of_another_version_are_not_there() {
    let app = App::start().await;
    let front = visitor(&app).get("/").send().await.text();
    let style = between(&front, "rel=\"stylesheet\" href=\"").to_owned();
    let file =
        visitor(&app).get(&style).header("accept-encoding", "gzip").send().await.with_status(200);
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(file.header("content-encoding"), Some("gzip"));
    assert_eq!(file.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(file.body[..2], [0x1f, 0x8b]);
    let tag = file.header("etag").expect("a tag").to_owned();
    let plain = visitor(&app).get(&style).send().await.with_status(200);
    assert!(plain.header("content-encoding").is_none() && plain.text().contains("--paper"));
    let same = visitor(&app).get(&style).header("if-none-match", &tag).send().await;
    assert_eq!((same.status.as_u16(), same.body.len()), (304, 0));
    let version = style.split('/').nth(2).expect("a version");
    for gone in [
        style.replace(version, "0123456789abcdef"),
        format!("/assets/{version}/none.js"),
        "/assets/demo/none.svg".to_owned(),
    ] {
        visitor(&app).get(&gone).send().await.with_status(404);
    }
    let rose = visitor(&app).get("/assets/demo/rose.svg").send().await.with_status(200);
    assert_eq!(rose.header("content-type"), Some("image/svg+xml"));
    assert!(
        rose.header("content-security-policy").is_some_and(|policy| policy.contains("sandbox"))
    );
    visitor(&app).get("/favicon.ico").send().await.with_status(200);
}

#[tokio::test]
async fn refusals_are_pages_for_people_and_problems_for_programs() {
    let app = App::start().await;
    let asked = |accept: &str, path: &str| {
        visitor(&app).get(path).header("accept", accept).header("accept-language", "ko").send()
    };
    for path in ["/nothing", "/products/1", "/deals/1", "/shops/1", "/products/x"] {
        let page = asked("text/html,*/*", path).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{page}");
        assert!(
            page.status.is_client_error() && page.text().contains("<html lang=\"ko\""),
            "{page}"
        );
        assert!(page.header("content-security-policy").is_some());
    }
    asked("*/*", "/nothing").await.refused(404, "NOT_FOUND");
    asked("text/html", "/api/products/1").await.refused(401, "NOT_FOUND_TOKEN");
    let wrong = visitor(&app)
        .ask(reqwest::Method::DELETE, "/orders")
        .header("accept", "text/html")
        .send()
        .await;
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, Some("GET, HEAD")), "{wrong}");
}

#[tokio::test]
async fn the_description_of_the_api_says_nothing_of_pages() {
    let app = App::start().await;
    let document: serde_json::Value = app.anyone().get("/api/openapi.json").send().await.good();
    let paths = document["paths"].as_object().expect("paths");
    for path in ["/", "/login", "/orders", "/live", "/assets/{folder}/{file}"] {
        assert!(!paths.contains_key(path), "{path}");
    }
}
