//! What a setting is: one row of the table in `docs/configuration.md`.

/// One setting, as data.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The key in the TOML file: `table.key`.
    pub key: &'static str,
    /// The type and its bounds.
    pub kind: Kind,
    /// What holds when it is not set.
    pub unless: Unless,
    /// One sentence or two for whoever runs the service.
    pub meaning: &'static str,
}

/// The types that a setting can have, with their bounds (both ends included).
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of text of 1 to `max_bytes` bytes.
    Text {
        /// Upper bound of its length.
        max_bytes: usize,
    },
    /// A secret of at least `min_bytes` bytes, never shown.
    Secret {
        /// Lower bound of its length.
        min_bytes: usize,
    },
    /// A `postgres://` address, never shown because it may hold a password.
    DatabaseUrl,
    /// `https://…`; `http://…` only on loopback, because what is fetched there is trusted.
    TrustedUrl,
    /// A file or folder.
    Path,
    /// `IP:port`.
    Address,
    /// Origins (`https://shop.example`) separated by commas.
    Origins,
    /// Texts separated by commas.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words, separated by commas.
    Choices(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Integer {
        /// Lower bound.
        min: u64,
        /// Upper bound.
        max: u64,
    },
    /// A duration in whole seconds.
    Seconds {
        /// Lower bound.
        min: u64,
        /// Upper bound.
        max: u64,
    },
    /// A duration in whole milliseconds.
    Millis {
        /// Lower bound.
        min: u64,
        /// Upper bound.
        max: u64,
    },
}

/// What holds when a setting is not set.
#[derive(Debug, Clone, Copy)]
pub enum Unless {
    /// It must be set.
    Required,
    /// It stays unset, which means what the text says.
    Unset(&'static str),
    /// This value, in the form that one would write.
    Default(&'static str),
}

impl Kind {
    /// Whether the value must never be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Kind::Secret { .. } | Kind::DatabaseUrl)
    }

    /// What is allowed, as the documentation and the error messages say it.
    #[must_use]
    pub fn allowed(self) -> String {
        match self {
            Kind::Text { max_bytes } => format!("text, 1 to {max_bytes} bytes"),
            Kind::Secret { min_bytes } => format!("secret, at least {min_bytes} bytes"),
            Kind::DatabaseUrl => "postgres://… (secret)".to_owned(),
            Kind::TrustedUrl => "https://… (http:// on loopback only)".to_owned(),
            Kind::Path => "path".to_owned(),
            Kind::Address => "IP:port".to_owned(),
            Kind::Origins => "origins such as https://shop.example, separated by commas".to_owned(),
            Kind::List => "texts, separated by commas".to_owned(),
            Kind::Choice(words) => format!("one of {}", words.join(", ")),
            Kind::Choices(words) => format!("some of {}, separated by commas", words.join(", ")),
            Kind::Flag => "true or false".to_owned(),
            Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
            Kind::Seconds { min, max } => format!("whole seconds, {min} to {max}"),
            Kind::Millis { min, max } => format!("whole milliseconds, {min} to {max}"),
        }
    }
}
