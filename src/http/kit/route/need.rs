//! Who may call.

use hotdeal_actors::account::Role;

/// Who may call a route. Every route has to name its need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Anyone, logged in or not.
    Anyone,
    /// Anyone with an account, including the server of a partner.
    Account,
    /// Any person with an account.
    User,
    /// A seller, for their own shop; an admin.
    Seller,
    /// An admin.
    Admin,
}

impl Need {
    /// Whether a caller with this role may call.
    pub(crate) const fn admits(self, role: Role) -> bool {
        match (self, role) {
            (Self::Anyone | Self::Account, _) | (_, Role::Admin) => true,
            (Self::User, Role::User | Role::Seller | Role::Counsellor)
            | (Self::Seller, Role::Seller) => true,
            // A partner's server signs its calls; it has no use for a person's routes.
            (Self::User, Role::Partner) => false,
            (Self::Seller, Role::User | Role::Counsellor | Role::Partner) => false,
            (Self::Admin, Role::User | Role::Seller | Role::Counsellor | Role::Partner) => false,
        }
    }
}
