//! Settings of a PostgreSQL server that break our promises. They are reported at the start, because
//! this server cannot make up for them.

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};

const SETTINGS: &str = "SELECT name, setting FROM pg_settings \
     WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes') ORDER BY name";

/// A warning for each such setting, in a sentence for the person who starts the server.
pub(super) async fn broken(connection: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), SETTINGS);
    let mut told = Vec::new();
    for row in connection.query_all_raw(statement).await? {
        let (name, setting): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        told.extend(warning(&name, &setting));
    }
    Ok(told)
}

fn warning(name: &str, setting: &str) -> Option<String> {
    let means = match (name, setting) {
        ("synchronous_commit", "on" | "remote_apply") => return None,
        ("synchronous_commit", _) => {
            "by default of this database or role: the ledger's own session has it on all the same"
        }
        ("fsync", "off") => {
            "in this PostgreSQL: WHAT WAS ANSWERED IS LOST when its machine loses power; set it on"
        }
        ("full_page_writes", "off") => {
            "in this PostgreSQL: THE DATABASE MAY BE BROKEN when its machine loses power; set it on"
        }
        _ => return None,
    };
    Some(format!("WARNING: {name} is {setting} {means}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_under_which_something_can_be_lost_is_told_loudly() {
        for (name, setting, words) in [
            ("synchronous_commit", "on", ""),
            ("synchronous_commit", "remote_apply", ""),
            ("synchronous_commit", "off", "synchronous_commit is off"),
            ("synchronous_commit", "local", "synchronous_commit is local"),
            ("fsync", "on", ""),
            ("fsync", "off", "WHAT WAS ANSWERED IS LOST"),
            ("full_page_writes", "on", ""),
            ("full_page_writes", "off", "THE DATABASE MAY BE BROKEN"),
        ] {
            let told = warning(name, setting);
            match words {
                "" => assert_eq!(told, None, "{name} = {setting}"),
                words => assert!(told.is_some_and(|told| told.contains(words)), "{name}"),
            }
        }
    }
}
