//! How events are kept: under a name and a version, in two halves.
//!
//! A stored form never changes. A new one gets a new version, an entry in
//! `stored/forms.rs`, and an upcaster there that brings its predecessor forward; a test
//! holds the JSON of every form ever written and loads it.

mod forms;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::event::{EventKind, OrderEvent};
use crate::wire::json;

#[cfg(feature = "fixtures")]
pub use forms::become_later;
pub(crate) use forms::upcasters_of;
pub use forms::{FORMS, StoredForm, Upcast, current_version};

/// An event as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// For the column `event_type`, such as `OrderCreated`.
    pub event_type: &'static str,
    /// For the column `event_version`, such as `1.0`.
    pub event_version: &'static str,
    /// For the column `payload`: the event without its personal half.
    pub payload: Value,
    /// For the column `personal`: the personal half, where there is one.
    pub personal: Option<Value>,
}

/// A [`StoredEvent`] with its JSON written out, for those who write many and look into none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText {
    /// As in [`StoredEvent`].
    pub event_type: &'static str,
    /// As in [`StoredEvent`].
    pub event_version: &'static str,
    /// As in [`StoredEvent`].
    pub payload: String,
    /// As in [`StoredEvent`].
    pub personal: Option<String>,
}

/// Why a stored event could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No event has that name.
    #[error("there is no event of type {0}")]
    UnknownType(String),
    /// No such version of that event was ever written by this build or one before it. A
    /// later build may have: whoever reads on stops rather than skips.
    #[error("{event_type} {event_version} is not known to this build")]
    UnknownVersion {
        /// The stored name.
        event_type: String,
        /// The stored version.
        event_version: String,
    },
    /// The JSON is not what that version of the event looks like.
    #[error("{event_type} is malformed")]
    Malformed {
        /// The stored name.
        event_type: &'static str,
        /// What the parser says. May quote the JSON, so it is not for logs that outsiders
        /// read.
        #[source]
        source: serde_json::Error,
    },
}

impl OrderEvent {
    /// The event in the form in which it is kept, always of the newest version.
    #[must_use]
    pub fn to_stored(&self) -> StoredEvent {
        let kind = self.kind();
        let mut payload = json(self);
        let personal = payload
            .get_mut(kind.tag())
            .and_then(Value::as_object_mut)
            .and_then(|fields| fields.remove("personal"));
        StoredEvent {
            event_type: kind.stored_type(),
            event_version: current_version(kind),
            payload,
            personal,
        }
    }
}

impl OrderEvent {
    /// What [`to_stored`](Self::to_stored) makes, written at once and without a tree of values between. The
    /// personal half is set aside for that moment, and put back.
    pub fn stored_text(&mut self) -> StoredText {
        let kind = self.kind();
        let (payload, personal) = match self {
            Self::Created(event) => halves(kind, &mut **event, |event| &mut event.personal),
            Self::Updated(event) => halves(kind, &mut **event, |event| &mut event.personal),
            Self::StatusChanged(event) => halves(kind, event, |event| &mut event.personal),
            Self::Cancelled(event) => halves(kind, event, |event| &mut event.personal),
            Self::Completed(event) => halves(kind, event, |event| &mut event.personal),
        };
        StoredText {
            event_type: kind.stored_type(),
            event_version: current_version(kind),
            payload,
            personal,
        }
    }
}

fn halves<E: Serialize, P: Serialize>(
    kind: EventKind,
    event: &mut E,
    half: impl Fn(&mut E) -> &mut Option<P>,
) -> (String, Option<String>) {
    let aside = half(event).take();
    let payload = format!("{{\"{}\":{}}}", kind.tag(), text(event));
    let personal = aside.as_ref().map(text);
    *half(event) = aside;
    (payload, personal)
}

/// An event always has a JSON form: its maps have strings for keys, and it holds no float.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Loads a stored event of any version ever written. `personal` may be `None` although the
/// event had such a half: what was in it is then absent.
///
/// # Errors
/// See [`LoadError`].
pub fn load(
    event_type: &str,
    event_version: &str,
    mut payload: Value,
    mut personal: Option<Value>,
) -> Result<OrderEvent, LoadError> {
    let kind = EventKind::from_stored_type(event_type)
        .ok_or_else(|| LoadError::UnknownType(event_type.to_owned()))?;
    let chain = forms::chain(kind, event_version).ok_or_else(|| LoadError::UnknownVersion {
        event_type: event_type.to_owned(),
        event_version: event_version.to_owned(),
    })?;
    for form in chain {
        if let Some(upcast) = form.upcast {
            upcast(&mut payload, personal.as_mut());
        }
    }
    let malformed = |source| LoadError::Malformed {
        event_type: kind.stored_type(),
        source,
    };
    let event = serde_json::from_value(payload).map_err(malformed)?;
    let personal = personal.filter(|value| !value.is_null());
    joined(kind, event, personal.map(Half::Tree)).map_err(malformed)
}

/// Likewise, from the JSON as it is stored.
///
/// # Errors
/// See [`LoadError`].
pub fn load_text(
    event_type: &str,
    event_version: &str,
    payload: &str,
    personal: Option<&str>,
) -> Result<OrderEvent, LoadError> {
    // Nearly every event is sound and of the newest form, and needs no tree between its text and itself.
    // About any other, the long way says what it is.
    if let Some(kind) = EventKind::from_stored_type(event_type)
        && current_version(kind) == event_version
        && let Ok(event) = serde_json::from_str(payload)
        && let personal = personal.filter(|text| text.trim() != "null")
        && let Ok(event) = joined(kind, event, personal.map(Half::Text))
    {
        return Ok(event);
    }
    let tree = |text| serde_json::from_str(text);
    match (tree(payload), personal.map(tree).transpose()) {
        (Ok(payload), Ok(personal)) => load(event_type, event_version, payload, personal),
        // What no parser reads is as malformed as an event that says nothing.
        _ => load(event_type, event_version, Value::Null, None),
    }
}

/// The personal half, as it comes.
enum Half<'j> {
    Tree(Value),
    Text(&'j str),
}

impl Half<'_> {
    fn read<T: DeserializeOwned>(self) -> Result<Option<T>, serde_json::Error> {
        match self {
            Self::Tree(tree) => serde_json::from_value(tree),
            Self::Text(text) => serde_json::from_str(text),
        }
        .map(Some)
    }
}

/// Puts the personal half back. Without one, whatever the payload held stays: a stock
/// repository writes both halves into it.
fn joined(
    kind: EventKind,
    mut event: OrderEvent,
    personal: Option<Half<'_>>,
) -> Result<OrderEvent, serde_json::Error> {
    if event.kind() != kind {
        return Err(serde::de::Error::custom(
            "the payload is that of another event",
        ));
    }
    if let Some(half) = personal {
        match &mut event {
            OrderEvent::Created(event) => event.personal = half.read()?,
            OrderEvent::Updated(event) => event.personal = half.read()?,
            OrderEvent::StatusChanged(event) => event.personal = half.read()?,
            OrderEvent::Cancelled(event) => event.personal = half.read()?,
            OrderEvent::Completed(event) => event.personal = half.read()?,
        }
    }
    Ok(event)
}
