//! Rows that several facts of one transaction may change one after the other: each is written
//! once, as the last of them leaves it.

use std::collections::BTreeMap;

use hotdeal_domain::{AccountFact, Product, ProductId, Role, SessionId, UnixMillis, UserId};

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
    /// The name and since when; `None` when the profile goes.
    profiles: BTreeMap<UserId, Option<(String, UnixMillis)>>,
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
                self.latest.profiles.insert(user, None);
                let row = [Cell::Int(user.get()), Cell::Int(at.0), Cell::Int(void_until.0)];
                self.table(tables::ALL_SESSIONS_ENDED).push(row);
                self.subscriptions_end(user);
            }
            AccountFact::Restored { at, .. } => {
                self.latest.withdrawn.insert(user, None);
                if let Some(Rider::Name(name)) = rider {
                    self.latest.profiles.insert(user, Some((name.clone(), *at)));
                } else {
                    debug_assert!(false, "who comes back has a name");
                }
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
            match profile {
                None => self.table(tables::PROFILES_REMOVED).push([Cell::Int(user.get())]),
                Some((name, at)) => self.table(tables::PROFILES_RESTORED).push([
                    Cell::Int(user.get()),
                    Cell::Int(at.0),
                    Cell::Text(name.into()),
                ]),
            }
        }
    }
}

fn text(id: &impl std::fmt::Display) -> Cell {
    Cell::Text(id.to_string().into())
}
