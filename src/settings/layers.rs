//! The layers that settings come from, and the reading of one value with its bounds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{ConfigError, File, FileFormat, Map, Source as _, Value, ValueKind};

/// The lowest layer: every key there is, with its default.
const DEFAULTS: &str = include_str!("../../config/default.toml");
/// Environment variables with this prefix are settings; all others are ignored.
const PREFIX: &str = "HOTDEAL__";

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the defaults that come with the program.
    Default,
    /// In the file named by `--config`.
    File(PathBuf),
    /// In this environment variable.
    Environment(String),
    /// In a flag of the command line.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("the defaults"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag => f.write_str("a flag"),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read, or is not TOML.
    #[error("{origin}: {cause}")]
    Unreadable {
        /// Which file.
        origin: Origin,
        /// What is wrong with it.
        cause: String,
    },
    /// There is no such key.
    #[error("{origin}: there is no setting `{key}`; {hint}")]
    UnknownKey {
        /// Where it was written.
        origin: Origin,
        /// The key, as `section.key`.
        key: String,
        /// The nearest key there is, or those of the section.
        hint: String,
    },
    /// The value is not allowed.
    #[error("{origin}: `{key}` is {value}; allowed: {allowed}")]
    Wrong {
        /// Where it was written.
        origin: Origin,
        /// The key, as `section.key`.
        key: String,
        /// The value as written; hidden where it is a secret.
        value: String,
        /// What is allowed.
        allowed: String,
    },
    /// A setting without a default is missing.
    #[error("`{key}` is not set: {how}")]
    Missing {
        /// The key, as `section.key`.
        key: &'static str,
        /// Why it is needed and how to set it.
        how: String,
    },
    /// The secret kept beside the database cannot be read or written.
    #[error("auth.secret in {}: {cause}", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
}

#[derive(Debug)]
struct Entry {
    text: String,
    origin: Origin,
}

/// The value of every key, from the highest layer that names it.
#[derive(Debug)]
pub(super) struct Layers {
    entries: BTreeMap<String, Entry>,
}

impl Layers {
    pub(super) fn defaults() -> Result<Self, SettingsError> {
        let mut entries = BTreeMap::new();
        for (key, text) in parse_toml(DEFAULTS, &Origin::Default)? {
            entries.insert(key, Entry { text, origin: Origin::Default });
        }
        Ok(Self { entries })
    }

    pub(super) fn add_file(&mut self, path: &Path) -> Result<(), SettingsError> {
        let origin = Origin::File(path.to_owned());
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::Unreadable {
            origin: origin.clone(),
            cause: error.to_string(),
        })?;
        for (key, text) in parse_toml(&text, &origin)? {
            self.set(key, text, origin.clone())?;
        }
        Ok(())
    }

    pub(super) fn add_environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), SettingsError> {
        for (name, text) in variables {
            if let Some(path) = name.strip_prefix(PREFIX) {
                let key = path.to_lowercase().replace("__", ".");
                self.set(key, text, Origin::Environment(name))?;
            }
        }
        Ok(())
    }

    pub(super) fn add_flags(&mut self, flags: &[(String, String)]) -> Result<(), SettingsError> {
        for (key, text) in flags {
            self.set(key.clone(), text.clone(), Origin::Flag)?;
        }
        Ok(())
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { layers: self }
    }

    fn set(&mut self, key: String, text: String, origin: Origin) -> Result<(), SettingsError> {
        match self.entries.get_mut(&key) {
            Some(entry) => {
                *entry = Entry { text, origin };
                Ok(())
            }
            None => {
                let hint = self.hint(&key);
                Err(SettingsError::UnknownKey { origin, key, hint })
            }
        }
    }

    /// The key that may have been meant by an unknown one.
    fn hint(&self, key: &str) -> String {
        let nearest = self
            .entries
            .keys()
            .map(|known| (edits(key, known), known))
            .min()
            .filter(|(edits, known)| edits * 3 <= known.len());
        if let Some((_, known)) = nearest {
            return format!("did you mean `{known}`?");
        }
        let section = key.split('.').next().unwrap_or_default();
        let in_section: Vec<&str> = self
            .entries
            .keys()
            .filter(|known| known.split('.').next() == Some(section))
            .map(String::as_str)
            .collect();
        if in_section.is_empty() {
            let mut sections: Vec<&str> =
                self.entries.keys().filter_map(|known| known.split('.').next()).collect();
            sections.dedup();
            format!("the sections are {}", sections.join(", "))
        } else {
            format!("allowed in this section: {}", in_section.join(", "))
        }
    }
}

/// Reads values with their bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    layers: &'a Layers,
}

impl<'a> Reader<'a> {
    /// A value that `check` accepts; its error says what is allowed.
    pub(super) fn checked<T>(
        &self,
        key: &'static str,
        check: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<T, SettingsError> {
        let entry = self.entry(key);
        check(&entry.text).map_err(|allowed| wrong(key, entry, allowed.to_owned()))
    }

    /// As [`checked`](Self::checked), or `None` where the value is empty.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        check: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, SettingsError> {
        if self.entry(key).text.is_empty() { Ok(None) } else { self.checked(key, check).map(Some) }
    }

    /// A whole number within bounds.
    pub(super) fn number<T>(
        &self,
        key: &'static str,
        allowed: RangeInclusive<T>,
    ) -> Result<T, SettingsError>
    where
        T: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let entry = self.entry(key);
        match entry.text.parse::<T>() {
            Ok(number) if allowed.contains(&number) => Ok(number),
            Ok(_) | Err(_) => {
                let range = format!("a whole number from {} to {}", allowed.start(), allowed.end());
                Err(wrong(key, entry, range))
            }
        }
    }

    /// A number of things within bounds.
    pub(super) fn size(
        &self,
        key: &'static str,
        allowed: RangeInclusive<usize>,
    ) -> Result<usize, SettingsError> {
        self.number(key, allowed)
    }

    /// Milliseconds within bounds.
    pub(super) fn millis(
        &self,
        key: &'static str,
        allowed: RangeInclusive<u64>,
    ) -> Result<Duration, SettingsError> {
        self.number(key, allowed).map(Duration::from_millis)
    }

    /// One of a few words.
    pub(super) fn one_of(
        &self,
        key: &'static str,
        words: &[&'static str],
    ) -> Result<&'static str, SettingsError> {
        let entry = self.entry(key);
        let found = words.iter().find(|word| **word == entry.text);
        found.copied().ok_or_else(|| wrong(key, entry, words.join(", ")))
    }

    fn entry(&self, key: &'static str) -> &'a Entry {
        self.layers.entries.get(key).expect("config/default.toml names every key; a test reads all")
    }
}

fn wrong(key: &str, entry: &Entry, allowed: String) -> SettingsError {
    let secret = matches!(key, "auth.secret" | "auth.admin_password" | "database.url");
    let value = if secret { "not usable (not shown)".into() } else { format!("`{}`", entry.text) };
    SettingsError::Wrong { origin: entry.origin.clone(), key: key.to_owned(), value, allowed }
}

/// The keys and values of a TOML text, sections flattened.
fn parse_toml(text: &str, origin: &Origin) -> Result<Vec<(String, String)>, SettingsError> {
    let unreadable = |error: ConfigError| SettingsError::Unreadable {
        origin: origin.clone(),
        cause: error.to_string(),
    };
    let table = File::from_str(text, FileFormat::Toml).collect().map_err(unreadable)?;
    let mut flat = Vec::new();
    flatten("", table, &mut flat);
    Ok(flat)
}

fn flatten(section: &str, table: Map<String, Value>, flat: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let key = if section.is_empty() { name } else { format!("{section}.{name}") };
        match value.kind {
            ValueKind::Table(inner) => flatten(&key, inner, flat),
            _ => flat.push((key, value.to_string())),
        }
    }
}

/// Letters to insert, drop or change to make one text the other.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
