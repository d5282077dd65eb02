//! Which parts the site has, for whom each is, and the menu that leads to them.

use super::look::Look;

/// For whom a page is. Each has a menu and a style of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Shoppers and visitors.
    Shop,
    /// Who sells in a shop.
    Console,
    /// Admins.
    Admin,
}

/// The part of the site that a page belongs to: where the menu says one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Deals,
    Orders,
    Coupons,
    Shops,
    Notices,
    Account,
    /// Of a shop's console.
    Board,
    ShopOrders,
    /// Of the admins' pages.
    Overview,
    Actors,
    Users,
    Log,
    None,
}

impl Part {
    pub(crate) const fn frame(self) -> Frame {
        match self {
            Self::Deals
            | Self::Orders
            | Self::Coupons
            | Self::Shops
            | Self::Notices
            | Self::Account
            | Self::None => Frame::Shop,
            Self::Board | Self::ShopOrders => Frame::Console,
            Self::Overview | Self::Actors | Self::Users | Self::Log => Frame::Admin,
        }
    }
}

impl Frame {
    /// The class of the page's body: which style it has.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Console => "console",
            Self::Admin => "admin",
        }
    }
}

/// A place in the menu.
pub(crate) struct Entry {
    /// Whether the page belongs to it.
    pub(crate) is_here: bool,
    pub(crate) address: String,
    pub(crate) text: &'static str,
}

/// The menu of the people whom the page is for. From the shop front it leads a seller to the console, and an admin
/// to the admins' pages.
pub(super) fn of(look: &Look) -> Vec<Entry> {
    let words = look.words;
    let entry = |part, address: &str, text| Entry {
        is_here: look.is_at(part),
        address: address.to_owned(),
        text,
    };
    let of_shop = |part, address, text| Entry {
        is_here: look.is_at(part),
        address: format!("{address}{}", look.shop_query),
        text,
    };
    match look.part.frame() {
        Frame::Shop => {
            let mut menu = vec![
                entry(Part::Deals, "/", words.deals()),
                entry(Part::Orders, "/orders", words.my_orders()),
                entry(Part::Coupons, "/coupons", words.coupons()),
                entry(Part::Shops, "/shops", words.shops()),
            ];
            if look.runs_a_shop() {
                menu.push(entry(Part::Board, "/console/", words.console()));
            }
            if look.is_admin() {
                menu.push(entry(Part::Overview, "/admin/", words.admin()));
            }
            menu
        }
        Frame::Console => vec![
            of_shop(Part::Board, "/console/", words.order_board()),
            of_shop(Part::ShopOrders, "/console/orders", words.orders()),
        ],
        Frame::Admin => vec![
            entry(Part::Overview, "/admin/", words.overview()),
            entry(Part::Actors, "/admin/actors", words.actors()),
            entry(Part::Users, "/admin/users", words.users()),
            entry(Part::Log, "/admin/log", words.log()),
        ],
    }
}
