//! The ledger's session with PostgreSQL, whatever is the default of the role or of the database.

use std::str::FromStr as _;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, ConnectOptions as _, Executor as _};

/// A commit is answered once it is on the disk; where standbys have to have it, too, so it stays.
const WAIT_FOR_THE_DISK: &str = "SELECT set_config('synchronous_commit', \
     CASE current_setting('synchronous_commit') \
     WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)";

/// Its name says which mall it is: of several in one database, each has a schema. Who starts next
/// looks for it.
const NAME: &str = "SELECT set_config('application_name', \
     'hotdeal ledger ' || hashtext(coalesce(current_schema(), '')), false)";

/// Opens it.
pub(in crate::ledger) async fn open(url: &str) -> Result<PgConnection, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("hotdeal ledger")
        .statement_cache_capacity(256)
        // Rows are found by their keys however many there are: one plan does for all batches.
        .options([("plan_cache_mode", "force_generic_plan")])
        // Below the time the ledger waits: what it is told to be given up is given up. Neither
        // holds for a commit that the disk keeps waiting.
        .options([("statement_timeout", "9s"), ("lock_timeout", "8s")])
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    connection.execute(NAME).await?;
    connection.execute(WAIT_FOR_THE_DISK).await?;
    Ok(connection)
}
