//! A process answers only while it holds the lease, public reads excepted. Without the lease another
//! process may decide, and what this one believes may be out of date.

use actix_web::HttpResponse;

use super::code::Code;
use super::problem::Problem;
use super::route::{Need, Route, Verb};
use super::state::State;

/// Whether the answer depends on what the mall decides. Public reads do not.
pub(super) fn asks_the_mall(route: &Route) -> bool {
    route.need != Need::Anyone || route.verb != Verb::Get
}

/// The term of the lease in which a request began.
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

    /// The outcome, if the term in which it was decided has not ended.
    pub(super) fn outcome(
        self,
        route: &Route,
        state: &State,
        outcome: Result<HttpResponse, Problem>,
    ) -> Result<HttpResponse, Problem> {
        if !asks_the_mall(route) || state.mall.lease().is_still(self.0) {
            return outcome;
        }
        // It may have been done, and others may know that it was. The process that decides now can
        // tell.
        Err(if route.mutates { Code::OutcomeUnknown.into() } else { Code::Unavailable.into() })
    }
}
