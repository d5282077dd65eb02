//! What a person follows, and which notices they have read.

use actix::prelude::*;
use hotdeal_domain::notice::{FollowFact, ReadMarks, Subscriptions};
use hotdeal_domain::{Fact, ProductId, UnixMillis};
use serde::{Deserialize, Serialize};

use super::actor::UserActor;
use crate::error::AskError;
use crate::shell::Ask;

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

impl Handler<Ask<FollowAsk, FollowAnswer>> for UserActor {
    type Result = ();

    fn handle(&mut self, ask: Ask<FollowAsk, FollowAnswer>, _: &mut Self::Context) {
        let Self { shell, sessions, subscriptions, .. } = self;
        shell.turn(ask, |shell, ask, now| {
            if sessions.withdrawn_at().is_some() {
                return shell.refuse(AskError::NoSuchUser, ask.reply);
            }
            let (fact, answer) = match decide(subscriptions, ask.body, now) {
                Err(refusal) => return shell.refuse(refusal, ask.reply),
                Ok((None, answer)) => return shell.confirm(answer, ask.key, now, ask.reply),
                Ok((Some(fact), answer)) => (fact, answer),
            };
            match shell.place() {
                Err(busy) => drop(ask.reply.send(Err(busy))),
                Ok(place) => {
                    subscriptions.apply(&fact);
                    shell.commit(place, Fact::Follow(fact), answer, ask.key, now, ask.reply);
                }
            }
        });
        self.publish();
    }
}
