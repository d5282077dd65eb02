//! Messages of one thread to actors, sent together.
//!
//! A thread that serves many connections finds many requests ready at once. Were each sent on as
//! it is read, the first would wake the actor's thread, which takes the processor from the
//! reader, handles one message, and goes to sleep again: two switches a message. Sent together,
//! one wake-up serves all.
//!
//! While the ledger writes a batch, what is decided now only waits for the next one. So messages
//! are held back until the batch is written, unless there are so many that deciding them is worth
//! a wake-up of its own. When the ledger is idle nothing waits for anything.

use std::cell::RefCell;

use crate::ledger::Ledger;

type Post = Box<dyn FnOnce()>;

/// So many messages are worth a wake-up while the ledger writes: it is paid back by deciding
/// them, at half a microsecond or more each, beside the commit and not after it.
const WORTH_A_WAKE_UP: usize = 64;

thread_local! {
    /// What waits: at most one message a request under way on this thread.
    static WAITING: RefCell<Vec<Post>> = const { RefCell::new(Vec::new()) };
}

/// Delivers after the tasks of this thread that are ready now, and when the ledger can use it.
pub(crate) fn post(ledger: &Ledger, delivery: impl FnOnce() + 'static) {
    let waiting = WAITING.with_borrow_mut(|waiting| {
        waiting.push(Box::new(delivery));
        waiting.len()
    });
    // A new task is queued behind those that are ready.
    if waiting == 1 {
        let ledger = ledger.clone();
        actix::spawn(async move {
            ledger.idle().await;
            deliver();
        });
    } else if waiting == WORTH_A_WAKE_UP {
        actix::spawn(async { deliver() });
    }
}

/// How many messages of this thread wait.
#[cfg(test)]
pub(crate) fn waiting() -> usize {
    WAITING.with_borrow(Vec::len)
}

fn deliver() {
    let waiting = WAITING.take();
    for delivery in waiting {
        delivery();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::host::outbox::*;
    use crate::lease::Lease;

    #[actix::test]
    async fn what_ready_tasks_post_is_delivered_together_and_in_order() {
        let log: Rc<RefCell<Vec<String>>> = Rc::default();
        let ledger = Ledger::new(1, Lease::for_ever());
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let (log, ledger) = (log.clone(), ledger.clone());
                actix::spawn(async move {
                    log.borrow_mut().push(format!("read {number}"));
                    let later = log.clone();
                    post(&ledger, move || later.borrow_mut().push(format!("sent {number}")));
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        tokio::task::yield_now().await;
        let expected = ["read 0", "read 1", "read 2", "sent 0", "sent 1", "sent 2"];
        assert_eq!(*log.borrow(), expected);
    }
}
