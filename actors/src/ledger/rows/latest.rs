//! Rows that several facts of one transaction may change one after the other: each is written
//! once, as the last of them leaves it.

use std::collections::BTreeMap;

use hotdeal_domain::account::{AccountFact, Role, SessionId};
use hotdeal_domain::shop::Product;
use hotdeal_domain::{ProductId, UnixMillis, UserId};

use super::super::account_tables as tables;
use super::super::store::Cell;
use super::{Rider, RowSet};
use crate::api::RenewedHash;

/// How the transaction leaves what it changes more than once.
#[derive(Default)]
pub(super) struct Latest {
    products: BTreeMap<ProductId, Product>,
    renewed: BTreeMap<SessionId, (u32, UnixMillis)>,
    /// Epoch, and when the last access token of an earlier one expires.
    epochs: BTreeMap<UserId, (u32, UnixMillis)>,
    /// When it was withdrawn; `None` once it is back.
    withdrawn: BTreeMap<UserId, Option<UnixMillis>>,
    roles: BTreeMap<UserId, Role>,
    passwords: BTreeMap<UserId, RenewedHash>,
    new_passwords: BTreeMap<UserId, String>,
    profiles: BTreeMap<UserId, Profile>,
}

/// Where a profile goes.
enum Profile {
    /// Its account was withdrawn then: it is kept aside.
    Kept(UnixMillis),
    /// It comes back; where it was not kept, with this name, as of then.
    Back(String, UnixMillis),
}

impl RowSet {
    pub(super) fn product_changed(&mut self, product: &Product) {
        self.latest.products.insert(product.id, product.clone());
    }

    pub(super) fn product_withdrawn(&mut self, product: ProductId, at: UnixMillis) {
        let row = [Cell::Int(product.get()), Cell::Int(at.0)];
        self.table(tables::PRODUCTS_WITHDRAWN).push(row);
    }

    pub(super) fn account_fact(&mut self, user: UserId, fact: &AccountFact, rider: Option<&Rider>) {
        match fact {
            AccountFact::SessionOpened { session, at, ends_at, displaced, void_until } => {
                self.table(tables::SESSIONS).push([
                    text(session),
                    Cell::Int(user.get()),
                    Cell::Int(1),
                    Cell::Int(at.0),
                    Cell::Int(ends_at.0),
                ]);
                if let Some(displaced) = displaced {
                    self.session_ended(*displaced, *at, *void_until);
                }
                if let Some(Rider::Password(renewed)) = rider {
                    self.latest.passwords.insert(user, renewed.clone());
                }
            }
            AccountFact::SessionRenewed { session, generation, at } => {
                self.latest.renewed.insert(*session, (*generation, *at));
            }
            AccountFact::SessionRevoked { session, at, void_until } => {
                self.session_ended(*session, *at, *void_until);
            }
            AccountFact::LoggedOut { token, session, at, void_until } => {
                let row = [text(token), Cell::Int(user.get()), Cell::Int(void_until.0)];
                self.table(tables::REVOKED_TOKENS).push(row);
                if let Some(session) = session {
                    self.session_ended(*session, *at, *void_until);
                }
            }
            AccountFact::Withdrawn { epoch, at, void_until } => {
                self.latest.epochs.insert(user, (*epoch, *void_until));
                self.latest.withdrawn.insert(user, Some(*at));
                // Before an account is back for all to see, nobody can be logged in to withdraw it.
                let earlier = self.latest.profiles.insert(user, Profile::Kept(*at));
                debug_assert!(earlier.is_none(), "account {user} is withdrawn as it comes back");
                let row = [Cell::Int(user.get()), Cell::Int(at.0), Cell::Int(void_until.0)];
                self.table(tables::ALL_SESSIONS_ENDED).push(row);
                self.subscriptions_end(user);
            }
            AccountFact::Restored { at, .. } => {
                self.latest.withdrawn.insert(user, None);
                self.profile_back(user, *at, rider);
            }
            AccountFact::RoleSet { role, epoch, void_until, .. } => {
                self.latest.epochs.insert(user, (*epoch, *void_until));
                self.latest.roles.insert(user, *role);
            }
            AccountFact::PasswordReset { epoch, at, void_until } => {
                self.latest.epochs.insert(user, (*epoch, *void_until));
                let row = [Cell::Int(user.get()), Cell::Int(at.0), Cell::Int(void_until.0)];
                self.table(tables::ALL_SESSIONS_ENDED).push(row);
                if let Some(Rider::NewPassword(phc)) = rider {
                    self.latest.new_passwords.insert(user, phc.clone());
                } else {
                    debug_assert!(false, "a new password has a hash");
                }
            }
        }
    }

    fn profile_back(&mut self, user: UserId, at: UnixMillis, rider: Option<&Rider>) {
        let Some(Rider::Name(name)) = rider else {
            debug_assert!(false, "who comes back has a name");
            return;
        };
        // Where it has not gone yet, it stays.
        if self.latest.profiles.remove(&user).is_none() {
            self.latest.profiles.insert(user, Profile::Back(name.clone(), at));
        }
    }

    fn session_ended(&mut self, session: SessionId, at: UnixMillis, void_until: UnixMillis) {
        let row = [text(&session), Cell::Int(at.0), Cell::Int(void_until.0)];
        self.table(tables::SESSIONS_ENDED).push(row);
    }

    /// Puts the last word on each row into its table.
    pub(super) fn write_latest(&mut self) {
        let latest = std::mem::take(&mut self.latest);
        for (id, product) in latest.products {
            self.table(tables::PRODUCTS_CHANGED).push([
                Cell::Int(id.get()),
                Cell::Text(product.name),
                Cell::Text(product.description),
                Cell::Int(product.price.minor()),
                Cell::Text(product.image_url),
                Cell::Text(product.category),
            ]);
        }
        for (session, (generation, at)) in latest.renewed {
            let row = [text(&session), Cell::Int(i64::from(generation)), Cell::Int(at.0)];
            self.table(tables::SESSIONS_RENEWED).push(row);
        }
        for (user, (epoch, until)) in latest.epochs {
            let row = [Cell::Int(user.get()), Cell::Int(i64::from(epoch)), Cell::Int(until.0)];
            self.table(tables::EPOCHS).push(row);
        }
        for (user, at) in latest.withdrawn {
            let at = at.map_or(Cell::Null, |at| Cell::Int(at.0));
            self.table(tables::WITHDRAWALS).push([Cell::Int(user.get()), at]);
        }
        for (user, role) in latest.roles {
            self.table(tables::ROLES).push([Cell::Int(user.get()), Cell::Static(role.name())]);
        }
        for (user, RenewedHash { from, to }) in latest.passwords {
            let row = [Cell::Int(user.get()), Cell::Text(to.into()), Cell::Text(from.into())];
            self.table(tables::PASSWORDS).push(row);
        }
        for (user, phc) in latest.new_passwords {
            self.table(tables::NEW_PASSWORDS).push([Cell::Int(user.get()), Cell::Text(phc.into())]);
        }
        for (user, profile) in latest.profiles {
            let user = Cell::Int(user.get());
            match profile {
                Profile::Kept(at) => {
                    self.table(tables::PROFILES_KEPT).push([user.clone(), Cell::Int(at.0)]);
                    self.table(tables::PROFILES_REMOVED).push([user]);
                }
                Profile::Back(name, at) => {
                    let row = [user.clone(), Cell::Int(at.0), Cell::Text(name.into())];
                    self.table(tables::PROFILES_RESTORED).push(row);
                    self.table(tables::KEPT_PROFILES_REMOVED).push([user]);
                }
            }
        }
    }
}

fn text(id: &impl std::fmt::Display) -> Cell {
    Cell::Text(id.to_string().into())
}
