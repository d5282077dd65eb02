//! The actor that owns one account.

use std::sync::Arc;

use hotdeal_domain::account::admins::AdminFact;
use hotdeal_domain::account::{AccountFact, Renewal, Session, SessionId, Sessions};
use hotdeal_domain::notice::Subscriptions;
use hotdeal_domain::stream::UserStream;
use hotdeal_domain::{UnixMillis, UserFact, UserId};
use serde_json::json;

use crate::account::AccountError;
use crate::account::SessionView;
use crate::account::messages::{AccountAnswer, AccountRequest, CountedRequest};
use crate::account::recent::AccountCaches;
use crate::account::rows::PrivateAccount;
use crate::error::RequestError;
use crate::host::directory::{Directory, Handles, Owner, OwnerContext};
use crate::host::shell::{Apply, Decision, Envelope, Memory, Shell};
use crate::ledger::{Ledger, Owned, WriteError};
use crate::meter::Meter;
use crate::mutant::{self, Mutant};
use crate::storage::{CORRUPT, Storage};

/// What a request comes to.
enum Step {
    Write(AccountFact, Option<PrivateAccount>),
    Answer(AccountAnswer),
}

/// The owner of one account.
pub(crate) struct UserActor {
    pub(crate) shell: Shell<UserStream>,
    ledger: Ledger,
    pub(crate) person: Memory<Person>,
}

/// What is known of one person.
pub(crate) struct Person {
    pub(crate) sessions: Sessions,
    pub(crate) subscriptions: Subscriptions,
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
    pub(crate) fn publish(&self) {
        let Person { sessions, subscriptions } = &*self.person;
        let counts = [sessions.open(), subscriptions.products().len()];
        self.shell.meter.publish(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }
}

/// The step a request comes to; changes nothing.
fn decide(
    sessions: &Sessions,
    request: AccountRequest,
    counted: Option<AdminFact>,
    now: UnixMillis,
) -> Result<Step, AccountError> {
    let fact = match request {
        AccountRequest::Open { session, renewed, ends_at, void_until } => {
            let fact = sessions.decide_open(session, now, ends_at, void_until)?;
            return Ok(Step::Write(fact, renewed.map(PrivateAccount::Password)));
        }
        AccountRequest::Renew { session, generation, void_until } => {
            match sessions.decide_renewal(session, generation, now, void_until)? {
                Renewal::Renew(fact) | Renewal::Revoke(fact) => fact,
                Renewal::Again(known) => {
                    let view = view(session, known, sessions.epoch());
                    return Ok(Step::Answer(AccountAnswer::Session(view)));
                }
            }
        }
        AccountRequest::LogOut { token, session, void_until } => {
            sessions.decide_log_out(token, session, now, void_until)
        }
        AccountRequest::Withdraw { void_until } => sessions.decide_withdrawal(now, void_until)?,
        AccountRequest::Restore { by, name } => {
            match sessions.decide_restoration(by, counted, now)? {
                Some(fact) => return Ok(Step::Write(fact, Some(PrivateAccount::Name(name)))),
                None => return Ok(Step::Answer(AccountAnswer::Done)),
            }
        }
        AccountRequest::SetRole { role, by, void_until } => {
            sessions.decide_role(role, by, counted, now, void_until)?
        }
        AccountRequest::ResetPassword { password_phc, void_until } => {
            let fact = sessions.decide_password_reset(now, void_until)?;
            return Ok(Step::Write(fact, Some(PrivateAccount::NewPassword(password_phc))));
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

impl Handles<Envelope<CountedRequest>> for UserActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<CountedRequest>, _: &mut OwnerContext<Self>) {
        let Self { shell, ledger, person } = self;
        shell.turn(envelope, |shell, CountedRequest { mut request, counted }, caller, now| {
            request.outlast(shell.activation.recorded_at, now);
            let count = counted.as_ref().map(|(_, fact)| *fact);
            let (fact, private) = match decide(&person.sessions, request, count, now) {
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
    type Key = UserId;
    type Stream = UserStream;
    type Card = ();
    type Node = AccountCaches;

    fn key(number: i64) -> Option<UserId> {
        number.try_into().ok()
    }

    async fn exists(storage: &Storage, key: UserId) -> Result<bool, RequestError> {
        storage.has_account(key).await
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: UserId,
        activation: Owned<UserStream>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), RequestError> {
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
