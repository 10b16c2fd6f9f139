//! Reading JSON that a caller sent, field by field, so that a refusal names every field
//! at fault and its bound, instead of only the first one that a derived parser trips on.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value};

/// At most this many faults are listed for one body; the rest would help nobody.
const MAX_ERRORS: usize = 50;
/// Unknown field names are echoed at most this far, in characters.
pub(crate) const MAX_ECHOED_NAME: usize = 64;

/// Why one value was refused, as the end of a sentence that begins with its field:
/// "must be between 1 and 1,000,000". Never quotes the value itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BoundError(Cow<'static, str>);

impl BoundError {
    /// A refusal in the given words.
    pub fn new(detail: impl Into<Cow<'static, str>>) -> Self {
        Self(detail.into())
    }
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field} {detail}")]
pub struct FieldError {
    /// Path of the field in the body, such as `pricing.items[3].quantity`.
    pub field: String,
    /// What it must be, such as "must be between 1 and 1,000,000".
    pub detail: String,
}

impl FieldError {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            detail: detail.into(),
        }
    }
}

/// A body was refused. Holds at least one field at fault, and at most 50.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} field(s) refused: {}", .errors.len(), summary(.errors))]
pub struct InvalidFields {
    /// The fields at fault, in the order in which they were read.
    pub errors: Vec<FieldError>,
}

impl InvalidFields {
    /// A refusal on account of a single field.
    pub fn one(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            errors: vec![FieldError::new(field, detail)],
        }
    }

    /// The same faults, found in a part of a greater body.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        for error in &mut self.errors {
            error.field = format!("{parent}.{}", error.field);
        }
        self
    }
}

fn summary(errors: &[FieldError]) -> String {
    let shown: Vec<String> = errors.iter().take(3).map(ToString::to_string).collect();
    shown.join("; ")
}

/// Collects faults, bounded.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    pub(crate) fn add(&mut self, path: &str, detail: impl Into<String>) {
        if self.0.len() < MAX_ERRORS {
            let field = if path.is_empty() { "(body)" } else { path };
            self.0.push(FieldError::new(field, detail));
        }
    }

    /// The value, if nothing was found at fault on the way to it.
    pub(crate) fn resolve<T>(mut self, value: Option<T>) -> Result<T, InvalidFields> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => {
                if self.0.is_empty() {
                    self.add("", "is not readable");
                }
                Err(InvalidFields { errors: self.0 })
            }
        }
    }
}

/// A value that can be read from JSON sent by a caller. `None` means that a fault was
/// added.
pub(crate) trait FromInput: Sized {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self>;
}

/// Reads a whole body.
pub(crate) fn read<T: FromInput>(value: Value) -> Result<T, InvalidFields> {
    let mut faults = Faults::default();
    let read = T::from_input(value, "", &mut faults);
    faults.resolve(read)
}

/// Reads a value that JSON writes as a string.
pub(crate) fn read_str<T>(value: &Value, path: &str, faults: &mut Faults) -> Option<T>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let Value::String(text) = value else {
        faults.add(path, "must be a string");
        return None;
    };
    text.parse()
        .map_err(|error: T::Err| faults.add(path, error.to_string()))
        .ok()
}

/// Implements [`FromInput`] for types that JSON writes as a string.
macro_rules! from_input_str {
    ($($(#[const $max:ident])? $type:ty),+ $(,)?) => {$(
        impl $(<const $max: usize>)? crate::fields::FromInput for $type {
            fn from_input(
                value: serde_json::Value,
                path: &str,
                faults: &mut crate::fields::Faults,
            ) -> Option<Self> {
                crate::fields::read_str(&value, path, faults)
            }
        }
    )+};
}
pub(crate) use from_input_str;

impl FromInput for bool {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let read = value.as_bool();
        if read.is_none() {
            faults.add(path, "must be true or false");
        }
        read
    }
}

/// Versions, the only bare integers that are sent.
impl FromInput for u64 {
    fn from_input(value: Value, path: &str, faults: &mut Faults) -> Option<Self> {
        let read = value.as_u64();
        if read.is_none() {
            faults.add(path, "must be an integer, 0 or more");
        }
        read
    }
}

/// A JSON object being read: fields are taken one by one, and what is left over at the
/// end is refused by name.
pub(crate) struct Fields<'a> {
    path: &'a str,
    map: Map<String, Value>,
    faults_before: usize,
    faults: &'a mut Faults,
}

impl<'a> Fields<'a> {
    pub(crate) fn open(value: Value, path: &'a str, faults: &'a mut Faults) -> Option<Self> {
        if let Value::Object(map) = value {
            Some(Self {
                path,
                map,
                faults_before: faults.0.len(),
                faults,
            })
        } else {
            faults.add(path, "must be an object");
            None
        }
    }

    fn join(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// A field that must be there and not null.
    pub(crate) fn required<T: FromInput>(&mut self, name: &str) -> Option<T> {
        let path = self.join(name);
        match self.map.remove(name) {
            None | Some(Value::Null) => {
                self.faults.add(&path, "is required");
                None
            }
            Some(value) => T::from_input(value, &path, self.faults),
        }
    }

    /// A field that may be absent or null. A fault also reads as `None`.
    pub(crate) fn optional<T: FromInput>(&mut self, name: &str) -> Option<T> {
        match self.map.remove(name) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let path = self.join(name);
                T::from_input(value, &path, self.faults)
            }
        }
    }

    /// Whether a field that was not taken yet is there and not null.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    /// Refuses the object if a field that is taken as an optional one is absent or null.
    pub(crate) fn demand(&mut self, name: &str) {
        if !self.holds(name) {
            self.refuse(name, "is required");
        }
    }

    /// Refuses a field for what other fields say.
    pub(crate) fn refuse(&mut self, name: &str, detail: &'static str) {
        let path = self.join(name);
        self.faults.add(&path, detail);
    }

    /// Refuses every field that was not taken. Tells whether the whole object was read
    /// without a fault.
    pub(crate) fn finish(self) -> bool {
        for name in self.map.keys() {
            let echoed: String = name.chars().take(MAX_ECHOED_NAME).collect();
            let path = self.join(&echoed);
            self.faults.add(&path, "is not a known field");
        }
        self.faults.0.len() == self.faults_before
    }
}

/// Reads a JSON array of between `min` and `max` elements. Past the bound nothing is
/// read, so that the work is bounded too.
pub(crate) fn read_list<T: FromInput>(
    value: Value,
    path: &str,
    (min, max): (usize, usize),
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let Value::Array(values) = value else {
        faults.add(path, "must be an array");
        return None;
    };
    if !(min..=max).contains(&values.len()) {
        faults.add(path, format!("must hold between {min} and {max} entries"));
        return None;
    }
    let mut element_path = String::with_capacity(path.len() + 6);
    let mut read = Vec::with_capacity(values.len());
    let mut whole = true;
    for (index, value) in values.into_iter().enumerate() {
        element_path.clear();
        // Writing to a String cannot fail.
        let _ = write!(element_path, "{path}[{index}]");
        match T::from_input(value, &element_path, faults) {
            Some(element) => read.push(element),
            None => whole = false,
        }
    }
    whole.then_some(read)
}

/// Writes an integer with commas between thousands, for details that people read.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
