//! Settings: what is wrong stops the start, and says which key and what is allowed.

use std::collections::BTreeMap;

use crate::support::{App, Client, Ended, Hotdeal, Settings, Store, http_client};

/// Starts a server that must not start.
fn refused(settings: &Settings, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Hotdeal::start(arguments, folder.path(), &settings.0);
    if let Ok(address) = server.ready_at() {
        panic!("it started at {address} with {settings:?}");
    }
    server.ended()
}

fn sound(folder: &std::path::Path) -> Settings {
    Settings::for_tests(&format!("sqlite://{}", folder.join("mall.db").display()))
}

#[test]
fn a_wrong_or_unknown_key_stops_the_start_and_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, value, words) in [
        ("HOTDEAL__HTTP__BINDD", "127.0.0.1:0", &["binDD", "bind"] as &[&str]),
        ("HOTDEAL__HTPP__BIND", "127.0.0.1:0", &["htpp"]),
        ("HOTDEAL__HTTP__BIND", "nowhere", &["http.bind", "nowhere"]),
        ("HOTDEAL__HTTP__WORKERS", "many", &["http.workers", "many"]),
        ("HOTDEAL__HTTP__BODY_MAX_BYTES", "-1", &["http.body_max_bytes"]),
        ("HOTDEAL__DATABASE__URL", "oracle://mall", &["database.url", "sqlite", "postgres"]),
        ("HOTDEAL__LEDGER__BATCH_ROWS_MAX", "0", &["ledger.batch_rows_max"]),
        ("HOTDEAL__LEDGER__BATCH_ENTRIES_MAX", "0", &["ledger.batch_entries_max"]),
        ("HOTDEAL__LEDGER__QUEUE_MAX", "0", &["ledger.queue_max"]),
        ("HOTDEAL__ACTORS__MAILBOX_MAX", "0", &["actors.mailbox_max"]),
        ("HOTDEAL__AUTH__PROFILE_KEPT_DAYS", "0", &["auth.profile_kept_days", "1 to 3650"]),
        ("HOTDEAL__NOTICES__KEPT_DAYS", "0", &["notices.kept_days", "1 to 3650"]),
        ("HOTDEAL__NOTICES__KEPT_DAYS", "3651", &["notices.kept_days"]),
        ("HOTDEAL__ORDERS__ANSWER_WITHIN_S", "soon", &["orders.answer_within_s", "0 to 2592000"]),
        ("HOTDEAL__ORDERS__ANSWER_WITHIN_S", "2592001", &["orders.answer_within_s"]),
        ("HOTDEAL__DEMO__ENABLED", "perhaps", &["demo.enabled"]),
        ("HOTDEAL__TIME__ZONE_OFFSET", "+25:00", &["time.zone_offset"]),
        ("HOTDEAL__AUTH__SECRET", "short", &["auth.secret", "32"]),
        ("HOTDEAL__AUTH__SECRET", "", &["auth.secret"]),
        ("HOTDEAL__AUTH__ACCESS_TTL_S", "0", &["auth.access_ttl_s"]),
    ] {
        let ended = refused(&sound(folder.path()).with(name, value), &["serve"]);
        assert_eq!(ended.status.code(), Some(3), "{name}={value}: {ended:?}");
        let told = ended.stderr.to_lowercase();
        for word in words {
            assert!(told.contains(&word.to_lowercase()), "{name}={value}: no `{word}` in {told}");
        }
        assert!(!told.contains("panicked"), "{told}");
    }
}

#[test]
fn a_secret_that_anybody_can_guess_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for secret in ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "changemechangemechangemechangeme"] {
        let settings = sound(folder.path()).with("HOTDEAL__AUTH__SECRET", secret);
        let ended = refused(&settings, &["serve"]);
        assert_eq!(ended.status.code(), Some(3), "{ended:?}");
        assert!(ended.stderr.contains("auth.secret"), "{ended:?}");
        assert!(!ended.stderr.contains(secret), "a secret is not repeated in a log");
    }
}

#[test]
fn a_file_is_named_with_its_key_and_overridden_by_the_environment() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("mall.toml");
    std::fs::write(&file, "[http]\nbnid = \"127.0.0.1:0\"\n").expect("the folder is ours");
    let path = file.to_str().expect("a readable path");
    let ended = refused(&sound(folder.path()), &["serve", "--config", path]);
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    for word in ["mall.toml", "bnid", "bind"] {
        assert!(ended.stderr.contains(word), "no `{word}` in {}", ended.stderr);
    }
    std::fs::write(&file, "[http]\nbind = \"nowhere\"\n").expect("the folder is ours");
    let ended =
        refused(&sound(folder.path()).without("HOTDEAL__HTTP__BIND"), &["serve", "--config", path]);
    assert!(ended.stderr.contains("http.bind"), "{ended:?}");
    let mut server =
        Hotdeal::start(&["serve", "--config", path], folder.path(), &sound(folder.path()).0);
    server.ready_at().expect("the environment comes after the file");
    let absent = folder.path().join("absent.toml");
    let ended =
        refused(&sound(folder.path()), &["serve", "--config", absent.to_str().expect("readable")]);
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
    assert!(ended.stderr.contains("absent.toml"), "{ended:?}");
}

#[test]
fn a_port_that_is_taken_is_told_with_its_key() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ended = refused(&sound(folder.path()).with("HOTDEAL__HTTP__BIND", &address), &["serve"]);
    assert!(matches!(ended.status.code(), Some(1 | 3)), "{ended:?}");
    for word in ["http.bind", &address] {
        assert!(ended.stderr.contains(word), "no `{word}` in {}", ended.stderr);
    }
}

#[test]
fn a_database_that_is_not_there_is_told_with_its_key_and_without_its_password() {
    // Bound and not listened at: nobody else gets it meanwhile, and who comes is turned away.
    let free = tokio::net::TcpSocket::new_v4().expect("a socket");
    free.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let port = free.local_addr().expect("it is bound").port();
    let url = format!("postgres://mall:hidden-word@127.0.0.1:{port}/mall");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ended = refused(&sound(folder.path()).with("HOTDEAL__DATABASE__URL", &url), &["serve"]);
    assert!(matches!(ended.status.code(), Some(1 | 3)), "{ended:?}");
    assert!(ended.stderr.contains("database.url"), "{ended:?}");
    assert!(!format!("{ended:?}").contains("hidden-word"), "a password in a log: {ended:?}");
}

#[tokio::test]
async fn a_database_that_was_not_migrated_is_told_what_to_do() {
    if Store::of_this_run() == Store::Sqlite {
        // There the server migrates by itself.
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = crate::support::Database::create(folder.path()).await;
    let ended = refused(&Settings::for_tests(&database.url), &["serve"]);
    assert!(!ended.status.success());
    assert!(ended.stderr.contains("hotdeal migrate"), "{ended:?}");
}

#[test]
fn the_command_line_teaches_and_its_exit_codes_are_told_apart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run =
        |arguments: &[&str]| Hotdeal::start(arguments, folder.path(), &BTreeMap::new()).ended();
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for command in ["serve", "migrate", "user", "openapi", "replay", "rush", "audit"] {
        assert!(help.stdout.contains(command), "{command} is not in the help");
        let of_command = run(&[command, "--help"]);
        assert_eq!(of_command.status.code(), Some(0), "{command}");
    }
    for wrong in [&["serve", "--no-such-flag"] as &[&str], &["no-such-command"], &["replay"]] {
        let ended = run(wrong);
        assert_eq!(ended.status.code(), Some(2), "{wrong:?}: {ended:?}");
    }
    assert_eq!(run(&["--version"]).status.code(), Some(0));
    let openapi = run(&["openapi"]);
    let document: serde_json::Value = serde_json::from_str(&openapi.stdout).expect("JSON");
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
}

/// The first admin's password, where the lines tell it.
fn told_password(printed: &str) -> Option<(&str, &str)> {
    let line = printed.lines().find_map(|line| line.strip_prefix("admin "))?;
    line.strip_suffix(" (shown this once)")?.split_once(", password ")
}

#[tokio::test]
async fn the_embedded_default_needs_no_secret_and_keeps_the_one_it_made() {
    if Store::of_this_run() == Store::Postgres {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bind = [("HOTDEAL__HTTP__BIND".to_owned(), "127.0.0.1:0".to_owned())];
    let settings = BTreeMap::from(bind);
    let mut server = Hotdeal::start(&[], folder.path(), &settings);
    let ready = server.ready_at();
    let url = ready.unwrap_or_else(|told| panic!("bare `hotdeal` does not serve: {told}"));
    let printed = server.said().join("\n");
    let told = told_password(&printed);
    let (email, password) = told.unwrap_or_else(|| panic!("the first admin is told:\n{printed}"));
    let log_in = async |url: &str| {
        let body = serde_json::json!({"email": email, "password": password});
        let anyone = Client::new(http_client(), url.to_owned(), None);
        anyone.post_json("/api/auth/login", &body).send().await.with_status(200)
    };
    log_in(&url).await;
    let file = folder.path().join("data/auth.secret");
    let secret = std::fs::read_to_string(&file).expect("the secret is kept");
    assert!(secret.trim().len() >= 32);
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = file.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "for its owner alone");
    }
    assert!(!printed.contains(secret.trim()), "a secret is not printed");
    server.kill();
    let mut server = Hotdeal::start(&[], folder.path(), &settings);
    let url = server.ready_at().expect("it starts again");
    log_in(&url).await;
    assert_eq!(std::fs::read_to_string(&file).expect("the secret is kept"), secret);
    let again = server.said().join("\n");
    for secret in [password, "shown this once"] {
        assert!(!again.contains(secret), "the password is printed once:\n{again}");
    }
}

#[tokio::test]
async fn an_audit_finds_what_was_changed_behind_the_ledger() {
    let app = App::start().await;
    let lamp = app.product(None, 100, 5).await;
    let event = app.event(3).await;
    let body = serde_json::json!({"eventId": event});
    app.shopper(1).post_json("/api/coupons/issue", &body).send().await.with_status(200);
    let body = serde_json::json!({"productId": lamp, "quantity": 2});
    app.shopper(1).post_json("/api/orders/v1", &body).send().await.with_status(200);
    app.audited();
    // Each line of sabotage, and the one that undoes it.
    for (sabotage, undo) in [
        ("UPDATE stocks SET on_hand = on_hand + 1", "UPDATE stocks SET on_hand = on_hand - 1"),
        ("UPDATE stocks SET sold = sold - 1", "UPDATE stocks SET sold = sold + 1"),
        ("UPDATE orders SET total = total + 1", "UPDATE orders SET total = total - 1"),
        (
            "UPDATE orders SET status = 'ORDER_CANCELLED'",
            "UPDATE orders SET status = 'ORDER_SUCCESS'",
        ),
        (
            "UPDATE order_lines SET quantity = quantity + 1",
            "UPDATE order_lines SET quantity = quantity - 1",
        ),
        (
            "UPDATE coupon_issues SET user_id = user_id + 7",
            "UPDATE coupon_issues SET user_id = user_id - 7",
        ),
        (
            "UPDATE streams SET last_sequence = last_sequence + 1 WHERE stream LIKE 'event:%'",
            "UPDATE streams SET last_sequence = last_sequence - 1 WHERE stream LIKE 'event:%'",
        ),
    ] {
        let tables = app.database.open().await;
        tables.spoil(sabotage).await;
        let ended = app.run(&["audit"]);
        assert_eq!(ended.status.code(), Some(1), "`{sabotage}` was not found: {ended:?}");
        tables.spoil(undo).await;
        tables.close().await;
        app.audited();
    }
}
