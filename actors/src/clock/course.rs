//! The rules of the clock, without a clock: given what the machine's two clocks read, what time it
//! is, and whether that is in doubt. All times are in microseconds.
//!
//! The *steady* clock only runs; nobody sets it. The *wall* clock can be set. The time is the steady
//! clock and an offset, and what the wall clock says moves only the offset.

/// A wall clock that is further away has made a step; one that is nearer is approached slowly.
pub(super) const STEP_US: i64 = 2_000_000;
/// A step is followed once it has stood for so long.
pub(super) const STANDS_US: i64 = 60_000_000;
/// The offset moves by one part in so many of the time that passes: by 5 %.
const SLEW: i64 = 20;
/// A step forward that was followed may still be taken back, as when whoever set the date by mistake
/// finds out. After so long it will not be.
const TAKEN_BACK_US: i64 = 86_400_000_000;

/// What the two clocks read at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) steady: i64,
    pub(super) wall: i64,
}

/// How time goes on from an instant of the steady clock: with the offset of then, which moves
/// towards another until it has come there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) since: i64,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Course {
    const fn straight(since: i64, offset: i64) -> Self {
        Self { since, from: offset, to: offset }
    }

    /// The same time, on its way to another offset.
    fn toward(&self, steady: i64, to: i64) -> Self {
        Self { since: steady, from: self.offset(steady), to }
    }

    fn offset(&self, steady: i64) -> i64 {
        let most = (steady - self.since).max(0) / SLEW;
        self.from.saturating_add((self.to.saturating_sub(self.from)).clamp(-most, most))
    }

    /// The time at an instant of the steady clock. It never falls as that goes on.
    pub(super) fn time(&self, steady: i64) -> i64 {
        steady.saturating_add(self.offset(steady))
    }
}

/// A wall clock that is somewhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// When it was first seen there, by the steady clock.
    since: i64,
    /// The offset at which it was last seen.
    offset: i64,
}

/// Steps forward that were followed and may be taken back. By how much the wall clock was ahead, at
/// the start, of what was recorded last counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leap {
    since: i64,
    by: i64,
}

/// What a look has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing new.
    Nothing,
    /// The wall clock has gone ahead by so much, or back.
    Stepped(i64),
    /// It came near again before that was followed.
    Returned,
    /// The time has gone ahead with it by so much, or back.
    Followed(i64),
}

/// Follows the wall clock.
#[derive(Debug, Clone)]
pub(super) struct Follower {
    began: i64,
    stands: i64,
    course: Course,
    step: Option<Step>,
    leap: Option<Leap>,
    /// The latest time there was before time was set back.
    latest: i64,
}

impl Follower {
    /// At the start the wall clock is taken, and is in doubt until it has stood for `stands`, as each
    /// step is.
    pub(super) fn begin(look: Look, stands: i64) -> Self {
        let course = Course::straight(look.steady, look.wall.saturating_sub(look.steady));
        let (began, latest) = (look.steady, look.wall);
        Self { began, stands, course, step: None, leap: None, latest }
    }

    /// This was recorded before the start. How long ago that was is told by the wall clock alone.
    pub(super) fn learn(&mut self, steady: i64, recorded: i64) {
        let by = self.course.time(steady).saturating_sub(recorded);
        if by > self.leap.map_or(STEP_US, |leap| leap.by) {
            self.leap = Some(Leap { since: steady, by });
        }
    }

    pub(super) fn course(&self) -> Course {
        self.course
    }

    /// Whether the wall clock has made a step that is not followed yet, or has not stood since the
    /// start.
    pub(super) fn is_in_doubt(&self, steady: i64) -> bool {
        self.step.is_some() || steady - self.began < self.stands
    }

    /// The latest time there ever was.
    pub(super) fn latest(&self, steady: i64) -> i64 {
        self.latest.max(self.course.time(steady))
    }

    /// The time as it was if a step forward of late is taken back.
    pub(super) fn earliest(&self, steady: i64) -> i64 {
        let leap = self.leap.filter(|leap| steady - leap.since < TAKEN_BACK_US);
        self.course.time(steady).saturating_sub(leap.map_or(0, |leap| leap.by))
    }

    /// A time that has come for certain, also if a step of late is taken back; none in doubt.
    pub(super) fn certain(&self, steady: i64) -> Option<i64> {
        (!self.is_in_doubt(steady)).then(|| self.earliest(steady))
    }

    /// Takes in what the clocks read.
    pub(super) fn look(&mut self, look: Look) -> Finding {
        let Look { steady, wall } = look;
        let offset = wall.saturating_sub(steady);
        let away = offset.saturating_sub(self.course.offset(steady));
        if away.saturating_abs() <= STEP_US {
            self.course = self.course.toward(steady, offset);
            return self.step.take().map_or(Finding::Nothing, |_| Finding::Returned);
        }
        match &mut self.step {
            Some(step) if offset.saturating_sub(step.offset).saturating_abs() <= STEP_US => {
                step.offset = offset;
                if steady - step.since < self.stands {
                    return Finding::Nothing;
                }
                self.follow(look, away);
                Finding::Followed(away)
            }
            // Another step is another doubt.
            step => {
                *step = Some(Step { since: steady, offset });
                Finding::Stepped(away)
            }
        }
    }

    fn follow(&mut self, Look { steady, wall }: Look, away: i64) {
        self.latest = self.latest(steady);
        let leap = self.leap.filter(|leap| steady - leap.since < TAKEN_BACK_US);
        let before = leap.map_or(0, |leap| leap.by);
        // A step back takes back as much of a step forward, and is none itself.
        let by = before.saturating_add(away);
        let since = leap.filter(|_| away < 0).map_or(steady, |leap| leap.since);
        self.leap = (by > 0).then_some(Leap { since, by });
        self.course = Course::straight(steady, wall.saturating_sub(steady));
        self.step = None;
    }
}

#[cfg(test)]
mod tests;
