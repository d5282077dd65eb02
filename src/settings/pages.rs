//! Section `pages`.

use super::{Reader, SettingsError};

/// Pages for people.
#[derive(Debug, Clone)]
pub struct PageSettings {
    /// Origins from which pages show pictures of products, as `https://pictures.example`.
    pub image_hosts: Vec<String>,
    /// Pages that are told live what is left of deals, open at the same time.
    pub viewers_max: usize,
    /// Seconds between signs of life to them, and how long one is told at most.
    pub(crate) heartbeat_s: u64,
    pub(crate) lasts_s: u64,
}

pub(super) fn read(reader: &Reader<'_>) -> Result<PageSettings, SettingsError> {
    Ok(PageSettings {
        image_hosts: reader.checked("pages.image_hosts", super::live::origins)?,
        viewers_max: reader.size("pages.viewers_max", 1..=1_000_000)?,
        heartbeat_s: reader.number("live.heartbeat_s", 1..=3_600)?,
        lasts_s: reader.number("live.lasts_s", 1..=86_400)?,
    })
}
