//! Named mutants: faults put in on purpose, one at a time, each of which a test must catch, or it
//! would prove nothing. `HOTDEAL_MUTANT` names the one to be. Compiled for tests only (feature
//! `faults`); without it every question is answered "no" at compile time.

/// Each mutant in one place: which promise it breaks, what it is called, and the name it is
/// switched on by.
macro_rules! mutants {
    ($($(#[$promise:meta])+ $mutant:ident = $name:literal,)+) => {
        /// A fault put in on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant {
            $($(#[$promise])+ $mutant,)+
        }

        impl Mutant {
            /// Every mutant.
            pub const ALL: &[Self] = &[$(Self::$mutant,)+];

            /// The name it is switched on by: `HOTDEAL_MUTANT=name`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$mutant => $name,)+
                }
            }
        }
    };
}

mutants! {
    /// What an order over several shops set aside stays so when the order comes to nothing.
    FailedHoldsStay = "failed-holds-stay",

    /// Half of all orders over several shops are refused although nothing stands in their way.
    WideOrdersRefused = "wide-orders-refused",

    /// A refusal leaves at once, although the facts it rests on may not be durable yet.
    NoBarrierBeforeRefusal = "no-barrier-before-refusal",

    /// Everybody is answered before the commit: what was acknowledged may be lost.
    AnswerBeforeCommit = "answer-before-commit",

    /// SQLite's log is not synced at all.
    SynchronousOff = "synchronous-off",

    /// SQLite's log is synced when it is folded, and not with each commit.
    SynchronousNormal = "synchronous-normal",

    /// Nobody looks at what became of the fold of SQLite's log.
    FoldUnseen = "fold-unseen",

    /// SQLite's log is folded and never cut.
    LogNotCut = "log-not-cut",

    /// What was read of late is not forgotten when it changes.
    StaleReads = "stale-reads",

    /// A cancelled order still counts as sold by its deal.
    CancelledIsSold = "cancelled-is-sold",

    /// Actors whose batch was not written go on with what they have applied.
    MemoryRunsAhead = "memory-runs-ahead",

    /// The ledger takes whatever comes, however much waits already.
    QueueWithoutBound = "queue-without-bound",

    /// Whoever comes is let in, however many are being served.
    NobodyTurnedAway = "nobody-turned-away",

    /// Answers are not kept under their keys.
    KeysNotKept = "keys-not-kept",

    /// Two requests under one key are decided beside each other.
    KeysNotClaimed = "keys-not-claimed",

    /// A key's answer is given to whatever is asked under it.
    KeysMatchAnything = "keys-match-anything",

    /// Every key's answer is old enough to be deleted.
    KeysPurgedEarly = "keys-purged-early",

    /// A token that was given up goes on opening doors.
    LogOutForgotten = "log-out-forgotten",

    /// What was given up before a start opens doors again after it.
    LogOutForgottenAtStart = "log-out-forgotten-at-start",

    /// Notice batches whose commit was in doubt are not made up for.
    DoubtfulNoticesLost = "doubtful-notices-lost",

    /// What PostgreSQL is sent in one call goes past the fence.
    NoFenceAtOnce = "no-fence-at-once",

    /// A step of the wall clock is followed as soon as it is seen.
    StepsFollowedAtOnce = "steps-followed-at-once",

    /// What was let go as past stays so where time was set back.
    FallsUnseen = "falls-unseen",

    /// What is kept for a time is thrown away by a time that may be taken back.
    PurgedTooSoon = "purged-too-soon",

    /// Times in the journal fall where time was set back.
    JournalTimesFall = "journal-times-fall",

    /// Whoever had the database once goes on as if it still had it.
    LeaseIgnored = "lease-ignored",

    /// Commands begin without the database's lock, also beside a server.
    CommandsWithoutLock = "commands-without-lock",

    /// Who becomes an admin, or ceases to be one, is not counted with that.
    AdminsNotCounted = "admins-not-counted",

    /// Slow reads are never given up.
    SlowReadsWithoutDeadline = "slow-reads-without-deadline",
}

/// Whether this process is the mutant.
#[cfg(feature = "faults")]
pub fn is_on(mutant: Mutant) -> bool {
    static ON: std::sync::LazyLock<Option<Mutant>> = std::sync::LazyLock::new(|| {
        let name = std::env::var("HOTDEAL_MUTANT").ok()?;
        let named = Mutant::ALL.iter().copied().find(|mutant| mutant.name() == name);
        // A test that misspells it would find nothing and call that a survivor.
        Some(named.unwrap_or_else(|| panic!("HOTDEAL_MUTANT: there is no `{name}`")))
    });
    *ON == Some(mutant)
}

/// Whether this process is the mutant: never.
#[cfg(not(feature = "faults"))]
pub const fn is_on(_: Mutant) -> bool {
    false
}
