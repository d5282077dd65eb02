//! The actor that owns one account.

use std::sync::Arc;

use actix::prelude::*;
use hotdeal_domain::admins::AdminFact;
use hotdeal_domain::notice::Subscriptions;
use hotdeal_domain::{
    AccountFact, Fact, Renewal, Role, Session, SessionId, Sessions, StreamId, TokenId, UnixMillis,
    UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::{RenewedHash, SessionView};
use crate::directory::{Directory, Halt, Observe, Owner};
use crate::error::AskError;
use crate::ledger::{Activation, Rider, Work};
use crate::mailbox::Sent;
use crate::meter::Meter;
use crate::mutant::{self, Mutant};
use crate::revocations::Revocations;
use crate::roles::admin_part;
use crate::shell::{Ask, Deed, Shell};
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

/// What is counted of the admins, by the activation of their stream.
pub(crate) type Counted = (Arc<Activation>, AdminFact);

/// An ask, with those who have to hear at once what it made void.
pub(crate) struct Heard {
    pub(crate) ask: AccountAsk,
    /// What is written with it, if it is done.
    pub(crate) counted: Option<Counted>,
    pub(crate) revocations: Arc<Revocations>,
}

/// What an ask comes to.
enum Step {
    Write(AccountFact, Option<Rider>),
    Answer(AccountAnswer),
}

/// The owner of one account.
pub(crate) struct UserActor {
    pub(super) shell: Shell,
    user: UserId,
    pub(super) sessions: Sessions,
    pub(super) subscriptions: Subscriptions,
}

impl UserActor {
    pub(super) fn publish(&self) {
        let counts = [self.sessions.open(), self.subscriptions.products().len()];
        self.shell.meter.publish(counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }

    fn state(&self) -> serde_json::Value {
        json!({
            "sessions": self.sessions.open(),
            "subscriptions": self.subscriptions.products().len(),
            "epoch": self.sessions.epoch(),
            "withdrawn": self.sessions.withdrawn_at().is_some(),
        })
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
            return Ok(Step::Write(fact, renewed.map(Rider::Password)));
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
            Some(fact) => return Ok(Step::Write(fact, Some(Rider::Name(name)))),
            None => return Ok(Step::Answer(AccountAnswer::Done)),
        },
        AccountAsk::SetRole { role, by, void_until } => {
            sessions.decide_role(role, by, counted, now, void_until)?
        }
        AccountAsk::ResetPassword { password_phc, void_until } => {
            let fact = sessions.decide_password_reset(now, void_until)?;
            return Ok(Step::Write(fact, Some(Rider::NewPassword(password_phc))));
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

impl Actor for UserActor {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.publish();
    }
}

impl Handler<Ask<Heard, AccountAnswer>> for UserActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<Heard, AccountAnswer>, _: &mut Self::Context) {
        let Self { shell, user, sessions, subscriptions } = self;
        let user = *user;
        shell.turn(ask, |shell, ask, now| {
            let Heard { ask: mut asked, counted, revocations } = ask.body;
            asked.outlast(shell.activation.recorded_at, now);
            let count = counted.as_ref().map(|(_, fact)| *fact);
            let (fact, rider) = match decide(sessions, asked, count, now) {
                Err(refusal) => return shell.refuse(refusal, ask.reply),
                Ok(Step::Answer(known)) => return shell.confirm(known, ask.key, now, ask.reply),
                Ok(Step::Write(fact, rider)) => (fact, rider),
            };
            let place = match shell.place() {
                Ok(place) => place,
                Err(busy) => return drop(ask.reply.send(Err(busy))),
            };
            sessions.apply(&fact);
            if sessions.withdrawn_at().is_some() {
                subscriptions.end_all();
            }
            let answer = answer(sessions, &fact);
            let part = shell.part(Fact::Account(fact.clone()), rider);
            let (key, reply) = (ask.key, ask.reply);
            let counted = counted.filter(|_| !mutant::is_on(Mutant::AdminsNotCounted));
            let work = match counted {
                None => Work::Fact(part),
                Some((activation, fact)) => Work::Facts(vec![part, admin_part(activation, fact)]),
            };
            let deed = Deed { work, answer, key, at: now, reply };
            shell.write(place, deed, move |outcome| revocations.learn(user, &fact, outcome));
        });
        self.publish();
    }
}

impl<M: Message> Handler<Sent<M>> for UserActor
where
    Self: Handler<M>,
{
    type Result = ();

    fn handle(&mut self, sent: Sent<M>, ctx: &mut Self::Context) {
        sent.handled_by(self, ctx);
    }
}

impl Handler<Halt> for UserActor {
    type Result = ();

    fn handle(&mut self, _: Halt, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Handler<Observe> for UserActor {
    type Result = Result<serde_json::Value, AskError>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        Ok(self.state())
    }
}

impl Owner for UserActor {
    const KIND: &'static str = "user";
    const GAUGES: &'static [&'static str] = &["sessions", "subscriptions"];
    const MISSING: AskError = AskError::NoSuchUser;
    type Key = UserId;
    type Card = ();

    fn stream(key: UserId) -> StreamId {
        StreamId::User(key)
    }

    async fn exists(storage: &Storage, key: UserId) -> Result<bool, AskError> {
        storage.has_account(key).await
    }

    async fn rebuild(
        directory: &Directory<Self>,
        key: UserId,
        activation: Arc<Activation>,
        meter: Arc<Meter>,
    ) -> Result<(Self, Arc<()>), AskError> {
        let sessions = directory.storage().sessions(key).await?.ok_or(CORRUPT)?;
        let subscriptions = directory.storage().subscriptions(key).await?;
        let revocations = directory.ledger().revocations();
        if revocations.is_doubtful() {
            // Its epoch is new: what was unknown of this account is decided now.
            directory.storage().read_revocations_of(key, revocations).await?;
        }
        let shell = Shell::new(activation, directory.ledger().clone(), meter);
        Ok((Self { shell, user: key, sessions, subscriptions }, Arc::new(())))
    }
}
