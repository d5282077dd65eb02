//! Section `live`.

use std::time::Duration;

use hotdeal_actors::fanout::FanoutSettings;

use super::{Reader, SettingsError};

/// Bounds and times of live connections, and which pages may open one.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// Of the connections themselves.
    pub fanout: FanoutSettings,
    /// How long a ticket is good for, in seconds.
    pub ticket_s: i64,
    /// Missed events that are sent again at most.
    pub replay_max: u32,
    /// Time between two looks at the stock of followed events.
    pub tick: Duration,
    /// Origins of pages, besides our own, that may open connections.
    pub origins: Vec<String>,
}

pub(super) fn read(reader: &Reader<'_>) -> Result<LiveSettings, SettingsError> {
    Ok(LiveSettings {
        fanout: FanoutSettings {
            connections_max: reader.size("live.connections_max", 1..=1_000_000)?,
            per_user_max: reader.size("live.per_user_max", 1..=10_000)?,
            waiting_max: reader.size("live.waiting_max", 1..=100_000)?,
            waiting_bytes_max: reader.size("live.waiting_bytes_max", 1_024..=64 << 20)?,
            heartbeat_s: reader.number("live.heartbeat_s", 1..=3_600)?,
            silence_s: reader.number("live.silence_s", 2..=86_400)?,
            lasts_s: reader.number("live.lasts_s", 1..=86_400)?,
        },
        ticket_s: reader.number("live.ticket_s", 1..=30)?,
        replay_max: reader.number("live.replay_max", 1..=10_000)?,
        tick: reader.millis("live.tick_ms", 10..=60_000)?,
        origins: reader.checked("live.origins", origins)?,
    })
}

pub(super) fn origins(text: &str) -> Result<Vec<String>, &'static str> {
    const ALLOWED: &str = "origins by commas, as https://shop.example,http://localhost:3000";
    let named = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    named
        .map(|origin| {
            let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let is_one = rest.is_some_and(|rest| {
                !rest.is_empty() && !rest.contains(['/', ' ', '*', '?', '#', '@'])
            });
            if is_one { Ok(origin.to_owned()) } else { Err(ALLOWED) }
        })
        .collect()
}
