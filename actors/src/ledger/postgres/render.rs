//! Statements as PostgreSQL reads them.

use crate::ledger::statement::{Bulk, Form, Kind, Shortfall, Statement};

/// Whether the statements may run side by side: parts of one statement all see the database as it
/// was before, so no two of them may touch a table that one of them updates, unless it says that its rows
/// are its own.
pub(super) fn are_independent(bulks: &[&Bulk]) -> bool {
    bulks.iter().enumerate().all(|(place, bulk)| {
        let later = bulk.statement;
        bulks[..place].iter().all(|earlier| {
            let earlier = earlier.statement;
            let neither_updates = later.form != Form::Update && earlier.form != Form::Update;
            let is_apart = later.is_apart || earlier.is_apart;
            neither_updates || is_apart || earlier.table != later.table
        })
    })
}

pub(super) fn render(statement: &Statement) -> String {
    render_from(statement, 1)
}

/// All statements as parts of one, which raises an error where a part falls short.
pub(super) fn render_together(bulks: &[&Bulk]) -> String {
    let mut parameter = 1;
    let mut parts = Vec::with_capacity(bulks.len());
    let mut checks = vec!["1".to_owned()];
    for (number, bulk) in bulks.iter().enumerate() {
        let text = render_from(bulk.statement, parameter);
        let changed = format!("(SELECT count(*) FROM s{number})");
        let given = format!("cardinality(${parameter})");
        match bulk.statement.shortfall {
            None => {}
            Some(Shortfall::Stale) => checks.push(format!("sqrt({changed} - {given})")),
        }
        let counted = bulk.statement.shortfall.map_or("", |_| " RETURNING 1");
        parts.push(format!("s{number} AS ({text}{counted})"));
        parameter += bulk.statement.columns.len();
    }
    format!("WITH {} SELECT {}", parts.join(", "), checks.join(", "))
}

/// A statement whose first parameter has this number.
pub(super) fn render_from(statement: &Statement, first: usize) -> String {
    let arrays: Vec<String> = (first..)
        .zip(&statement.columns)
        .map(|(number, column)| match column.kind {
            Kind::Int => format!("${number}::bigint[]"),
            Kind::Text => format!("${number}::text[]"),
        })
        .collect();
    let names: Vec<String> =
        (1..=statement.columns.len()).map(|number| format!("column{number}")).collect();
    let (arrays, names) = (arrays.join(","), names.join(","));
    let Statement { head, tail, .. } = statement;
    match statement.form {
        Form::Insert => format!("{head} SELECT * FROM UNNEST({arrays}) {tail}"),
        Form::Spread => {
            let (same, list) = statement.spread_columns();
            format!(
                "{head} SELECT {same}, e FROM UNNEST({arrays}) AS v({names}), \
                 UNNEST(CAST(string_to_array({list}, ',') AS BIGINT[])) AS e {tail}"
            )
        }
        Form::Update => format!("{head} FROM UNNEST({arrays}) AS v({names}) {tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tables::{ANSWERS, FENCE, FOUNDING};

    #[test]
    fn what_has_to_see_another_statement_runs_after_it() {
        let [answers, fence, founding] = [&ANSWERS, &FENCE, &FOUNDING].map(|one| Bulk::new(one));
        assert!(are_independent(&[&answers, &fence]));
        assert!(!are_independent(&[&founding, &answers, &fence]));
    }
}
