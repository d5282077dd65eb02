//! The set of admins, which never becomes empty.
//!
//! A role is a fact in its account's stream, and the streams of two accounts know nothing of each
//! other. So each change that adds or removes an admin is also counted in one shared stream, by the
//! same entry of the ledger.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{UnixMillis, UserId};

/// An account became an admin, or stopped being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminFact {
    /// An admin was added.
    Joined {
        /// Who.
        user: UserId,
        /// How many there are now.
        admins: u32,
        /// When.
        at: UnixMillis,
    },
    /// An admin was removed.
    Left {
        /// Who.
        user: UserId,
        /// How many there are now.
        admins: u32,
        /// When.
        at: UnixMillis,
    },
}

/// The change would leave no admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastAdmin;

/// The accounts that have the role and are not withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admins(BTreeSet<UserId>);

impl FromIterator<UserId> for Admins {
    fn from_iter<I: IntoIterator<Item = UserId>>(users: I) -> Self {
        Self(users.into_iter().collect())
    }
}

impl Admins {
    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Whether the account with this number is one of them.
    pub fn contains(&self, user: i64) -> bool {
        UserId::try_from(user).is_ok_and(|user| self.0.contains(&user))
    }

    /// Decides the fact to count when `user` becomes an admin (`is_admin`) or stops being one;
    /// `None` if the set does not change.
    ///
    /// # Errors
    /// [`LastAdmin`].
    pub fn decide(
        &self,
        user: UserId,
        is_admin: bool,
        at: UnixMillis,
    ) -> Result<Option<AdminFact>, LastAdmin> {
        let admins = self.count();
        match (self.0.contains(&user), is_admin) {
            (true, true) | (false, false) => Ok(None),
            (false, true) => {
                Ok(Some(AdminFact::Joined { user, admins: admins.saturating_add(1), at }))
            }
            (true, false) if admins <= 1 => Err(LastAdmin),
            (true, false) => {
                Ok(Some(AdminFact::Left { user, admins: admins.saturating_sub(1), at }))
            }
        }
    }

    /// Applies a fact, fresh or replayed.
    pub fn apply(&mut self, fact: &AdminFact) {
        match fact {
            AdminFact::Joined { user, .. } => _ = self.0.insert(*user),
            AdminFact::Left { user, .. } => _ = self.0.remove(user),
        }
    }
}
