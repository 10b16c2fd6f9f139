//! Every stored form ever written, and how each is brought forward.

#[cfg(feature = "fixtures")]
use std::sync::OnceLock;

use serde_json::Value;

use crate::event::EventKind;

/// Changes the JSON of one version (payload, and personal half where it is there) into
/// that of the next. Leaves alone what it does not recognise: loading then says what is
/// wrong with it.
pub type Upcast = fn(&mut Value, Option<&mut Value>);

/// One form in which an event was ever stored.
#[derive(Clone, Copy, Debug)]
pub struct StoredForm {
    /// The event.
    pub kind: EventKind,
    /// The version, `major.minor`.
    pub version: &'static str,
    /// How it becomes the next version of the same event; `None` for the newest.
    pub upcast: Option<Upcast>,
}

const fn newest(kind: EventKind, version: &'static str) -> StoredForm {
    StoredForm {
        kind,
        version,
        upcast: None,
    }
}

const fn older(kind: EventKind, version: &'static str, upcast: Upcast) -> StoredForm {
    StoredForm {
        kind,
        version,
        upcast: Some(upcast),
    }
}

/// Every stored form ever written; of one event the older before the newer. Lines are
/// added, never changed or taken away.
pub const FORMS: &[StoredForm] = &[
    newest(EventKind::Created, "1.0"),
    newest(EventKind::Updated, "1.0"),
    newest(EventKind::StatusChanged, "1.0"),
    older(EventKind::Cancelled, "1.0", cancelled_1_0_to_2_0),
    newest(EventKind::Cancelled, "2.0"),
    newest(EventKind::Completed, "1.0"),
];

/// A form that only a later build has.
#[cfg(feature = "fixtures")]
static LATER: OnceLock<StoredForm> = OnceLock::new();

/// Makes this process a later build: one that has `version` of an event after all in [`FORMS`], writes it, and says
/// the same in it as in the one before. For tests of what builds do that do not have it. Can be done once.
#[cfg(feature = "fixtures")]
pub fn become_later(kind: EventKind, version: &'static str) -> bool {
    LATER.set(newest(kind, version)).is_ok()
}

fn later(kind: EventKind) -> Option<&'static StoredForm> {
    #[cfg(feature = "fixtures")]
    let later = LATER.get();
    #[cfg(not(feature = "fixtures"))]
    let later: Option<&StoredForm> = None;
    later.filter(|form| form.kind == kind)
}

/// Until 2.0 the reason was called `cause`, and a customer's wish `customer_request`; now
/// it has the name that the command and the API use.
fn cancelled_1_0_to_2_0(payload: &mut Value, _personal: Option<&mut Value>) {
    let Some(fields) = payload.get_mut("Cancelled").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(cause) = fields.remove("cause") {
        let reason = if cause == "customer_request" {
            Value::from("customer")
        } else {
            cause
        };
        fields.insert("reason".to_owned(), reason);
    }
}

/// The forms from the given version to the newest, or nothing if it was never written.
pub(super) fn chain(
    kind: EventKind,
    version: &str,
) -> Option<impl Iterator<Item = &'static StoredForm>> {
    let known = FORMS
        .iter()
        .position(|form| form.kind == kind && form.version == version);
    let start = match known {
        Some(start) => start,
        None if later(kind).is_some_and(|form| form.version == version) => FORMS.len(),
        None => return None,
    };
    let forms = FORMS[start..].iter().filter(move |form| form.kind == kind);
    Some(forms.chain(later(kind)))
}

/// The forms that are not the newest of their event, oldest first.
pub(crate) fn upcasters_of() -> impl Iterator<Item = (&'static StoredForm, &'static str, Upcast)> {
    FORMS.iter().enumerate().filter_map(|(index, form)| {
        let next = FORMS[index + 1..]
            .iter()
            .find(|next| next.kind == form.kind)?;
        Some((form, next.version, form.upcast?))
    })
}

/// The version in which an event is stored today.
#[must_use]
pub fn current_version(kind: EventKind) -> &'static str {
    let newest = || FORMS.iter().rev().find(|form| form.kind == kind);
    later(kind).or_else(newest).map_or("", |form| form.version)
}
