//! The admins there are, so that there is always one.
//!
//! A role is a fact of its account's stream, and the streams of two accounts know nothing of each
//! other. So who becomes an admin, and who is none any more, is counted in one stream as well, by
//! the same entry of the ledger.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{UnixMillis, UserId};

/// Somebody became an admin, or is none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdminFact {
    /// There is one more.
    Joined {
        /// Who.
        user: UserId,
        /// How many there are now.
        admins: u32,
        /// When.
        at: UnixMillis,
    },
    /// There is one less.
    Left {
        /// Who.
        user: UserId,
        /// How many there are now.
        admins: u32,
        /// When.
        at: UnixMillis,
    },
}

/// Nobody would be left.
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

    /// Decides what is counted where `user` is to be an admin, or not; `None` where that changes
    /// nothing.
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
