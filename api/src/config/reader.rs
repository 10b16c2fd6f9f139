//! Parses settings and collects what is wrong with them.
//!
//! A method that finds a mistake notes it and returns a placeholder, so that the next setting is still
//! looked at. No placeholder gets out: [`Reader::finish`] fails if there is any note.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{ConfigError, ConfigErrors, Kind, Secret, Setting, Sources, Unless};

pub(super) struct Reader<'a> {
    sources: &'a Sources,
    errors: Vec<ConfigError>,
    #[cfg(test)]
    pub(super) asked: std::collections::BTreeSet<&'static str>,
}

struct Value {
    text: String,
    origin: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            errors: Vec::new(),
            #[cfg(test)]
            asked: std::collections::BTreeSet::new(),
        }
    }

    /// The value if there is no mistake, or all mistakes.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(ConfigErrors(self.errors))
        }
    }

    pub(super) fn conflict(&mut self, settings: &[&Setting], detail: impl Into<String>) {
        let names = settings.iter().map(|setting| setting.name).collect();
        self.errors.push(ConfigError::Conflict {
            names,
            detail: detail.into(),
        });
    }

    pub(super) fn is_set(&self, setting: &Setting) -> bool {
        self.sources.raw(setting).is_some()
    }

    /// A text, `None` where it is unset.
    pub(super) fn text(&mut self, setting: &'static Setting) -> Option<String> {
        let Kind::Text { max_bytes } = setting.kind else {
            return self.wrong_kind(setting);
        };
        self.parse(setting, |text| {
            if text.len() > max_bytes {
                return Err(Some(format!("it has {} bytes", text.len())));
            }
            if text.chars().any(char::is_control) {
                return Err(Some("it holds a control character".to_owned()));
            }
            Ok(text.to_owned())
        })
    }

    pub(super) fn secret(&mut self, setting: &'static Setting) -> Option<Secret> {
        let Kind::Secret { min_bytes } = setting.kind else {
            return self.wrong_kind(setting);
        };
        self.parse(setting, |text| {
            if text.len() < min_bytes {
                Err(None)
            } else {
                Ok(Secret::new(text))
            }
        })
    }

    pub(super) fn database_url(&mut self, setting: &'static Setting) -> Option<Secret> {
        self.parse(setting, |text| match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "postgres" | "postgresql") => Ok(Secret::new(text)),
            Ok(url) => Err(Some(format!("its scheme is {:?}", url.scheme()))),
            Err(error) => Err(Some(error.to_string())),
        })
    }

    pub(super) fn trusted_url(&mut self, setting: &'static Setting) -> Option<url::Url> {
        self.parse(setting, |text| {
            let url = url::Url::parse(text).map_err(|error| Some(error.to_string()))?;
            let loopback = match url.host() {
                Some(url::Host::Domain(name)) => name == "localhost",
                Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
                Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
                None => false,
            };
            match url.scheme() {
                "https" => Ok(url),
                "http" if loopback => Ok(url),
                _ => Err(None),
            }
        })
    }

    pub(super) fn path(&mut self, setting: &'static Setting) -> Option<PathBuf> {
        self.parse(setting, |text| Ok(PathBuf::from(text)))
    }

    pub(super) fn address(&mut self, setting: &'static Setting) -> SocketAddr {
        let found = self.parse(setting, |text| text.parse().map_err(|_| None));
        found.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// The items of a list; none where it is unset.
    pub(super) fn list<T>(
        &mut self,
        setting: &'static Setting,
        item: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        let found = self.parse(setting, |text| {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            items
                .map(|text| item(text).map_err(Some))
                .collect::<Result<Vec<T>, _>>()
        });
        found.unwrap_or_default()
    }

    /// One of the words of a choice, brought into its type by `pick`.
    pub(super) fn choice<T>(
        &mut self,
        setting: &'static Setting,
        pick: impl Fn(&str) -> Option<T>,
        placeholder: T,
    ) -> T {
        self.parse(setting, |text| pick(text).ok_or(None))
            .unwrap_or(placeholder)
    }

    pub(super) fn flag(&mut self, setting: &'static Setting) -> bool {
        let found = self.parse(setting, |text| text.parse().map_err(|_| None));
        found.unwrap_or_default()
    }

    /// A whole number in a type of its size. The table's bounds fit it, which a test checks by loading
    /// every setting at both bounds.
    pub(super) fn integer<T: TryFrom<u64> + Default>(&mut self, setting: &'static Setting) -> T {
        let (Kind::Integer { min, max } | Kind::Seconds { min, max } | Kind::Millis { min, max }) =
            setting.kind
        else {
            return self.wrong_kind(setting).unwrap_or_default();
        };
        let found = self.parse(setting, |text| {
            let number: u64 = text.parse().map_err(|_| None)?;
            if !(min..=max).contains(&number) {
                return Err(None);
            }
            T::try_from(number).map_err(|_| Some("too large for this machine".to_owned()))
        });
        found.unwrap_or_default()
    }

    pub(super) fn duration(&mut self, setting: &'static Setting) -> Duration {
        let number = self.integer(setting);
        match setting.kind {
            Kind::Millis { .. } => Duration::from_millis(number),
            _ => Duration::from_secs(number),
        }
    }

    fn parse<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, Option<String>>,
    ) -> Option<T> {
        let value = self.value(setting)?;
        match parse(&value.text) {
            Ok(parsed) => Some(parsed),
            Err(detail) => {
                let given = if setting.kind.is_secret() {
                    format!("{} bytes (not shown)", value.text.len())
                } else {
                    format!("{:?}", value.text)
                };
                self.invalid(setting, value.origin, given, detail);
                None
            }
        }
    }

    fn value(&mut self, setting: &'static Setting) -> Option<Value> {
        #[cfg(test)]
        self.asked.insert(setting.name);
        if let Some(raw) = self.sources.raw(setting) {
            let Ok(text) = raw.value.into_string() else {
                self.invalid(
                    setting,
                    raw.origin,
                    "bytes that are not UTF-8".to_owned(),
                    None,
                );
                return None;
            };
            return Some(Value {
                text: text.trim().to_owned(),
                origin: raw.origin,
            });
        }
        match setting.unless {
            Unless::Default(text) => Some(Value {
                text: text.to_owned(),
                origin: "the default".to_owned(),
            }),
            Unless::Unset(_) => None,
            Unless::Required => {
                self.errors.push(ConfigError::Missing {
                    name: setting.name,
                    key: setting.key,
                    meaning: setting.meaning,
                });
                None
            }
        }
    }

    fn invalid(
        &mut self,
        setting: &Setting,
        origin: String,
        given: String,
        detail: Option<String>,
    ) {
        self.errors.push(ConfigError::Invalid {
            name: setting.name,
            allowed: setting.kind.allowed(),
            origin,
            given,
            detail,
        });
    }

    /// A setting was read as another type than the table says: a mistake in this program, told rather
    /// than hidden.
    fn wrong_kind<T>(&mut self, setting: &Setting) -> Option<T> {
        self.conflict(
            &[setting],
            "the program reads this setting as another type than it documents",
        );
        None
    }
}
