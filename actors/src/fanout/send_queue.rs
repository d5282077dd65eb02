//! What waits for one connection, and the connection's end of it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use hotdeal_domain::EventId;

use super::frame::Frame;
use super::shard::Shard;

/// Room that an emptied queue may keep: one burst of a deal.
const KEPT_ROOM: usize = 32;

/// Why a connection is ended by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client does not keep up: it may come back and resume.
    Slow,
    /// The token it came with is void.
    Revoked,
    /// The token it came with has expired.
    Expired,
    /// It has lasted as long as one may: it may come back and resume.
    Old,
    /// The client gives no sign of life.
    Silent,
    /// This thread was behind: the client may come back and resume.
    Behind,
    /// The server stops.
    Stopping,
    /// The client broke the protocol.
    Misuse,
}

impl CloseReason {
    /// All of them, in the order they are counted.
    pub const ALL: [Self; 8] = [
        Self::Slow,
        Self::Revoked,
        Self::Expired,
        Self::Old,
        Self::Silent,
        Self::Behind,
        Self::Stopping,
        Self::Misuse,
    ];

    /// Its name for operators and clients.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Old => "old",
            Self::Silent => "silent",
            Self::Behind => "behind",
            Self::Stopping => "stopping",
            Self::Misuse => "misuse",
        }
    }
}

/// What a connection has to do next.
#[derive(Debug)]
pub enum Item {
    /// Send this.
    Frame(Arc<Frame>),
    /// Send a sign of life.
    Beat,
    /// Say why, and end.
    Ended(CloseReason),
}

/// What waits for one connection. One thread's alone.
#[derive(Default)]
pub(super) struct SendQueue {
    frames: RefCell<VecDeque<Arc<Frame>>>,
    bytes: Cell<usize>,
    beat: Cell<bool>,
    ended: Cell<Option<CloseReason>>,
    has_said_end: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl SendQueue {
    /// Puts a frame behind those that wait. `false` when that is too much for this connection:
    /// then nothing waits any more but the end.
    pub(super) fn push(&self, frame: &Arc<Frame>, frames_max: usize, bytes_max: usize) -> bool {
        if self.ended.get().is_some() {
            return true;
        }
        let mut frames = self.frames.borrow_mut();
        if let Some(event) = frame.state_of {
            let earlier = frames.iter_mut().find(|waits| waits.state_of == Some(event));
            if let Some(earlier) = earlier {
                self.bytes.set(self.bytes.get() - earlier.weight() + frame.weight());
                *earlier = frame.clone();
                return true;
            }
        }
        let bytes = self.bytes.get() + frame.weight();
        // A frame that is larger than the bound goes alone: the queue is empty, so the session keeps up.
        let too_many = frames.len() >= frames_max || (bytes > bytes_max && !frames.is_empty());
        if too_many {
            drop(frames);
            self.end(CloseReason::Slow);
            return false;
        }
        self.bytes.set(bytes);
        frames.push_back(frame.clone());
        drop(frames);
        self.wake();
        true
    }

    /// Asks for a sign of life.
    pub(super) fn beat(&self) {
        self.beat.set(true);
        self.wake();
    }

    /// Ends the connection; the first reason stands. What waits is dropped: the client resumes
    /// behind the last event it got.
    pub(super) fn end(&self, reason: CloseReason) {
        if self.ended.get().is_none() {
            self.ended.set(Some(reason));
            self.frames.take();
            self.bytes.set(0);
            self.wake();
        }
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.ended.get()
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn next(&self) -> Option<Item> {
        if let Some(reason) = self.ended.get() {
            return (!self.has_said_end.replace(true)).then_some(Item::Ended(reason));
        }
        let mut frames = self.frames.borrow_mut();
        if let Some(frame) = frames.pop_front() {
            self.bytes.set(self.bytes.get() - frame.weight());
            if frames.is_empty() && frames.capacity() > KEPT_ROOM {
                frames.shrink_to(KEPT_ROOM);
            }
            return Some(Item::Frame(frame));
        }
        self.beat.replace(false).then_some(Item::Beat)
    }

    fn is_over(&self) -> bool {
        self.has_said_end.get()
    }
}

/// A connection's place in the fan-out. Dropping it leaves.
pub struct Subscription {
    shard: Rc<Shard>,
    place: usize,
    queue: Rc<SendQueue>,
    /// Frames of the stream of notices up to here the connection has already.
    has_through: i64,
}

impl Subscription {
    pub(super) fn new(shard: Rc<Shard>, place: usize, queue: Rc<SendQueue>) -> Self {
        Self { shard, place, queue, has_through: 0 }
    }

    /// Leaves out what the connection has got in another way: all up to this sequence.
    pub fn has_through(&mut self, sequence: i64) {
        self.has_through = sequence;
    }

    /// The client gave a sign of life.
    pub fn seen(&self) {
        self.shard.seen(self.place);
    }

    /// From now on the state of this event is told. `false` when there are too many already.
    pub fn follow(&self, event: EventId) -> bool {
        self.shard.follow(self.place, event)
    }

    /// The state of this event is told no more.
    pub fn unfollow(&self, event: EventId) {
        self.shard.unfollow(self.place, event);
    }

    /// Puts a frame before the connection that concerns it alone.
    pub fn hand(&self, frame: &Arc<Frame>) {
        self.shard.hand(&self.queue, frame);
    }

    /// The connection is to be ended for this reason.
    pub fn end(&self, reason: CloseReason) {
        self.queue.end(reason);
    }

    /// The next thing to do; after the end has been said, nothing.
    pub fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            match self.queue.next() {
                Some(Item::Frame(frame))
                    if frame.sequence.is_some_and(|sequence| sequence <= self.has_through) => {}
                Some(item) => return Poll::Ready(Some(item)),
                None if self.queue.is_over() => return Poll::Ready(None),
                None => break,
            }
        }
        self.queue.waker.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.shard.leave(self.place);
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("place", &self.place).finish_non_exhaustive()
    }
}
