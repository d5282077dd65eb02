//! What a person follows, and which notices they have read.

use hotdeal_domain::notice::{FollowFact, Subscriptions};
use hotdeal_domain::{UnixMillis, UserFact};

use super::actor::UserActor;
use crate::host::directory::{Handles, OwnerContext};
use crate::host::shell::{Decision, Envelope};
use crate::notice::NoticeError;
use crate::notice::messages::{FollowAnswer, FollowRequest};

/// The fact a request comes to, if anything changes by it, and its answer.
fn decide(
    subscriptions: &Subscriptions,
    request: FollowRequest,
    at: UnixMillis,
) -> Result<(Option<FollowFact>, FollowAnswer), NoticeError> {
    Ok(match request {
        FollowRequest::Subscribe { products, most } => {
            (subscriptions.decide_subscribe(&products, most, at)?, FollowAnswer::Done)
        }
        FollowRequest::Unsubscribe(product) => {
            (Some(subscriptions.decide_unsubscribe(product, at)?), FollowAnswer::Done)
        }
        FollowRequest::Read { marks, count } => {
            let fact = marks.map(|marks| FollowFact::NoticesRead { marks, at });
            (fact, FollowAnswer::Read(count))
        }
    })
}

impl Handles<Envelope<FollowRequest>> for UserActor {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<FollowRequest>, _: &mut OwnerContext<Self>) {
        let Self { shell, person, .. } = self;
        shell.turn(envelope, |shell, request, caller, now| {
            if person.sessions.withdrawn_at().is_some() {
                return shell.refuse(NoticeError::NoSuchUser, caller);
            }
            match decide(&person.subscriptions, request, now) {
                Err(refusal) => shell.refuse(refusal, caller),
                Ok((None, answer)) => shell.confirm(answer, caller, now),
                Ok((Some(fact), answer)) => {
                    let decision = Decision::of(UserFact::Follow(fact));
                    shell.carry_out(decision, person, caller, now, |_| answer);
                }
            }
        });
        self.publish();
    }
}
