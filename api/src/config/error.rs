//! What can be wrong with a configuration. Messages name the variable, its bound, and what was given;
//! a secret's value is never among it.

use std::{fmt, path::PathBuf};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A setting without a default is not set.
    #[error("{name} (in the file: {key}) must be set: {meaning}")]
    Missing {
        /// The environment variable.
        name: &'static str,
        /// The key in the TOML file.
        key: &'static str,
        /// What it is for.
        meaning: &'static str,
    },
    /// A value is not of its type or out of its bounds.
    #[error("{name} must be {allowed}, but {origin} gives {given}{}", hint(.detail.as_deref()))]
    Invalid {
        /// The environment variable.
        name: &'static str,
        /// Type and bounds.
        allowed: String,
        /// Where the value stands.
        origin: String,
        /// The value, quoted, or its length where it is a secret.
        given: String,
        /// What exactly is wrong with it, where that isn't plain.
        detail: Option<String>,
    },
    /// Settings that don't go together.
    #[error("{}: {detail}", .names.join(", "))]
    Conflict {
        /// The environment variables.
        names: Vec<&'static str>,
        /// Why they don't go together.
        detail: String,
    },
    /// The TOML file has a key that means nothing.
    #[error("{}: no setting is called {key}; docs/configuration.md lists them all", .file.display())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key as written.
        key: String,
    },
    /// The TOML file can't be read or isn't TOML.
    #[error("{}: {reason}", .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong, without the file's content (it may hold secrets).
        reason: String,
    },
}

fn hint(detail: Option<&str>) -> String {
    detail.map(|text| format!(": {text}")).unwrap_or_default()
}

/// All mistakes of a configuration; one a line when displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has mistakes:")?;
        self.0
            .iter()
            .try_for_each(|error| write!(f, "\n  - {error}"))
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}
