//! Accounts and shops: what is left by callers who hang up.

use std::time::Duration;

use hotdeal_domain::{Currency, UserId};

use super::hung_up_at;
use super::world::{World, world};
use crate::account::AccountError;
use crate::account::{Account, OpenAccount, Role, SetRole};
use crate::clock;
use crate::host::shell::Outcome;
use crate::shop::OpenShop;
use crate::shop::ShopError;

impl World {
    async fn account(
        &self,
        name: &str,
        role: Role,
        key: Option<&str>,
    ) -> Outcome<Account, AccountError> {
        let request = OpenAccount {
            email: format!("{name}@example.kr"),
            name: name.to_owned(),
            password_phc: "x".into(),
            role,
        };
        self.mall.accounts().open_account(request, key.map(|key| self.claim("signUp", key))).await
    }

    async fn opened(&self, name: &str, role: Role) -> UserId {
        self.account(name, role, None).await.expect("opened").value.user
    }

    async fn role_of(&self, user: UserId) -> Role {
        self.mall.accounts().account(user).await.expect("read").expect("an account").role
    }

    async fn set_role(&self, user: UserId, role: Role, key: &str) -> Outcome<(), AccountError> {
        let request = SetRole { user, role, by: self.buyer, void_until: clock::now() };
        self.mall.accounts().set_role(request, Some(self.claim("setRole", key))).await
    }

    async fn open_shop(
        &self,
        owner: UserId,
        name: &str,
    ) -> Outcome<hotdeal_domain::shop::ShopProfile, ShopError> {
        let (currency, void_until) = (Currency::Krw, clock::now());
        let request = OpenShop { owner, name: name.to_owned(), currency, by: owner, void_until };
        self.mall.shops().open_shop(request, Some(self.claim("openShop", name))).await
    }

    async fn shops_of(&self, owner: UserId) -> i64 {
        let sql = "SELECT count(*) FROM shops WHERE owner_id = $1";
        let rows = self.mall.shared.host.storage.select(sql, [owner.get().into()]).await;
        rows.expect("read")[0].try_get_by_index(0).expect("a number")
    }
}

#[actix::test]
async fn at_every_point_of_opening_an_account() {
    let world = world().await;
    for moment in 0.. {
        let name = format!("somebody-{moment}");
        let asked = hung_up_at(moment, world.account(&name, Role::Admin, Some(&name))).await;
        let next = world.account(&name, Role::Admin, Some(&name)).await;
        let next = next.expect("the next one is served").value;
        let another = world.account(&name, Role::Admin, None).await;
        assert_eq!(another.err(), Some(AccountError::EmailTaken));
        world.is_as_before(moment).await;
        if let Some(asked) = asked {
            assert_eq!(asked.expect("opened").value, next);
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_opening_a_first_shop() {
    let world = world().await;
    for moment in 0.. {
        let name = format!("owner-{moment}");
        let owner = world.opened(&name, Role::User).await;
        let asked = hung_up_at(moment, world.open_shop(owner, &name)).await;
        let next = world.open_shop(owner, &name).await.expect("the next one is served").value;
        assert_eq!((world.role_of(owner).await, world.shops_of(owner).await), (Role::Seller, 1));
        world.is_as_before(moment).await;
        if let Some(asked) = asked {
            assert_eq!(asked.expect("opened").value, next);
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_giving_a_role() {
    let world = world().await;
    world.opened("admin", Role::Admin).await;
    let user = world.opened("somebody", Role::User).await;
    for moment in 0.. {
        // Each time the admins are counted.
        let role = if moment % 2 == 0 { Role::Admin } else { Role::User };
        let key = format!("key-{moment}");
        let asked = hung_up_at(moment, world.set_role(user, role, &key)).await;
        world.set_role(user, role, &key).await.expect("the next one is served");
        assert_eq!(world.role_of(user).await, role);
        world.is_as_before(moment).await;
        if let Some(asked) = asked {
            asked.expect("given");
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn at_every_point_of_restoring_an_account() {
    let world = world().await;
    let user = world.opened("somebody", Role::User).await;
    for moment in 0.. {
        world.mall.accounts().withdraw(user, clock::now(), None).await.expect("withdrawn");
        let key = format!("key-{moment}");
        let restore =
            || world.mall.accounts().restore(user, world.buyer, Some(world.claim("restore", &key)));
        let asked = hung_up_at(moment, restore()).await;
        restore().await.expect("the next one is served");
        assert_eq!(world.role_of(user).await, Role::User);
        world.is_as_before(moment).await;
        if let Some(asked) = asked {
            asked.expect("restored");
            break;
        }
    }
    world.is_sound().await;
}

#[actix::test]
async fn who_hangs_up_before_the_turn_to_change_a_role_leaves_nothing_behind() {
    let world = world().await;
    let user = world.opened("somebody", Role::User).await;
    let turn = world.mall.accounts().role_turn.lock().await;
    let asked = world.set_role(user, Role::Counsellor, "key");
    let hung_up = tokio::time::timeout(Duration::from_millis(200), asked).await;
    assert!(hung_up.is_err(), "it waits for its turn");
    assert_eq!(world.mall.shared.host.keys.under_way(), 0, "keys of who has gone");
    drop(turn);
    world.is_sound().await;
}
