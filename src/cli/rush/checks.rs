//! What must hold after a crowd, as far as the server's answers show it.

use std::collections::HashSet;

use serde::Serialize;

use super::contest::{Goods, Outcome};
use crate::client::load::Crowd;
use crate::client::stage::Stage;
use crate::client::{Call, CallError};

/// Winners who ask a second time: enough to see that a coupon in hand is answered, and few
/// enough to ask one after another.
const ASK_TWICE: usize = 100;

/// One thing that must hold, and whether it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) holds: bool,
    /// What was found instead; empty if it holds.
    pub(super) found: String,
}

impl Check {
    pub(super) fn equal<T: PartialEq + std::fmt::Display>(what: &str, found: T, want: T) -> Self {
        let holds = found == want;
        let found = if holds { String::new() } else { format!("{found} instead of {want}") };
        Self { what: what.to_owned(), holds, found }
    }
}

/// How many of `values` have come before.
pub(super) fn repeated<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> usize {
    let mut seen = HashSet::new();
    values.map(|value| usize::from(!seen.insert(value))).sum()
}

/// Checks the answers alone.
pub(super) fn of_answers(outcome: &Outcome, users: usize, there_were: u32) -> Vec<Check> {
    let there_were = usize::try_from(there_were).unwrap_or(usize::MAX);
    let want = users.min(there_were);
    let winners = &outcome.winners;
    let (given, prize) = match outcome.goods {
        Goods::Coupons(_) => ("coupons issued", "codes"),
        Goods::Product(_) => ("pieces sold", "order numbers"),
    };
    let mut checks = vec![
        Check::equal(&format!("exactly {want} {given}"), winners.len(), want),
        Check::equal("nobody twice", repeated(winners.iter().map(|winner| winner.person)), 0),
        Check::equal(
            &format!("distinct {prize}"),
            repeated(winners.iter().map(|winner| winner.prize.as_str())),
            0,
        ),
        Check::equal("everybody else was told that nothing is left", outcome.otherwise, 0),
    ];
    if let Some(last) = checks.last_mut().filter(|check| !check.holds) {
        last.found =
            format!("{} other answers: {}", outcome.otherwise, outcome.examples.join("; "));
    }
    checks
}

/// Checks what the server says when it is asked once more.
pub(super) async fn at_the_server(
    outcome: &Outcome,
    stage: &mut Stage,
    crowd: &Crowd,
) -> Result<Vec<Check>, CallError> {
    match outcome.goods {
        Goods::Coupons(event) => {
            let body = format!(r#"{{"eventId":{event}}}"#);
            let step = (outcome.winners.len() / ASK_TWICE).max(1);
            let asked: Vec<_> = outcome.winners.iter().step_by(step).take(ASK_TWICE).collect();
            let mut same = 0;
            for winner in &asked {
                let token = crowd.token(winner.person);
                let call = Call::query("/api/coupons/issue", token, body.as_bytes());
                let answer = stage.session().call(&call).await?;
                let text = String::from_utf8_lossy(&answer.body);
                let told = text.contains(&winner.prize) && text.contains("DUPLICATE");
                same += usize::from(answer.status == 409 && told);
            }
            let what = "who asks again is told of the coupon already held";
            Ok(vec![Check::equal(what, same, asked.len())])
        }
        Goods::Product(product) => {
            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Stock {
                quantity: u64,
                on_hand: u64,
            }
            let token = stage.admin().to_owned();
            let path = format!("/api/stocks/product/{product}");
            let stock: Stock = stage.session().json(&Call::get(&path, &token), 200).await?;
            let sold = outcome.winners.len() as u64;
            let left = stock.on_hand.saturating_sub(sold);
            Ok(vec![Check::equal("stock left at the server", stock.quantity, left)])
        }
    }
}
