//! Times as clients write and read them. The time itself is read in one place, by the actors.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat};
pub use hotdeal_actors::{latest, now, steady_ms};
use hotdeal_domain::UnixMillis;
use serde::{Serialize, Serializer};

/// An offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    offset_minutes: i32,
    local_on_wire: bool,
}

impl Zone {
    /// Reads `+09:00`, `-03:30` or `Z`; `None` for anything else or more than 18 hours.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "Z" {
            return Some(Self { offset_minutes: 0, local_on_wire: false });
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        if hours.len() != 2 || minutes.len() != 2 {
            return None;
        }
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        let offset = i32::from(hours) * 60 + i32::from(minutes);
        let within = minutes < 60 && offset <= 18 * 60;
        let offset_minutes = sign * offset;
        within.then_some(Self { offset_minutes, local_on_wire: false })
    }

    /// Whether the times that existing clients read are written without the offset, as a
    /// `LocalDateTime` is.
    pub fn with_local_times(self, local_on_wire: bool) -> Self {
        Self { local_on_wire, ..self }
    }

    /// Reads an RFC 3339 time; one without an offset is read in this zone. `None` if it is not a
    /// time, or before 1970 or after [`UnixMillis::LATEST`], which some zone could not write again.
    pub fn read(self, text: &str) -> Option<UnixMillis> {
        self.read_any(text).filter(|at| (UnixMillis(0)..=UnixMillis::LATEST).contains(at))
    }

    fn read_any(self, text: &str) -> Option<UnixMillis> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Some(UnixMillis(instant.timestamp_millis()));
        }
        let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))?;
        let millis = local.and_utc().timestamp_millis();
        Some(UnixMillis(millis - i64::from(self.offset_minutes) * 60_000))
    }

    /// The next time a day begins in this zone.
    pub fn next_midnight(self, now: UnixMillis) -> UnixMillis {
        const DAY_MS: i64 = 86_400_000;
        let shift = i64::from(self.offset_minutes) * 60_000;
        let today = now.0.saturating_add(shift).div_euclid(DAY_MS);
        UnixMillis((today + 1) * DAY_MS - shift)
    }

    /// The offset in minutes.
    pub(crate) fn minutes(self) -> i32 {
        self.offset_minutes
    }

    /// What the clocks of this zone show.
    pub(crate) fn local(self, at: UnixMillis) -> NaiveDateTime {
        let shift = i64::from(self.offset_minutes) * 60_000;
        let shown = at.0.clamp(FIRST_MS, LAST_MS).saturating_add(shift).clamp(FIRST_MS, LAST_MS);
        DateTime::from_timestamp_millis(shown).unwrap_or_default().naive_utc()
    }

    /// The time in this zone, ready to be written.
    pub fn stamp(self, at: UnixMillis) -> Stamp {
        Stamp { at, zone: self }
    }

    /// The same for a member that existing clients read.
    pub fn wire_stamp(self, at: UnixMillis) -> WireStamp {
        WireStamp(self.stamp(at))
    }
}

/// A time on its way out: `2026-11-21T10:00:00.123+09:00`.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    at: UnixMillis,
    zone: Zone,
}

/// A time for existing clients, some of which know no offsets.
#[derive(Debug, Clone, Copy)]
pub struct WireStamp(Stamp);

impl Serialize for WireStamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        let shown = if self.0.zone.local_on_wire { &text[..LOCAL_LEN] } else { &text };
        serializer.serialize_str(shown)
    }
}

/// Characters of a stamp before its offset.
const LOCAL_LEN: usize = 23;
/// The first and the last millisecond of the years that are written with four digits. No time
/// outside them is accepted; one from an old table is written as the nearest.
const FIRST_MS: i64 = -62_167_219_200_000;
const LAST_MS: i64 = 253_402_300_799_999;

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let offset_s = self.zone.offset_minutes * 60;
        let shift = i64::from(offset_s) * 1_000;
        let at = self.at.0.saturating_add(shift).clamp(FIRST_MS, LAST_MS) - shift;
        let offset = FixedOffset::east_opt(offset_s).ok_or(std::fmt::Error)?;
        let utc = DateTime::from_timestamp_millis(at).ok_or(std::fmt::Error)?;
        f.write_str(&utc.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::Millis, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul() -> Zone {
        Zone::parse("+09:00").expect("an offset")
    }

    #[test]
    fn a_stamp_is_the_time_of_its_zone_to_the_millisecond() {
        for (zone, at, expected) in [
            ("+09:00", 0, "1970-01-01T09:00:00.000+09:00"),
            ("Z", 951_782_400_007, "2000-02-29T00:00:00.007+00:00"),
            ("-03:30", 1_763_690_400_123, "2025-11-20T22:30:00.123-03:30"),
            ("+05:45", -1, "1970-01-01T05:44:59.999+05:45"),
            ("+18:00", i64::MAX, "9999-12-31T23:59:59.999+18:00"),
            ("-18:00", i64::MAX, "9999-12-31T23:59:59.999-18:00"),
            ("+18:00", i64::MIN, "0000-01-01T00:00:00.000+18:00"),
        ] {
            let zone = Zone::parse(zone).expect("an offset");
            assert_eq!(zone.stamp(UnixMillis(at)).to_string(), expected);
            let local = zone.with_local_times(true).wire_stamp(UnixMillis(at));
            let local = serde_json::to_value(local).expect("a text");
            assert_eq!(local, expected[..LOCAL_LEN]);
        }
    }

    #[test]
    fn what_is_read_at_either_end_of_time_is_written_as_the_same_instant() {
        for zone in ["+18:00", "+09:00", "Z", "-03:30", "-18:00"] {
            let zone = Zone::parse(zone).expect("an offset");
            for half_hour in -80..=80_i64 {
                for end in [0, 253_402_300_800_000] {
                    let at = end + half_hour * 1_800_000 - 1;
                    let asked = DateTime::from_timestamp_millis(at).expect("a time").to_rfc3339();
                    let Some(read) = zone.read(&asked) else { continue };
                    let written = zone.stamp(read).to_string();
                    let again =
                        DateTime::parse_from_rfc3339(&written).map(|t| t.timestamp_millis());
                    assert_eq!(again.ok(), Some(at), "{asked} is written as {written}");
                }
            }
        }
    }

    #[test]
    fn a_time_without_an_offset_is_read_in_the_zone() {
        let expected = seoul().read("2026-11-21T01:00:00Z");
        assert!(expected.is_some());
        for text in [
            "2026-11-21T10:00",
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00.000",
            "2026-11-21T10:00:00+09:00",
            "2026-11-21T02:00:00+01:00",
        ] {
            assert_eq!(seoul().read(text), expected, "{text}");
        }
        for text in ["", "tomorrow", "2026-02-30T10:00", "2026-11-21 25:00", "1969-12-31T00:00"] {
            assert_eq!(seoul().read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        let at = |text: &str| seoul().read(text).expect("a time");
        for (zone, now, midnight) in [
            ("+09:00", "2026-11-21T23:59:59.999+09:00", "2026-11-22T00:00:00+09:00"),
            ("+09:00", "2026-11-22T00:00:00+09:00", "2026-11-23T00:00:00+09:00"),
            ("+09:00", "2026-12-31T12:00:00Z", "2027-01-01T00:00:00+09:00"),
            ("-03:30", "2026-11-21T03:29:00Z", "2026-11-21T03:30:00Z"),
            ("Z", "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"),
        ] {
            let zone = Zone::parse(zone).expect("an offset");
            assert_eq!(zone.next_midnight(at(now)), at(midnight), "{now}");
        }
    }

    #[test]
    fn offsets_are_read_or_refused() {
        for (text, minutes) in [("+09:00", Some(540)), ("-03:30", Some(-210)), ("Z", Some(0))] {
            assert_eq!(Zone::parse(text).map(|zone| zone.offset_minutes), minutes);
        }
        for text in ["", "9", "+9:00", "+19:00", "+09:60", "Asia/Seoul", "+0９:00"] {
            assert_eq!(Zone::parse(text), None, "{text}");
        }
    }
}
