//! Where values come from: flags, the environment, the TOML file, and what the code supplies.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use super::{ConfigError, ConfigErrors, SETTINGS, Setting};

/// The variable that names the TOML file; the flag `--config` beats it.
pub const CONFIG_FILE_VARIABLE: &str = "WAYBILL_CONFIG";

/// Raw values by setting, before they are parsed. `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Sources {
    environment: BTreeMap<&'static str, OsString>,
    file: Option<(PathBuf, BTreeMap<String, String>)>,
    supplied: BTreeMap<&'static str, String>,
    flags: BTreeMap<&'static str, (&'static str, String)>,
    unknown_variables: BTreeSet<String>,
}

/// A raw value and where it stands.
pub(super) struct Raw {
    pub(super) value: OsString,
    pub(super) origin: String,
}

impl Sources {
    /// Reads the process environment and the TOML file that `flag`, or else `WAYBILL_CONFIG`, names.
    /// Fails if the file can't be read, is not TOML, or has a key that means nothing.
    pub fn from_process(flag: Option<&Path>) -> Result<Self, ConfigErrors> {
        let mut sources = Self::from_variables(env::vars_os());
        let file = flag.map(Path::to_owned).or_else(|| {
            env::var_os(CONFIG_FILE_VARIABLE)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        });
        if let Some(file) = file {
            sources.read_file(&file)?;
        }
        Ok(sources)
    }

    /// Takes variables from elsewhere than the process: tests do.
    pub fn from_variables<K: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut sources = Self::default();
        for (name, value) in variables {
            let (name, value) = (name.into(), value.into());
            let Some(name) = name.to_str() else { continue };
            if let Some(setting) = all().find(|setting| setting.name == name) {
                if !value.is_empty() {
                    sources.environment.insert(setting.name, value);
                }
            } else if name.starts_with("WAYBILL_") && name != CONFIG_FILE_VARIABLE {
                sources.unknown_variables.insert(name.to_owned());
            }
        }
        sources
    }

    /// Adds the values of a TOML file.
    pub fn read_file(&mut self, file: &Path) -> Result<(), ConfigErrors> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::File {
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The error's own display quotes the line, which may hold a secret.
            let line = error
                .span()
                .map_or(0, |span| text[..span.start].lines().count().max(1));
            ConfigError::File {
                file: file.to_owned(),
                reason: format!("not TOML at line {line}: {}", error.message()),
            }
        })?;
        let mut values = BTreeMap::new();
        flatten("", &table, &mut values);
        let unknown: Vec<ConfigError> = values
            .keys()
            .filter(|key| !all().any(|setting| setting.key == key.as_str()))
            .map(|key| ConfigError::UnknownKey {
                file: file.to_owned(),
                key: key.clone(),
            })
            .collect();
        if !unknown.is_empty() {
            return Err(ConfigErrors(unknown));
        }
        values.retain(|_, value| !value.is_empty());
        self.file = Some((file.to_owned(), values));
        Ok(())
    }

    /// Supplies a value for a setting that neither the environment nor the file has set. `waybill dev`
    /// gives its private database and its generated key this way, so that they pass the same checks.
    pub fn supply(&mut self, setting: &Setting, value: impl Into<String>) {
        self.supplied.insert(setting.name, value.into());
    }

    /// Sets a value that was given on the command line, as `flag`; it beats every other.
    pub fn flag(&mut self, setting: &Setting, flag: &'static str, value: impl Into<String>) {
        self.flags.insert(setting.name, (flag, value.into()));
    }

    /// Whether a flag, the environment or the file sets it.
    #[must_use]
    pub fn is_set(&self, setting: &Setting) -> bool {
        self.flags.contains_key(setting.name)
            || self.environment.contains_key(setting.name)
            || self
                .file
                .as_ref()
                .is_some_and(|(_, values)| values.contains_key(setting.key))
    }

    /// Variables that begin with `WAYBILL_` and mean nothing; worth a warning, since one may be a
    /// misspelt setting. Not an error, because they may belong to another release.
    pub fn unknown_variables(&self) -> impl Iterator<Item = &str> {
        self.unknown_variables.iter().map(String::as_str)
    }

    pub(super) fn raw(&self, setting: &Setting) -> Option<Raw> {
        if let Some((flag, value)) = self.flags.get(setting.name) {
            return Some(Raw {
                value: value.into(),
                origin: (*flag).to_owned(),
            });
        }
        if let Some(value) = self.environment.get(setting.name) {
            return Some(Raw {
                value: value.clone(),
                origin: "the environment".to_owned(),
            });
        }
        if let Some((file, values)) = &self.file
            && let Some(value) = values.get(setting.key)
        {
            let origin = format!("{} ({})", file.display(), setting.key);
            return Some(Raw {
                value: value.into(),
                origin,
            });
        }
        let value = self.supplied.get(setting.name)?;
        Some(Raw {
            value: value.into(),
            origin: "the command".to_owned(),
        })
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("environment", &self.environment.keys())
            .field("file", &self.file.as_ref().map(|(file, _)| file))
            .field("supplied", &self.supplied.keys())
            .field("flags", &self.flags.keys())
            .finish_non_exhaustive()
    }
}

fn all() -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .flat_map(|(_, settings)| settings.iter().copied())
}

/// Brings TOML values into the form in which a variable would give them.
fn flatten(prefix: &str, table: &toml::Table, values: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, values),
            toml::Value::Array(items) => {
                let items: Vec<String> = items.iter().map(plain).collect();
                values.insert(path, items.join(","));
            }
            scalar => {
                values.insert(path, plain(scalar));
            }
        }
    }
}

fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
