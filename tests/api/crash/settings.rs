//! Settings of the database under which an acknowledged fact could be lost.

use crate::support::{App, Store};

/// A database whose sessions do not wait for the disk, unless they insist.
async fn careless(defaults: &str) -> Option<App> {
    let mut app = App::start().await;
    if app.database.store == Store::Sqlite {
        return None; // Its file belongs to the server alone.
    }
    let name = app.database.url.rsplit('/').next().expect("a database name").to_owned();
    app.kill();
    let tables = app.database.open().await;
    tables.spoil(&defaults.replace("{name}", &name)).await;
    // Written by the very session that writes the journal.
    tables.spoil("CREATE TABLE heard (setting text, said_by text)").await;
    tables
        .spoil(
            "CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             INSERT INTO heard VALUES (current_setting('synchronous_commit'), \
             split_part(current_setting('application_name'), ' ', 2)); RETURN NULL; END $$",
        )
        .await;
    tables.spoil("CREATE TRIGGER hear AFTER INSERT ON journal EXECUTE FUNCTION hear()").await;
    tables.close().await;
    app.start_again();
    Some(app)
}

#[tokio::test]
async fn the_ledger_waits_for_the_disk_whatever_the_database_or_the_role_would_do() {
    for defaults in [
        "ALTER DATABASE {name} SET synchronous_commit = off",
        "ALTER ROLE CURRENT_USER IN DATABASE {name} SET synchronous_commit = off",
    ] {
        let Some(mut app) = careless(defaults).await else { return };
        app.product(None, 1_000, 5).await;
        let sql = "SELECT DISTINCT setting, said_by FROM heard";
        let heard: Vec<(String, String)> = app.database.rows(sql).await;
        assert_eq!(heard, [("on".to_owned(), "ledger".to_owned())], "{defaults}");
        let said = app.server().said().join("\n");
        assert!(said.contains("synchronous_commit is off"), "{defaults}: {said}");
        app.kill();
        app.start_again();
        app.audited();
    }
}

#[tokio::test]
async fn what_the_database_is_told_to_do_beyond_that_stays_so() {
    let defaults = "ALTER DATABASE {name} SET synchronous_commit = remote_apply";
    let Some(mut app) = careless(defaults).await else { return };
    app.product(None, 1_000, 5).await;
    let heard: Vec<(String,)> = app.database.rows("SELECT DISTINCT setting FROM heard").await;
    assert_eq!(heard, [("remote_apply".to_owned(),)]);
    let said = app.server().said().join("\n");
    assert!(!said.contains("synchronous_commit"), "{said}");
}
