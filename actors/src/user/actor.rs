//! The actor that owns one account.

use std::sync::Arc;

use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::account::{AccountFact, Renewal, Role, Session, SessionId, Sessions, TokenId};
use hotdeal_domain::notice::Subscriptions;
use hotdeal_domain::stream::{Admins, Users};
use hotdeal_domain::{UnixMillis, UserFact, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::recent::AccountCaches;
use crate::account::rows::Private;
use crate::api::{RenewedHash, SessionView};
use crate::directory::{Directory, Handles, Owner, OwnerContext};
use crate::error::AskError;
use crate::ledger::{Ledger, Owned, Tenure, WriteError};
use crate::meter::Meter;
use crate::mutant::{self, Mutant};
use crate::shell::{Apply, Decision, Memory, Request, Shell};
use crate::storage::{CORRUPT, Storage};

/// What an account's actor is asked. `void_until`: when the last access token made so far expires.
pub(crate) enum AccountAsk {
    /// Log in. Answers the session.
    Open {
        session: SessionId,
        renewed: Option<RenewedHash>,
        ends_at: UnixMillis,
        void_until: UnixMillis,
    },
    /// Use a refresh token. Answers the session, or that it was used before.
    Renew { session: SessionId, generation: u32, void_until: UnixMillis },
    /// Log out.
    LogOut { token: TokenId, session: Option<SessionId>, void_until: UnixMillis },
    /// Withdraw the account.
    Withdraw { void_until: UnixMillis },
    /// Bring the account back, under this name; of one that stands nothing changes.
    Restore { by: UserId, name: String },
    /// Give the account another role.
    SetRole { role: Role, by: UserId, void_until: UnixMillis },
    /// Give the account another password.
    ResetPassword { password_phc: String, void_until: UnixMillis },
}

impl AccountAsk {
    /// What is made void stays so for longer where the account's stream is ahead of the time: tokens
    /// were made then, and who asks may know of no such time, because it was set back before the start.
    fn outlast(&mut self, recorded_at: UnixMillis, now: UnixMillis) {
        let (Self::Open { void_until, .. }
        | Self::Renew { void_until, .. }
        | Self::LogOut { void_until, .. }
        | Self::Withdraw { void_until }
        | Self::SetRole { void_until, .. }
        | Self::ResetPassword { void_until, .. }) = self
        else {
            return;
        };
        *void_until = void_until.plus((recorded_at.0 - now.0).max(0));
    }
}

/// What it answers, once that is durable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum AccountAnswer {
    /// The session as it is now.
    Session(SessionView),
    /// The refresh token had been used: the session has ended.
    Reused,
    /// It is done.
    Done,
}

/// What is counted of the admins, by the owner of their stream.
pub(crate) type Counted = (Tenure<Admins>, AdminFact);

/// An ask, with what is counted if it is done.
pub(crate) struct CountedAsk {
    pub(crate) ask: AccountAsk,
    pub(crate) counted: Option<Counted>,
}

/// What an ask comes to.
enum Step {
    Write(AccountFact, Option<Private>),
    Answer(AccountAnswer),
}

/// The owner of one account.
pub(crate) struct UserActor {
    pub(super) shell: Shell<Users>,
    ledger: Ledger,
    pub(super) person: Memory<Person>,
}

/// What is known of one person.
pub(super) struct Person {
    pub(super) sessions: Sessions,
    pub(super) subscriptions: Subscriptions,
}

impl Apply<UserFact> for Person {
    fn apply(&mut self, fact: &UserFact) {
        match fact {
            // The first of the stream.
            UserFact::AccountOpened(_) => {}
            UserFact::Account(fact) => {
                self.sessions.apply(fact);
                if self.sessions.withdrawn_at().is_some() {
                    self.subscriptions.end_all();
                }
            }
            UserFact::Follow(fact) => self.subscriptions.apply(fact),
        }
    }
}

impl UserActor {
    pub(super) fn publish(&self) {
        let Person { sessions, subscriptions } = &*self.person;
        let counts = [sessions.open(), subscriptions.products().len()];
        self.shell.meter.publish(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }
}

/// The step an ask comes to; changes nothing.
fn decide(
    sessions: &Sessions,
    ask: AccountAsk,
    counted: Option<AdminFact>,
    now: UnixMillis,
) -> Result<Step, AskError> {
    let fact = match ask {
        AccountAsk::Open { session, renewed, ends_at, void_until } => {
            let fact = sessions.decide_open(session, now, ends_at, void_until)?;
            return Ok(Step::Write(fact, renewed.map(Private::Password)));
        }
        AccountAsk::Renew { session, generation, void_until } => {
            match sessions.decide_renewal(session, generation, now, void_until)? {
                Renewal::Renew(fact) | Renewal::Revoke(fact) => fact,
                Renewal::Again(known) => {
                    let view = view(session, known, sessions.epoch());
                    return Ok(Step::Answer(AccountAnswer::Session(view)));
                }
            }
        }
        AccountAsk::LogOut { token, session, void_until } => {
            sessions.decide_log_out(token, session, now, void_until)
        }
        AccountAsk::Withdraw { void_until } => sessions.decide_withdrawal(now, void_until)?,
        AccountAsk::Restore { by, name } => match sessions.decide_restoration(by, counted, now)? {
            Some(fact) => return Ok(Step::Write(fact, Some(Private::Name(name)))),
            None => return Ok(Step::Answer(AccountAnswer::Done)),
        },
        AccountAsk::SetRole { role, by, void_until } => {
            sessions.decide_role(role, by, counted, now, void_until)?
        }
        AccountAsk::ResetPassword { password_phc, void_until } => {
            let fact = sessions.decide_password_reset(now, void_until)?;
            return Ok(Step::Write(fact, Some(Private::NewPassword(password_phc))));
        }
    };
    Ok(Step::Write(fact, None))
}

/// The answer to a fact that has been applied.
fn answer(sessions: &Sessions, fact: &AccountFact) -> AccountAnswer {
    match fact {
        AccountFact::SessionOpened { session, .. }
        | AccountFact::SessionRenewed { session, .. } => match sessions.session(*session) {
            Some(known) => AccountAnswer::Session(view(*session, known, sessions.epoch())),
            None => AccountAnswer::Reused,
        },
        AccountFact::SessionRevoked { .. } => AccountAnswer::Reused,
        AccountFact::LoggedOut { .. }
        | AccountFact::Withdrawn { .. }
        | AccountFact::Restored { .. }
        | AccountFact::PasswordReset { .. }
        | AccountFact::RoleSet { .. } => AccountAnswer::Done,
    }
}

fn view(session: SessionId, known: Session, epoch: u32) -> SessionView {
    let Session { generation, renewed_at, ends_at } = known;
    SessionView { session, generation, renewed_at, ends_at, epoch }
}

impl Handles<Request<CountedAsk, AccountAnswer>> for UserActor {
    type Result = ();

    fn handle(&mut self, request: Request<CountedAsk, AccountAnswer>, _: &mut OwnerContext<Self>) {
        let Self { shell, ledger, person } = self;
        shell.turn(request, |shell, CountedAsk { ask: mut asked, counted }, caller, now| {
            asked.outlast(shell.activation.recorded_at, now);
            let count = counted.as_ref().map(|(_, fact)| *fact);
            let (fact, private) = match decide(&person.sessions, asked, count, now) {
                Err(refusal) => return shell.refuse(refusal, caller),
                Ok(Step::Answer(known)) => return shell.confirm(known, caller, now),
                Ok(Step::Write(fact, private)) => (fact, private),
            };
            let counted = counted.filter(|_| !mutant::is_on(Mutant::AdminsNotCounted));
            let counted = counted.map(|(admins, fact)| Ok(ledger.owner(admins)?.part(fact)));
            let counted = match counted.transpose() {
                Err(error) => return shell.refuse(WriteError::into(error), caller),
                Ok(counted) => counted,
            };
            let decision =
                Decision::of(UserFact::Account(fact.clone())).with_private(private).beside(counted);
            shell
                .carry_out(decision, person, caller, now, |person| answer(&person.sessions, &fact));
        });
        self.publish();
    }
}

impl Owner for UserActor {
    const KIND: &'static str = "user";
    const GAUGES: &'static [&'static str] = &["sessions", "subscriptions"];
    const MISSING: AskError = AskError::NoSuchUser;
    type Key = UserId;
    type Stream = Users;
    type Card = ();
    type Node = AccountCaches;

    async fn exists(storage: &Storage, key: UserId) -> Result<bool, AskError> {
        storage.has_account(key).await
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: UserId,
        activation: Owned<Users>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), AskError> {
        let sessions = directory.storage().sessions(key).await?.ok_or(CORRUPT)?;
        let subscriptions = directory.storage().subscriptions(key).await?;
        let caches = directory.node().clone();
        if caches.revocations.is_doubtful() {
            // Its epoch is new: what was unknown of this account is decided now.
            directory.storage().read_revocations_of(key, &caches.revocations).await?;
        }
        activation.on_known(move |fact, known| {
            if let UserFact::Account(fact) = fact {
                caches.learn(key, fact, known);
            }
        });
        let shell = Shell::new(activation, directory.ledger().clone(), meter);
        let person = Memory::new(Person { sessions, subscriptions });
        let ledger = directory.ledger().clone();
        Ok((Self { shell, ledger, person }, Arc::new(())))
    }

    fn state(&self) -> serde_json::Value {
        let Person { sessions, subscriptions } = &*self.person;
        json!({
            "sessions": sessions.open(),
            "subscriptions": subscriptions.products().len(),
            "epoch": sessions.epoch(),
            "withdrawn": sessions.withdrawn_at().is_some(),
        })
    }

    fn started(&mut self, _: &mut OwnerContext<Self>) {
        self.publish();
    }
}
