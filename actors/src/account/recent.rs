//! What this node keeps of accounts outside their actors.

use std::sync::Arc;

use hotdeal_domain::UserId;
use hotdeal_domain::account::AccountFact;

use super::api::Account;
use super::revocations::Revocations;
use crate::host::recent::Recent;
use crate::ledger::Known;
use crate::mutant::{self, Mutant};

/// Caches of the rows of accounts: they are told of each fact before its answer leaves.
#[derive(Clone, Default)]
pub(crate) struct AccountCaches {
    /// Accounts that stand, read of late.
    pub(crate) accounts: Arc<Recent<UserId, Arc<Account>>>,
    /// Access tokens that are void before their time. The tables are read where an outcome was unknown.
    pub(crate) revocations: Arc<Revocations>,
}

impl AccountCaches {
    /// Learns of a fact.
    pub(crate) fn learn(&self, user: UserId, fact: &AccountFact, known: Known) {
        self.revocations.learn(user, fact, known);
        match known {
            Known::Perhaps => self.accounts.begin_doubt(),
            Known::Durable if mutant::is_on(Mutant::StaleReads) || is_of_a_session(fact) => {}
            Known::Durable => self.accounts.forget(user),
        }
    }
}

/// Neither a session nor a password is part of what is told of an account.
const fn is_of_a_session(fact: &AccountFact) -> bool {
    matches!(
        fact,
        AccountFact::SessionOpened { .. }
            | AccountFact::SessionRenewed { .. }
            | AccountFact::SessionRevoked { .. }
            | AccountFact::LoggedOut { .. }
            | AccountFact::PasswordChanged { .. }
    )
}
