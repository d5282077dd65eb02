//! What a person follows, and which notices they have read.

use hotdeal_domain::notice::{FollowFact, ReadMarks, Subscriptions};
use hotdeal_domain::{ProductId, UnixMillis, UserFact};
use serde::{Deserialize, Serialize};

use super::actor::UserActor;
use crate::directory::{Handles, OwnerContext};
use crate::error::AskError;
use crate::shell::{Decision, Request};

/// What an account's actor is asked about products and notices.
pub(crate) enum FollowAsk {
    /// Follow these products, of which `most` can be followed in all.
    Subscribe { products: Vec<ProductId>, most: usize },
    /// Follow a product no longer.
    Unsubscribe(ProductId),
    /// These notices, of which the person has `count` unread, have been read. `None`: they had
    /// been read before.
    Read { marks: Option<ReadMarks>, count: u32 },
}

/// What it answers, once that is durable.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum FollowAnswer {
    /// It is so.
    Done,
    /// So many notices were marked.
    Read(u32),
}

/// The fact an ask comes to, if anything changes by it, and its answer.
fn decide(
    subscriptions: &Subscriptions,
    ask: FollowAsk,
    at: UnixMillis,
) -> Result<(Option<FollowFact>, FollowAnswer), AskError> {
    Ok(match ask {
        FollowAsk::Subscribe { products, most } => {
            (subscriptions.decide_subscribe(&products, most, at)?, FollowAnswer::Done)
        }
        FollowAsk::Unsubscribe(product) => {
            (Some(subscriptions.decide_unsubscribe(product, at)?), FollowAnswer::Done)
        }
        FollowAsk::Read { marks, count } => {
            let fact = marks.map(|marks| FollowFact::NoticesRead { marks, at });
            (fact, FollowAnswer::Read(count))
        }
    })
}

impl Handles<Request<FollowAsk, FollowAnswer>> for UserActor {
    type Result = ();

    fn handle(&mut self, request: Request<FollowAsk, FollowAnswer>, _: &mut OwnerContext<Self>) {
        let Self { shell, person, .. } = self;
        shell.turn(request, |shell, asked, caller, now| {
            if person.sessions.withdrawn_at().is_some() {
                return shell.refuse(AskError::NoSuchUser, caller);
            }
            match decide(&person.subscriptions, asked, now) {
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
