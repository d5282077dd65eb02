//! Named mutants: faults put in on purpose, one at a time, each of which a test must catch, or it
//! would prove nothing. Compiled for tests only (feature `faults`); without it every question is
//! answered "no" at compile time.

/// A fault put in on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// What an order over several shops set aside stays so when the order comes to nothing.
    FailedHoldsStay,
    /// Half of all orders over several shops are refused although nothing stands in their way.
    WideOrdersRefused,
    /// A refusal leaves at once, although the facts it rests on may not be durable yet.
    NoBarrierBeforeRefusal,
}

impl Mutant {
    /// Every mutant.
    pub const ALL: &[Self] =
        &[Self::FailedHoldsStay, Self::WideOrdersRefused, Self::NoBarrierBeforeRefusal];

    /// The name it is switched on by: `HOTDEAL_MUTANT=name`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FailedHoldsStay => "failed-holds-stay",
            Self::WideOrdersRefused => "wide-orders-refused",
            Self::NoBarrierBeforeRefusal => "no-barrier-before-refusal",
        }
    }
}

/// Whether this process is the mutant.
#[cfg(feature = "faults")]
pub(crate) fn is_on(mutant: Mutant) -> bool {
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
pub(crate) const fn is_on(_: Mutant) -> bool {
    false
}
