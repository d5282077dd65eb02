//! Messages of one thread to actors, sent together at the end of its turn.
//!
//! A thread that serves many connections finds many requests ready at once. Were each sent on as
//! it is read, the first would wake the actor's thread, which takes the processor from the
//! reader, handles one message, and goes to sleep again: two switches a message. Sent together,
//! one wake-up serves all.

use std::cell::RefCell;

type Delivery = Box<dyn FnOnce()>;

thread_local! {
    /// What waits for the end of this thread's turn: at most one message a request under way.
    static WAITING: RefCell<Vec<Delivery>> = const { RefCell::new(Vec::new()) };
}

/// Delivers after the tasks of this thread that are ready now.
pub(crate) fn post(delivery: impl FnOnce() + 'static) {
    let is_first = WAITING.with_borrow_mut(|waiting| {
        waiting.push(Box::new(delivery));
        waiting.len() == 1
    });
    if is_first {
        // A new task is queued behind those that are ready.
        actix::spawn(async { deliver() });
    }
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

    use super::*;

    #[actix::test]
    async fn what_ready_tasks_post_is_delivered_together_and_in_order() {
        let log: Rc<RefCell<Vec<String>>> = Rc::default();
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let log = log.clone();
                actix::spawn(async move {
                    log.borrow_mut().push(format!("read {number}"));
                    let later = log.clone();
                    post(move || later.borrow_mut().push(format!("sent {number}")));
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
