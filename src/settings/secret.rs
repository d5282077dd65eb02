//! The secret that signs the tokens: given, or made once and kept beside the embedded database.

use std::io::Write as _;
use std::path::Path;

use rand::Rng as _;
use secrecy::ExposeSecret as _;

use super::{Settings, SettingsError};
use crate::durable;

/// Where the secret of the embedded default is kept.
const KEPT_IN: &str = "data/auth.secret";
/// A key shorter than the hash it is used with weakens the signature (RFC 7518, 3.2).
const BYTES_MIN: usize = 32;
/// Words of secrets copied from documentation or made up in a hurry.
const SAMPLES: [&str; 8] = [
    "change-me",
    "change_me",
    "changeme",
    "your-secret",
    "your_secret",
    "secretsecret",
    "0123456789abcdef",
    "abcdefghijklmnop",
];
/// What makes a secret usable.
const ALLOWED: &str = "at least 32 bytes that nobody can guess, as from `openssl rand -hex 32`; \
                       no sample from a document";

impl Settings {
    /// The secret that signs the tokens: as set, or with the embedded default database read from
    /// `data/auth.secret`, which is made where it does not exist.
    ///
    /// # Errors
    /// [`SettingsError::Missing`] where it must be set and is not; [`SettingsError::Secret`]
    /// where the kept one cannot be read, written or used.
    pub fn resolve_secret(&self) -> Result<String, SettingsError> {
        if let Some(secret) = &self.auth.secret {
            return Ok(secret.expose_secret().to_owned());
        }
        if !self.database.is_embedded_default() {
            return Err(SettingsError::Missing {
                key: "auth.secret",
                how: format!(
                    "with a database of your own, set HOTDEAL__AUTH__SECRET or auth.secret in the \
                     file of --config; allowed: {ALLOWED}"
                ),
            });
        }
        read_or_make(Path::new(KEPT_IN))
    }
}

/// Accepts a secret that is long enough, varied enough and no sample.
pub(super) fn strong_enough(text: &str) -> Result<String, &'static str> {
    let mut kinds: Vec<u8> = text.bytes().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let lower = text.to_lowercase();
    let guessable = kinds.len() < 8 || SAMPLES.iter().any(|sample| lower.contains(sample));
    if text.len() < BYTES_MIN || guessable { Err(ALLOWED) } else { Ok(text.to_owned()) }
}

fn read_or_make(path: &Path) -> Result<String, SettingsError> {
    let failed = |cause: String| SettingsError::Secret { path: path.to_owned(), cause };
    let kept = match std::fs::read_to_string(path) {
        Ok(kept) => kept,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            make(path).map_err(|error| failed(error.to_string()))?
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    // Also if the file was there: the start that made it may have ended before the sync.
    durable::sync_folder(folder_of(path)).map_err(|error| failed(error.to_string()))?;
    strong_enough(kept.trim()).map_err(|allowed| failed(format!("not usable; allowed: {allowed}")))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Writes a new secret completely or not at all. Of two starts at the same time, one makes it and
/// both use it.
fn make(path: &Path) -> std::io::Result<String> {
    durable::create_folder(folder_of(path))?;
    let draft = path.with_extension(format!("secret.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    writeln!(file, "{}", random_hex())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => std::fs::read_to_string(path),
    }
}

fn random_hex() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("data/auth.secret");
        let first = read_or_make(&path).expect("made");
        let second = read_or_make(&path).expect("read");
        assert_eq!(first, second);
        assert_eq!(first.len(), 64);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn weak_secrets_are_refused() {
        for weak in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "please-change-me-before-you-go-to-production",
            "0123456789abcdef0123456789abcdef",
        ] {
            assert!(strong_enough(weak).is_err(), "{weak}");
        }
        assert!(strong_enough(&random_hex()).is_ok());
    }
}
