//! Events as the log may hold them.

use serde_json::Value;
use uuid::Uuid;

use super::{json, shown_in_order};
use crate::actor::{Actor, ActorKind, Audience};
use crate::envelope::Envelope;
use crate::event::OrderEvent;
use crate::folded::FoldedOrder;
use crate::ids::{OrderId, Position};
use crate::stored::{StoredEvent, current_version, load, load_text};
use crate::time::Timestamp;
use crate::wire;

/// Whatever has an id has this one.
pub(super) const ID: Uuid = Uuid::from_u128(0x0194_217e_2400_7000_8000_0000_0000_0001);

/// Loads what may be a stored event: its type and version, a blank between them, in the first line, its payload in the
/// second, and in the rest, if there is one, its personal half.
///
/// # Panics
/// If what loads is not what it is once it was stored again, or cannot be folded and shown.
pub fn stored_event(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let (Some(head), Some(payload)) = (lines.next(), lines.next()) else {
        return;
    };
    let (event_type, version) = head.split_once(' ').unwrap_or((head, ""));
    let personal = lines.next();
    let loaded = load_text(event_type, version, payload, personal);

    // The long way, where there is one.
    let tree = |text| serde_json::from_str::<Value>(text);
    if let (Ok(payload), Ok(personal)) = (tree(payload), personal.map(tree).transpose()) {
        let long = load(event_type, version, payload, personal);
        assert_eq!(
            loaded.as_ref().map_err(ToString::to_string),
            long.as_ref().map_err(ToString::to_string),
            "a text loads as its tree does"
        );
    }
    if let Ok(event) = loaded {
        holds(&event);
        let mut order = FoldedOrder::new(OrderId::from(ID));
        order.apply(&envelope(1), &event);
        shown(&order);
    }
}

/// Checks what holds for every event, from wherever it comes.
pub(super) fn holds(event: &OrderEvent) {
    let stored = event.to_stored();
    assert_eq!(stored.event_version, current_version(event.kind()));
    let StoredEvent {
        event_type,
        event_version,
        payload,
        personal,
    } = stored;
    let again = load(event_type, event_version, payload.clone(), personal.clone());
    assert_eq!(again.as_ref().ok(), Some(event), "loads as it was stored");

    let mut written = event.clone();
    let text = written.stored_text();
    assert_eq!(written, *event, "is whole after it was written");
    assert_eq!(
        serde_json::from_str::<Value>(&text.payload).ok(),
        Some(payload.clone())
    );
    let again = load_text(
        text.event_type,
        text.event_version,
        &text.payload,
        text.personal.as_deref(),
    );
    assert_eq!(again.as_ref().ok(), Some(event), "loads as it was written");

    // Whose personal half is forgotten stays readable.
    let forgotten = load(event_type, event_version, payload, None);
    let forgotten = forgotten.expect("loads without its personal half");
    for event in [event, &forgotten] {
        let envelope = envelope(1);
        let shown = Audience::ALL.map(|audience| wire::event(&envelope, event, "C", audience));
        for (audience, shown) in Audience::ALL.into_iter().zip(&shown) {
            let text = wire::event_text(&envelope, event, "C", audience);
            assert_eq!(
                serde_json::from_str::<Value>(&text).ok().as_ref(),
                Some(shown)
            );
        }
        shown_in_order(&shown);
    }
}

/// Checks what holds for every order that events fold to.
pub(super) fn shown(order: &FoldedOrder) {
    shown_in_order(&Audience::ALL.map(|audience| order.summary(audience)));
    shown_in_order(&Audience::ALL.map(|audience| order.view(audience)));
    let kept: Result<FoldedOrder, _> = serde_json::from_value(json(order));
    assert_eq!(
        kept.ok().as_ref(),
        Some(order),
        "a read model keeps it whole"
    );
}

/// The envelope of an order's event of this version.
pub(super) fn envelope(version: u64) -> Envelope {
    Envelope {
        event_id: ID.into(),
        order_id: ID.into(),
        order_number: super::command::number(),
        customer_id: super::command::CUSTOMER.parse().expect("a customer id"),
        version,
        position: Position(version),
        recorded_at: Timestamp::UNIX_EPOCH,
        actor: Actor::new(ActorKind::System, "system"),
        command_id: ID.into(),
        correlation_id: "fuzz".to_owned(),
        causation_id: None,
    }
}
