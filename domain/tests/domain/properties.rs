//! What holds for any story of an order.

use proptest::prelude::*;
use serde_json::{Value, json};
use waybill_domain::{
    Actor, ActorKind, Audience, Cancel, CancelReason, ChangeStatus, DecisionContext, DetailsPatch,
    FoldedOrder, ImportedOrder, NewOrder, Order, OrderCommand, OrderEvent, Policy, Pricing,
    RecordedEvent, Status, UpdateDetails, decide, fixtures, fuzzing::within, stored, wire,
};

fn pricing() -> impl Strategy<Value = Value> {
    let line = (1..1000_u64, 0..1_000_000_u64);
    let lines = prop::collection::vec(line, 1..5);
    (lines, 0..100_u64, 0..2000_u64, 0..2000_u64, any::<bool>()).prop_map(
        |(lines, percent, shipping, tax, tax_included)| {
            let subtotal: u64 = lines.iter().map(|(quantity, price)| quantity * price).sum();
            let discount = subtotal * percent / 100;
            let items: Vec<Value> = lines
                .iter()
                .enumerate()
                .map(|(n, (quantity, unit_price))| {
                    json!({ "line_id": n.to_string(), "sku": "s", "title": "t",
                            "quantity": quantity, "unit_price": unit_price })
                })
                .collect();
            let on_top = if tax_included { 0 } else { tax };
            json!({
                "currency": "EUR", "items": items, "discount": discount,
                "shipping": shipping, "tax": tax, "tax_included": tax_included,
                "total": subtotal - discount + shipping + on_top,
            })
        },
    )
}

/// Patches that may be refused: amounts that do not add up, texts too long, what is locked.
fn patch() -> impl Strategy<Value = DetailsPatch> {
    let clear = Just(Value::Null);
    let text = "[a-zäß ]{0,12}".prop_map(|text| json!(text));
    let detail = prop_oneof![
        pricing().prop_map(|pricing| ("pricing", pricing)),
        (0..5000_u64).prop_map(|total| ("pricing", json!({ "shipping": total }))),
        text.clone()
            .prop_map(|city| ("shipping_address", json!({ "city": city }))),
        clear.clone().prop_map(|none| ("shipping_address", none)),
        Just(("shipping_address", fixtures::address_json())),
        text.clone()
            .prop_map(|number| ("tracking", json!({ "number": number }))),
        clear.clone().prop_map(|none| ("tracking", none)),
        Just(("estimated_delivery", json!("2025-02-01"))),
        clear.clone().prop_map(|none| ("estimated_delivery", none)),
        prop_oneof![text.clone(), clear.clone()].prop_map(|notes| ("notes", notes)),
        prop_oneof![text, clear].prop_map(|entry| ("metadata", json!({ "k": entry }))),
    ];
    prop::collection::vec(detail, 0..4).prop_map(|details| {
        let map = details.into_iter().map(|(name, v)| (name.to_owned(), v));
        DetailsPatch::parse(Value::Object(map.collect())).expect("known details")
    })
}

/// An order of another system in any status, with or without what may be absent.
fn import() -> impl Strategy<Value = OrderCommand> {
    let status = prop::sample::select(Status::ALL.to_vec());
    (pricing(), status, any::<[bool; 2]>()).prop_map(|(pricing, status, without)| {
        let mut body = fixtures::imported_order_json(status);
        body["pricing"] = pricing;
        for (name, without) in ["tracking", "estimated_delivery"].into_iter().zip(without) {
            if without {
                body[name] = Value::Null;
            }
        }
        let order = ImportedOrder::parse(body).expect("valid");
        order.numbered(fixtures::order_number(1)).into()
    })
}

fn command() -> impl Strategy<Value = OrderCommand> {
    let status = prop::sample::select(Status::ALL.to_vec());
    let reason = prop::sample::select(CancelReason::ALL.to_vec());
    prop_oneof![
        1 => pricing().prop_map(|pricing| {
            let mut body = fixtures::new_order_json();
            body["pricing"] = pricing;
            let order = NewOrder::parse(body).expect("valid");
            order.numbered(fixtures::order_number(1)).into()
        }),
        1 => import(),
        6 => patch().prop_map(|details| UpdateDetails { details }.into()),
        6 => (status, patch()).prop_map(|(to, details)| {
            ChangeStatus { details, ..fixtures::change_status(to) }.into()
        }),
        1 => reason.prop_map(|reason| Cancel::because(reason).into()),
    ]
}

fn context() -> impl Strategy<Value = DecisionContext> {
    let actor = prop_oneof![
        4 => Just(fixtures::actor(ActorKind::Staff)),
        2 => Just(fixtures::actor(ActorKind::Service)),
        2 => Just(fixtures::actor(ActorKind::Customer)),
        1 => Just(Actor::new(ActorKind::Customer, "another")),
    ];
    (actor, any::<bool>()).prop_map(|(actor, allow_customer_create)| DecisionContext {
        actor,
        now: fixtures::time(0),
        policy: Policy {
            allow_customer_create,
        },
    })
}

fn commands() -> impl Strategy<Value = Vec<(OrderCommand, DecisionContext)>> {
    let first = pricing().prop_map(|pricing| {
        let mut body = fixtures::new_order_json();
        body["pricing"] = pricing;
        let order = NewOrder::parse(body).expect("valid");
        order.numbered(fixtures::order_number(1)).into()
    });
    let first = prop_oneof![2 => first, 1 => import()]
        .prop_map(|command| (command, fixtures::context(ActorKind::Service)));
    let rest = prop::collection::vec((command(), context()), 0..24);
    (first, rest).prop_map(|(first, rest)| {
        let mut all = vec![first];
        all.extend(rest);
        all
    })
}

/// What the accepted ones among the commands lead to.
struct Played {
    events: Vec<OrderEvent>,
    folded: FoldedOrder,
}

/// Gives the commands one after another and records the events as the log does; `check`
/// sees every event with the order before and after it.
fn play(
    commands: &[(OrderCommand, DecisionContext)],
    mut check: impl FnMut(&Order, &OrderEvent, &Order),
) -> Played {
    let mut folded = FoldedOrder::new(fixtures::order_id(1));
    let mut events = Vec::new();
    for (command, context) in commands {
        let Ok(decided) = decide(&folded.order, command, context) else {
            continue;
        };
        let version = folded.version;
        for (event, number) in decided.iter().zip(version + 1..) {
            let before = folded.order.clone();
            let number = u32::try_from(number).expect("a short story");
            folded.apply(&fixtures::envelope(number), event);
            check(&before, event, &folded.order);
        }
        assert_eq!(folded.version, version + decided.len() as u64);
        events.extend(decided);
    }
    Played { events, folded }
}

fn adds_up(pricing: &Pricing) -> bool {
    let parts = pricing.parts();
    let subtotal: u128 = parts
        .items
        .iter()
        .map(|item| u128::from(item.quantity.get()) * u128::from(item.unit_price.minor_units()))
        .sum();
    let amount = |money: waybill_domain::Money| u128::from(money.minor_units());
    let tax = if parts.tax_included {
        0
    } else {
        amount(parts.tax)
    };
    // Rearranged, so that nothing can go below zero.
    subtotal + amount(parts.shipping) + tax == amount(parts.total) + amount(parts.discount)
}

proptest! {
    #[test]
    fn accepted_commands_replay_to_the_same_state(commands in commands()) {
        let played = play(&commands, |_, _, _| {});
        let mut again = FoldedOrder::new(fixtures::order_id(1));
        for RecordedEvent { envelope, event } in fixtures::recorded(played.events) {
            let stored = event.to_stored();
            let loaded = stored::load(
                stored.event_type, stored.event_version, stored.payload, stored.personal,
            ).expect("what was stored loads");
            again.apply(&envelope, &loaded);
        }
        prop_assert_eq!(&again, &played.folded);
        let kept = serde_json::to_value(&again).expect("plain data");
        let read: FoldedOrder = serde_json::from_value(kept).expect("reads what it wrote");
        prop_assert_eq!(read, again);
    }

    #[test]
    fn an_order_never_goes_backward_and_never_leaves_an_end(commands in commands()) {
        play(&commands, |before, _, after| {
            let (before, after) = (before.status(), after.status());
            assert!(before <= after, "{before:?} to {after:?}");
            if before.is_some_and(Status::is_final) {
                assert_eq!(before, after);
            }
            assert!(before.is_none_or(|b| b < Status::Shipped) || after != Some(Status::Cancelled)
                || before == after);
        });
    }

    #[test]
    fn amounts_always_add_up(commands in commands()) {
        play(&commands, |_, _, after| {
            assert!(adds_up(&after.state().expect("placed").pricing));
        });
    }

    #[test]
    fn versions_count_up_by_one_from_the_creation(commands in commands()) {
        let played = play(&commands, |_, _, _| {});
        prop_assert_eq!(played.folded.version, played.events.len() as u64);
        for (index, event) in played.events.iter().enumerate() {
            let created = matches!(event, OrderEvent::Created(_));
            prop_assert_eq!(created, index == 0);
        }
    }

    #[test]
    fn an_update_lists_what_differs_and_nothing_else(commands in commands()) {
        play(&commands, |before, event, after| {
            let OrderEvent::Updated(updated) = event else { return };
            let (before, after) = (before.editable(), after.editable());
            assert!(!updated.changes.is_empty());
            for field in waybill_domain::DetailField::ALL {
                let listed = updated.changes.iter().filter(|c| c.field() == field).count();
                let differs = before.get(field.as_str()) != after.get(field.as_str());
                assert_eq!(listed, usize::from(differs), "{field:?}");
            }
        });
    }

    #[test]
    fn asking_again_at_once_changes_nothing_more(commands in commands()) {
        let played = play(&commands, |_, _, _| {});
        let order = played.folded.order;
        for (command, context) in &commands {
            let Ok(events) = decide(&order, command, context) else { continue };
            let mut later = order.clone();
            for event in &events {
                later.evolve(event);
            }
            // A second time it may be refused (the order exists, or is at an end), but if
            // it is accepted nothing happens.
            let again = decide(&later, command, context);
            prop_assert!(again.as_ref().map_or(true, Vec::is_empty), "{again:?}");
        }
    }

    #[test]
    fn what_a_lesser_audience_sees_a_greater_one_sees_too(commands in commands()) {
        let played = play(&commands, |_, _, _| {});
        for RecordedEvent { envelope, event } in fixtures::recorded(played.events) {
            let [guest, customer, staff] =
                Audience::ALL.map(|a| wire::event(&envelope, &event, "CURSOR", a));
            prop_assert!(within(&guest, &customer));
            prop_assert!(within(&customer, &staff));
        }
    }

    #[test]
    fn an_event_as_text_is_the_event_as_a_tree(commands in commands()) {
        let played = play(&commands, |_, _, _| {});
        for RecordedEvent { envelope, event } in fixtures::recorded(played.events) {
            for audience in Audience::ALL {
                let text = wire::event_text(&envelope, &event, "CURSOR", audience);
                let value: Value = serde_json::from_str(&text).expect("JSON");
                prop_assert_eq!(value, wire::event(&envelope, &event, "CURSOR", audience));
            }
        }
    }

    #[test]
    fn any_value_in_any_place_is_taken_or_refused_by_name(
        place in prop::sample::select(places()),
        value in any_json(),
    ) {
        let mut body = fixtures::new_order_json();
        *body.pointer_mut(&place).expect("a place") = value;
        match NewOrder::parse(body) {
            Ok(order) => prop_assert!(adds_up(&order.pricing)),
            Err(refused) => {
                prop_assert!(!refused.errors.is_empty());
                prop_assert!(refused.errors.iter().all(|e| !e.field.is_empty()));
            }
        }
    }
}

/// Every place of the fixtures' order, as JSON pointers.
fn places() -> Vec<String> {
    fn walk(value: &Value, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    walk(value, &format!("{path}/{name}"), out);
                }
            }
            Value::Array(entries) => {
                for (index, value) in entries.iter().enumerate() {
                    walk(value, &format!("{path}/{index}"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(&fixtures::new_order_json(), "", &mut out);
    out
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
