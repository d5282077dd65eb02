//! What the settings accept, and what they say when they do not.

use std::io::Write as _;

use super::*;

fn load(env: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    Settings::from_layers(None, owned(env), &owned(flags))
}

fn message(outcome: Result<Settings, SettingsError>) -> String {
    outcome.expect_err("refused").to_string()
}

#[test]
fn the_defaults_are_complete_and_turn_the_demo_on() {
    let settings = load(&[], &[]).expect("the defaults are usable");
    assert!(settings.database.is_embedded_default());
    assert!(settings.demo.enabled);
    assert!(settings.auth.secret.is_none());
    assert_eq!(settings.http.bind, "127.0.0.1:8080");
}

#[test]
fn a_database_of_ones_own_turns_the_demo_off_unless_it_is_asked_for() {
    let other = ("HOTDEAL__DATABASE__URL", "postgres://localhost/hotdeal");
    assert!(!load(&[other], &[]).expect("usable").demo.enabled);
    let asked = ("HOTDEAL__DEMO__ENABLED", "true");
    assert!(load(&[other, asked], &[]).expect("usable").demo.enabled);
}

#[test]
fn later_layers_win() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    writeln!(file, "[http]\nworkers = 3\nbind = \"127.0.0.1:1\"").expect("written");
    let env = [("HOTDEAL__HTTP__BIND".to_owned(), "127.0.0.1:2".to_owned())];
    let flags = [("actors.arbiters".to_owned(), "7".to_owned())];
    let settings = Settings::from_layers(Some(file.path()), env, &flags).expect("usable");
    assert_eq!(settings.http.workers, 3);
    assert_eq!(settings.http.bind, "127.0.0.1:2");
    assert_eq!(settings.mall.arbiters, 7);
}

#[test]
fn an_unknown_key_is_named_with_what_may_have_been_meant() {
    let said = message(load(&[("HOTDEAL__HTTP__BINDD", "x")], &[]));
    assert!(said.contains("HOTDEAL__HTTP__BINDD"), "{said}");
    assert!(said.contains("did you mean `http.bind`"), "{said}");
    let said = message(load(&[("HOTDEAL__NOWHERE__AT_ALL", "x")], &[]));
    assert!(said.contains("the sections are actors, auth, database"), "{said}");
}

#[test]
fn an_unknown_key_of_a_file_is_named_with_the_file() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    writeln!(file, "[ledger]\nsomething_else = 3").expect("written");
    let said = message(Settings::from_layers(Some(file.path()), [], &[]));
    assert!(said.contains(&file.path().display().to_string()), "{said}");
    assert!(said.contains("ledger.something_else"), "{said}");
    assert!(said.contains("ledger.queue_max"), "{said}");
}

#[test]
fn a_wrong_value_is_named_with_its_origin_and_what_is_allowed() {
    for (name, value, allowed) in [
        ("HOTDEAL__HTTP__WORKERS", "many", "a whole number from 0 to 1024"),
        ("HOTDEAL__HTTP__WORKERS", "-1", "a whole number from 0 to 1024"),
        ("HOTDEAL__HTTP__BIND", "nowhere", "127.0.0.1:8080"),
        ("HOTDEAL__LOG__FORMAT", "xml", "text, json"),
        ("HOTDEAL__DEMO__ENABLED", "yes", "auto, true, false"),
        ("HOTDEAL__TIME__ZONE_OFFSET", "Seoul", "+09:00"),
        ("HOTDEAL__DATABASE__URL", "oracle://x", "sqlite://FILE"),
        ("HOTDEAL__AUTH__SECRET", "short", "at least 32 bytes"),
    ] {
        let said = message(load(&[(name, value)], &[]));
        assert!(said.contains(name) && said.contains(allowed), "{said}");
    }
}

#[test]
fn a_secret_never_shows_in_an_error() {
    let said = message(load(&[("HOTDEAL__AUTH__SECRET", "hunter2")], &[]));
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_database_of_ones_own_needs_a_secret() {
    let settings =
        load(&[("HOTDEAL__DATABASE__URL", "sqlite:///var/lib/x.db")], &[]).expect("usable");
    let said = settings.resolve_secret().expect_err("refused").to_string();
    assert!(said.contains("auth.secret") && said.contains("HOTDEAL__AUTH__SECRET"), "{said}");
}

#[test]
fn a_printed_database_address_hides_the_password() {
    let url = "postgres://shop:hush@db:5432/hotdeal".to_owned();
    assert_eq!(DatabaseSettings { url }.shown(), "postgres://shop:***@db:5432/hotdeal");
}
