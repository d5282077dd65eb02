//! Nothing is answered by a process that may not be the one that decides: it would tell what it
//! believes, and another one knows better.

use actix_web::HttpResponse;

use super::code::Code;
use super::problem::Problem;
use super::route::{Need, Route, Verb};
use super::state::State;

/// Whether what it answers is the mall's word. What anyone may read asks nobody.
pub(super) fn asks_the_mall(route: &Route) -> bool {
    route.need != Need::Anyone || route.verb != Verb::Get
}

/// A request on its way through one term of the lease.
#[derive(Clone, Copy)]
pub(super) struct Term(Option<u64>);

impl Term {
    /// The term now.
    pub(super) fn now(state: &State) -> Self {
        Self(state.mall.lease().term())
    }

    /// Whether the request may be handled.
    pub(super) fn admits(self, route: &Route) -> bool {
        self.0.is_some() || !asks_the_mall(route)
    }

    /// The outcome, if the term in which it was decided is not over.
    pub(super) fn outcome(
        self,
        route: &Route,
        state: &State,
        outcome: Result<HttpResponse, Problem>,
    ) -> Result<HttpResponse, Problem> {
        if !asks_the_mall(route) || state.mall.lease().is_still(self.0) {
            return outcome;
        }
        // It may be done, and it may be known to be: whoever decides now can tell.
        Err(if route.mutates { Code::OutcomeUnknown.into() } else { Code::Unavailable.into() })
    }
}
