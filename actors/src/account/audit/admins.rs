//! The admins: counted one by one, and never none.

use std::collections::BTreeMap;

use hotdeal_domain::account::admins::AdminFact;

use crate::error::RequestError;
use crate::host::audit::Report;
use crate::storage::Storage;

/// What the stream of the admins says.
#[derive(Default)]
pub(crate) struct Fold {
    /// Who has been counted, and whether they are one.
    counted: BTreeMap<i64, bool>,
    /// How many there were after each fact, and whether that was one more.
    steps: Vec<(u32, bool)>,
}

impl Fold {
    pub(crate) fn apply(&mut self, fact: &AdminFact) {
        let (user, admins, is_one) = match fact {
            AdminFact::Joined { user, admins, .. } => (user, *admins, true),
            AdminFact::Left { user, admins, .. } => (user, *admins, false),
        };
        self.counted.insert(user.get(), is_one);
        self.steps.push((admins, is_one));
    }
}

/// Those of earlier versions were not counted as they came: the count begins with the first change
/// since then.
pub(crate) async fn compare(
    storage: &Storage,
    fold: &Fold,
    report: &mut Report,
) -> Result<(), RequestError> {
    let Some((last, _)) = fold.steps.last() else { return Ok(()) };
    for (step, (admins, _)) in (1..).zip(&fold.steps).filter(|(_, (admins, _))| *admins == 0) {
        report.differs(|| format!("AC-1 no admin was left: {admins} by fact {step} of admins:1"));
    }
    for (step, pair) in (2..).zip(fold.steps.windows(2)) {
        let [(before, _), (after, is_more)] = pair else { continue };
        let expected = if *is_more { before.checked_add(1) } else { before.checked_sub(1) };
        if expected != Some(*after) {
            report.differs(|| {
                format!("AC-1 {after} admins after {before}, by fact {step} of admins:1")
            });
        }
    }
    let admins = storage.admins().await?;
    report.expect_equal("AC-1 number of admins", *last, admins.count());
    for (user, is_one) in &fold.counted {
        let what = format!("AC-1 admin {user}");
        report.expect_equal(&what, *is_one, admins.contains(*user));
    }
    Ok(())
}
