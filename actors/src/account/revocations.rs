//! Access tokens that must not open any door although they are signed and in time: those somebody
//! logged out with, those of a session that was ended, and those of an account that was withdrawn
//! or given another role.
//!
//! Every request asks here, so it is memory only: nothing but three lookups, and not even those
//! while nothing is void. The tables know the same and are read once at the start. What would
//! have expired anyway is forgotten, which bounds it by what ends within one token's lifetime.
//!
//! It learns of a fact when that is durable, before the answer to it leaves. After an outcome that is unknown
//! it is in doubt for ten minutes: the sweep reads the tables again and again, and so does whoever repeats a
//! kept answer or rebuilds an account's owner, before anything is answered. Open connections hear of what
//! became void by [`Revocations::listen`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use hotdeal_domain::account::{AccountFact, SessionId, TokenId};
use hotdeal_domain::{UnixMillis, UserId};
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::ledger::Known;
use crate::mutant::{self, Mutant};

/// News a listener may be behind: a second of a busy hour. Who is further behind is told so, and
/// looks at what it holds with [`Revocations::admits`].
const NEWS_MAX: usize = 1_024;

/// After an outcome is unknown, a server whose disk stalls may still commit: longer than any does that
/// comes back at all.
const DOUBT: Duration = Duration::from_secs(600);
/// Between two looks into the tables meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// When the tables have to be read again.
#[derive(Debug, Default)]
struct Doubt {
    /// From this instant on.
    next: Option<Instant>,
    /// And again and again until this one.
    until: Option<Instant>,
}

/// What an access token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Whose it is.
    pub user: UserId,
    /// Its own number.
    pub token: TokenId,
    /// The session it came from; a token made elsewhere has none.
    pub session: Option<SessionId>,
    /// The account's session epoch when it was made.
    pub epoch: u32,
}

/// Something that became void, for those who keep connections open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// One access token.
    Token(TokenId),
    /// Every access token of a session.
    Session(SessionId),
    /// Every access token of an account of an epoch before this one.
    Account(UserId, u32),
    /// Perhaps something: ask [`Revocations::admits`] again for each open connection.
    Unknown,
}

/// What is void, with the instant from which that need not be remembered. All of it as of the
/// last commit.
#[derive(Debug)]
pub struct Revocations {
    tokens: papaya::HashMap<TokenId, i64, RandomState>,
    sessions: papaya::HashMap<SessionId, i64, RandomState>,
    accounts: papaya::HashMap<UserId, (u32, i64), RandomState>,
    /// Something was put in once: until then nothing has to be looked up.
    any: AtomicBool,
    doubt: Mutex<Doubt>,
    news: broadcast::Sender<Revocation>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self {
            tokens: papaya::HashMap::with_hasher(RandomState::default()),
            sessions: papaya::HashMap::with_hasher(RandomState::default()),
            accounts: papaya::HashMap::with_hasher(RandomState::default()),
            any: AtomicBool::new(false),
            doubt: Mutex::default(),
            news: broadcast::channel(NEWS_MAX).0,
        }
    }
}

impl Revocations {
    /// Whether a token that is signed and in time still opens doors.
    pub fn admits(&self, pass: &Pass) -> bool {
        if !self.any.load(Ordering::Acquire) {
            return true;
        }
        let is_of_void_session =
            || pass.session.is_some_and(|session| self.sessions.pin().contains_key(&session));
        let is_of_void_epoch =
            || self.accounts.pin().get(&pass.user).is_some_and(|(epoch, _)| pass.epoch < *epoch);
        !(self.tokens.pin().contains_key(&pass.token) || is_of_void_session() || is_of_void_epoch())
    }

    /// News from now on. A receiver that has missed some must look at what it holds anew.
    pub fn listen(&self) -> broadcast::Receiver<Revocation> {
        self.news.subscribe()
    }

    /// How much is remembered.
    pub fn remembered(&self) -> usize {
        self.tokens.len() + self.sessions.len() + self.accounts.len()
    }

    /// Learns of a fact.
    pub(crate) fn learn(&self, user: UserId, fact: &AccountFact, known: Known) {
        match known {
            Known::Durable => self.learn_durable(user, fact),
            Known::Perhaps => self.begin_doubt(),
        }
    }

    fn learn_durable(&self, user: UserId, fact: &AccountFact) {
        if mutant::is_on(Mutant::LogOutForgotten) {
            return;
        }
        match fact {
            AccountFact::SessionOpened { displaced, void_until, .. } => {
                if let Some(session) = displaced {
                    self.void_session(*session, *void_until);
                }
            }
            AccountFact::SessionRevoked { session, void_until, .. } => {
                self.void_session(*session, *void_until);
            }
            AccountFact::LoggedOut { token, session, void_until, .. } => {
                self.void_token(*token, *void_until);
                if let Some(session) = session {
                    self.void_session(*session, *void_until);
                }
            }
            AccountFact::PasswordChanged { ended, void_until, .. } => {
                for session in ended {
                    self.void_session(*session, *void_until);
                }
            }
            AccountFact::Withdrawn { epoch, void_until, .. }
            | AccountFact::PasswordReset { epoch, void_until, .. }
            | AccountFact::RoleSet { epoch, void_until, .. } => {
                self.void_account(user, *epoch, *void_until);
            }
            AccountFact::SessionRenewed { .. } | AccountFact::Restored { .. } => {}
        }
    }

    pub(crate) fn void_token(&self, token: TokenId, until: UnixMillis) {
        self.tokens.pin().insert(token, until.0);
        self.tell(Revocation::Token(token));
    }

    pub(crate) fn void_session(&self, session: SessionId, until: UnixMillis) {
        self.sessions.pin().insert(session, until.0);
        self.tell(Revocation::Session(session));
    }

    pub(crate) fn void_account(&self, user: UserId, epoch: u32, until: UnixMillis) {
        let void = (epoch, until.0);
        self.accounts.pin().update_or_insert(
            user,
            |known| (known.0.max(void.0), known.1.max(void.1)),
            void,
        );
        self.tell(Revocation::Account(user, epoch));
    }

    fn tell(&self, news: Revocation) {
        self.any.store(true, Ordering::Release);
        // Nobody may be listening.
        _ = self.news.send(news);
    }

    /// Something may become void in the tables of which nobody will tell.
    pub(crate) fn begin_doubt(&self) {
        let now = Instant::now();
        *self.doubt.lock() = Doubt { next: Some(now), until: now.checked_add(DOUBT) };
    }

    /// Whether the tables have to be read again; the caller does so.
    pub(crate) fn take_doubt(&self, now: Instant) -> bool {
        let mut doubt = self.doubt.lock();
        if doubt.next.take_if(|next| *next <= now).is_none() {
            return false;
        }
        if doubt.until.is_some_and(|until| now < until) {
            doubt.next = now.checked_add(LOOK_EVERY);
        }
        true
    }

    /// Whether something may be void in the tables of which nobody has heard here.
    pub(crate) fn is_doubtful(&self) -> bool {
        let doubt = self.doubt.lock();
        doubt.next.is_some() || doubt.until.is_some_and(|until| Instant::now() < until)
    }

    /// The tables could not be read: the doubt stays.
    pub(crate) fn still_doubtful(&self) {
        self.doubt.lock().next = Some(Instant::now());
    }

    /// Everything in the tables is known here again.
    pub(crate) fn has_read_again(&self) {
        self.tell(Revocation::Unknown);
    }

    /// Forgets what has expired by itself.
    pub(crate) fn sweep(&self, now: UnixMillis) {
        self.tokens.pin().retain(|_, until| *until > now.0);
        self.sessions.pin().retain(|_, until| *until > now.0);
        self.accounts.pin().retain(|_, (_, until)| *until > now.0);
    }
}

#[cfg(test)]
mod tests {
    use crate::account::revocations::*;

    const UNTIL: UnixMillis = UnixMillis(1_000);

    fn pass(user: i64, token: u128, session: u128, epoch: u32) -> Pass {
        let session = (session > 0).then_some(SessionId(session));
        let user = UserId::try_from(user).expect("an id");
        Pass { user, token: TokenId(token), session, epoch }
    }

    #[test]
    fn each_way_to_be_void_closes_the_door_for_those_it_names() {
        let revocations = Revocations::default();
        let mut news = revocations.listen();
        assert!(revocations.admits(&pass(1, 1, 1, 0)));
        revocations.void_token(TokenId(5), UNTIL);
        revocations.void_session(SessionId(6), UNTIL);
        revocations.void_account(UserId::try_from(7).expect("an id"), 3, UNTIL);
        revocations.void_account(UserId::try_from(7).expect("an id"), 2, UNTIL);
        for (user, token, session, epoch, opens) in [
            (1, 1, 1, 0, true),
            (1, 5, 1, 0, false),
            (1, 1, 6, 0, false),
            (1, 1, 0, 0, true),
            (7, 1, 1, 2, false),
            (7, 1, 0, 0, false),
            (7, 1, 1, 3, true),
            (7, 1, 1, 4, true),
        ] {
            let pass = pass(user, token, session, epoch);
            assert_eq!(revocations.admits(&pass), opens, "{pass:?}");
        }
        assert_eq!(news.try_recv(), Ok(Revocation::Token(TokenId(5))));
        assert_eq!(news.try_recv(), Ok(Revocation::Session(SessionId(6))));
    }

    #[test]
    fn after_an_unknown_outcome_the_tables_are_read_at_once_and_until_the_end_of_the_doubt() {
        let revocations = Revocations::default();
        let fact = AccountFact::Restored { by: pass(1, 1, 1, 0).user, at: UNTIL };
        let (began, user) = (Instant::now(), pass(2, 1, 1, 0).user);
        assert!(!revocations.take_doubt(began + DOUBT), "nothing is in doubt yet");
        revocations.learn(user, &fact, Known::Perhaps);
        let now = Instant::now();
        assert!(revocations.take_doubt(now) && revocations.is_doubtful());
        assert!(!revocations.take_doubt(now), "it was read");
        assert!(revocations.take_doubt(now + LOOK_EVERY), "what was committed late");
        revocations.still_doubtful();
        assert!(revocations.take_doubt(now + LOOK_EVERY), "it could not be read");
        assert!(revocations.take_doubt(now + 2 * DOUBT), "and once more at the end");
        assert!(!revocations.take_doubt(now + 3 * DOUBT));
    }

    #[test]
    fn what_has_expired_is_forgotten() {
        let revocations = Revocations::default();
        revocations.void_token(TokenId(5), UNTIL);
        revocations.sweep(UnixMillis(999));
        assert_eq!(revocations.remembered(), 1);
        revocations.sweep(UNTIL);
        assert_eq!(revocations.remembered(), 0);
    }
}
