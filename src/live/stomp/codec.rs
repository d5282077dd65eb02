//! Frames of STOMP (<https://stomp.github.io/stomp-specification-1.2.html>, and 1.1 where it
//! differs), read from and written into WebSocket texts.

use std::fmt::Write as _;

/// Headers of a frame at most.
const HEADERS_MAX: usize = 32;

/// A version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V11,
    V12,
}

impl Version {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::V11 => "1.1",
            Self::V12 => "1.2",
        }
    }

    /// The newest one that both sides speak.
    pub(super) fn negotiated(accepted: &str) -> Option<Self> {
        let accepts = |version: Self| accepted.split(',').any(|v| v.trim() == version.name());
        [Self::V12, Self::V11].into_iter().find(|version| accepts(*version))
    }
}

/// A frame as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) command: String,
    headers: Vec<(String, String)>,
}

impl Heard {
    /// A header; the first one, where it is repeated.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A header whatever the case of its name, as clients write `Authorization`.
    pub(super) fn header_of_any_case(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Why a text is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// The frames in a text; none for a heartbeat. Bodies are ignored, because no client has anything
/// to send.
pub(super) fn read(mut text: &str, version: Version) -> Result<Vec<Heard>, Malformed> {
    let mut frames = Vec::new();
    loop {
        text = text.trim_start_matches(['\n', '\r']);
        if text.is_empty() {
            return Ok(frames);
        }
        let (frame, rest) = read_one(text, version)?;
        frames.push(frame);
        text = rest;
    }
}

fn read_one(text: &str, version: Version) -> Result<(Heard, &str), Malformed> {
    let (command, mut rest) = line(text)?;
    let escapes = !matches!(command, "CONNECT" | "STOMP");
    let mut headers = Vec::new();
    loop {
        let (header, after) = line(rest)?;
        rest = after;
        if header.is_empty() {
            break;
        }
        if headers.len() == HEADERS_MAX {
            return Err(Malformed("too many headers"));
        }
        let (name, value) = header.split_once(':').ok_or(Malformed("a header without a colon"))?;
        let plain = |text: &str| match escapes {
            true => unescaped(text, version),
            false => Ok(text.to_owned()),
        };
        headers.push((plain(name)?, plain(value)?));
    }
    let heard = Heard { command: command.to_owned(), headers };
    let body = match heard.header("content-length") {
        None => rest.find('\0').ok_or(Malformed("a frame without its end"))?,
        Some(length) => length.parse().map_err(|_| Malformed("content-length is no number"))?,
    };
    let ends = rest.as_bytes().get(body) == Some(&0) && rest.is_char_boundary(body);
    if !ends {
        return Err(Malformed("a frame that does not end where it says"));
    }
    Ok((heard, &rest[body + 1..]))
}

fn line(text: &str) -> Result<(&str, &str), Malformed> {
    let (line, rest) = text.split_once('\n').ok_or(Malformed("a line without its end"))?;
    Ok((line.strip_suffix('\r').unwrap_or(line), rest))
}

fn unescaped(text: &str, version: Version) -> Result<String, Malformed> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match (characters.next(), version) {
            (Some('n'), _) => '\n',
            (Some('c'), _) => ':',
            (Some('\\'), _) => '\\',
            (Some('r'), Version::V12) => '\r',
            _ => return Err(Malformed("an unknown escape")),
        });
    }
    Ok(plain)
}

/// Writes a frame.
pub(super) fn written(
    command: &str,
    headers: &[(&str, &str)],
    body: &str,
    version: Version,
) -> String {
    let mut out = String::with_capacity(96 + body.len());
    out.push_str(command);
    out.push('\n');
    for (name, value) in headers {
        out.push_str(name);
        out.push(':');
        // CONNECTED is not escaped, so that clients of STOMP 1.0 can read it.
        let escapes = command != "CONNECTED";
        escape(value, escapes, version, &mut out);
        out.push('\n');
    }
    if !body.is_empty() {
        writeln!(out, "content-length:{}", body.len()).expect("a string takes everything");
    }
    out.push('\n');
    out.push_str(body);
    out.push('\0');
    out
}

fn escape(value: &str, escapes: bool, version: Version, out: &mut String) {
    for character in value.chars() {
        match character {
            '\\' if escapes => out.push_str("\\\\"),
            ':' if escapes => out.push_str("\\c"),
            '\n' if escapes => out.push_str("\\n"),
            '\r' if escapes && version == Version::V12 => out.push_str("\\r"),
            '\n' | '\r' | '\0' => {}
            other => out.push(other),
        }
    }
}

/// Milliseconds between heartbeats: what a client can send, and what it wants to get.
pub(super) fn heart_beat(header: Option<&str>) -> Result<(u32, u32), Malformed> {
    let malformed = Malformed("heart-beat is not two numbers");
    let Some(header) = header else { return Ok((0, 0)) };
    let (can, wants) = header.split_once(',').ok_or(malformed)?;
    let number = |text: &str| text.trim().parse().map_err(|_| malformed);
    Ok((number(can)?, number(wants)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_the_protocol_writes_them() {
        let text = "CONNECT\r\naccept-version:1.1,1.2\nhost:a:b\nX:\\n\n\n\0\n\
                    SUBSCRIBE\nid:0\ndestination:/a\\cb\\\\\\n\nid:1\n\nbody\0\n\n";
        let frames = read(text, Version::V12).expect("frames");
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[0].command, "CONNECT");
        assert_eq!(frames[0].header("host"), Some("a:b"));
        assert_eq!(frames[0].header("X"), Some("\\n"));
        assert_eq!(frames[1].header("destination"), Some("/a:b\\\n"));
        assert_eq!(frames[1].header("id"), Some("0"));
        assert_eq!(read("\n", Version::V12), Ok(Vec::new()));
        let sized = read("SEND\ncontent-length:3\n\na\0b\0", Version::V12).expect("a frame");
        assert_eq!(sized.len(), 1);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let many = format!("SEND\n{}\n\0", "a:b\n".repeat(HEADERS_MAX + 1));
        for text in [
            "CONNECT",
            "CONNECT\n",
            "CONNECT\nhost\n\n\0",
            "SEND\na:\\t\n\n\0",
            "SEND\na:\\\n\n\0",
            "SEND\n\nno end",
            "SEND\ncontent-length:9\n\nabc\0",
            "SEND\ncontent-length:-1\n\nabc\0",
            "SEND\ncontent-length:1\n\nabc\0",
            "SEND\ncontent-length:99999999999999999999\n\nabc\0",
            many.as_str(),
        ] {
            assert!(read(text, Version::V12).is_err(), "{text:?}");
        }
        assert!(read("SEND\na:\\r\n\n\0", Version::V11).is_err());
    }

    #[test]
    fn what_is_written_can_be_read_again() {
        let headers = [("subscription", "a:b\\c\nd"), ("message-id", "notices:7-0")];
        let text = written("MESSAGE", &headers, "🔥 핫딜", Version::V12);
        let frames = read(&text, Version::V12).expect("a frame");
        assert_eq!(frames.len(), 1);
        for (name, value) in headers {
            assert_eq!(frames[0].header(name), Some(value));
        }
        assert_eq!(frames[0].header("content-length"), Some("11"));
    }

    #[test]
    fn the_newest_common_version_is_spoken() {
        for (accepted, version) in [
            ("1.0,1.1,1.2", Some(Version::V12)),
            ("1.1, 1.0", Some(Version::V11)),
            ("1.0", None),
            ("", None),
        ] {
            assert_eq!(Version::negotiated(accepted), version, "{accepted}");
        }
        assert_eq!(heart_beat(None), Ok((0, 0)));
        assert_eq!(heart_beat(Some("10000,5000")), Ok((10_000, 5_000)));
        assert!(heart_beat(Some("1")).is_err() && heart_beat(Some("-1,0")).is_err());
    }
}
