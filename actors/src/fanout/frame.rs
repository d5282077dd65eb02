//! What goes out, written once for all who get it.

use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use bytestring::ByteString;
use hotdeal_domain::{EventId, ShopId, UserId};

/// Texts that are made when somebody wants them.
type Texts = LazyLock<Vec<ByteString>, Box<dyn FnOnce() -> Vec<ByteString> + Send>>;

/// One event on its way to connections, in the words of each transport that asks for it.
pub struct Frame {
    /// Its place in the stream it comes from: that of notices, or a shop's. None for what only tells a
    /// state of things.
    pub sequence: Option<i64>,
    /// It tells the state of this event, so it replaces an earlier frame that still waits.
    pub state_of: Option<EventId>,
    text: ByteString,
    /// The lines of a server-sent event before its data.
    head: String,
    event: OnceLock<Bytes>,
    messages: Texts,
}

impl Frame {
    /// An event: as a WebSocket text, with the lines that a server-sent event has before it.
    pub fn new(text: impl Into<ByteString>, head: String) -> Self {
        let messages: Texts = LazyLock::new(Box::new(Vec::new));
        let (text, event) = (text.into(), OnceLock::new());
        Self { sequence: None, state_of: None, text, head, event, messages }
    }

    /// The same, with the texts that a STOMP client gets, a message each.
    #[must_use]
    pub fn saying(self, texts: impl FnOnce() -> Vec<ByteString> + Send + 'static) -> Self {
        Self { messages: LazyLock::new(Box::new(texts)), ..self }
    }

    /// As a WebSocket text.
    pub fn text(&self) -> &ByteString {
        &self.text
    }

    /// As a server-sent event, its empty line included.
    pub fn event(&self) -> &Bytes {
        self.event.get_or_init(|| Bytes::from(format!("{}data: {}\n\n", self.head, self.text)))
    }

    /// As the texts that a STOMP client gets.
    pub fn messages(&self) -> &[ByteString] {
        &self.messages
    }

    /// What it counts towards the bytes that may wait for one connection.
    pub fn weight(&self) -> usize {
        self.text.len()
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("text", &self.text).finish_non_exhaustive()
    }
}

/// What is handed out together.
#[derive(Debug)]
pub enum Delivery {
    /// What each of these people is told.
    Personal {
        /// Whom, and what.
        to: Vec<(UserId, Arc<Frame>)>,
    },
    /// What everyone who follows an event is told.
    Event {
        /// The event.
        event: EventId,
        /// What.
        frame: Arc<Frame>,
    },
    /// What everyone who watches a shop is told, in this order.
    Shop {
        /// The shop.
        shop: ShopId,
        /// What.
        frames: Vec<Arc<Frame>>,
    },
}
