use serde_json::json;
use waybill_domain::status::TRANSITIONS;
use waybill_domain::{
    ActorKind, AllowedAction, Cancel, CancelReason, ChangeStatus, DetailField, Order, OrderCommand,
    Status, UpdateDetails, allowed_actions, decide, fixtures,
};

use crate::snapshots::snapshot;

const KINDS: [ActorKind; 4] = [
    ActorKind::Customer,
    ActorKind::Staff,
    ActorKind::Service,
    ActorKind::System,
];

fn in_status(status: Status) -> Order {
    let mut order = Order::default();
    for event in fixtures::in_status(status) {
        order.evolve(&event);
    }
    assert_eq!(order.status(), Some(status));
    order
}

#[test]
fn the_allowed_actions_of_every_caller_are_as_recorded() {
    let mut all = serde_json::Map::new();
    for kind in KINDS {
        for status in Status::ALL {
            let actions = allowed_actions(&in_status(status), kind);
            all.insert(format!("{kind} {status}"), json!(actions));
        }
    }
    snapshot("allowed-actions", &all.into());
}

#[test]
fn an_action_is_listed_if_and_only_if_the_decision_accepts_it() {
    for kind in KINDS {
        let context = fixtures::context(kind);
        for status in Status::ALL {
            let order = in_status(status);
            let listed = allowed_actions(&order, kind);
            let changes = |command: &OrderCommand| {
                decide(&order, command, &context).is_ok_and(|events| !events.is_empty())
            };
            for to in Status::ALL {
                let action = AllowedAction::ChangeStatus { to };
                let accepted = changes(&ChangeStatus::to(to).into());
                assert_eq!(listed.contains(&action), accepted, "{kind} {status} {to}");
            }
            let wish = Cancel::because(CancelReason::Customer).into();
            assert_eq!(listed.contains(&AllowedAction::Cancel), changes(&wish));
            let editable: Vec<DetailField> = DetailField::ALL
                .into_iter()
                .filter(|field| {
                    let name = field.as_str();
                    let body = json!({ name: fixtures::patch_json()[name] });
                    changes(&UpdateDetails::parse(body).unwrap().into())
                })
                .collect();
            let update =
                (!editable.is_empty()).then_some(AllowedAction::Update { fields: editable });
            let listed_update = listed
                .iter()
                .find(|action| matches!(action, AllowedAction::Update { .. }));
            assert_eq!(listed_update, update.as_ref(), "{kind} {status}");
        }
    }
}

#[test]
fn of_an_order_that_is_not_there_nothing_is_allowed() {
    assert_eq!(allowed_actions(&Order::default(), ActorKind::Staff), []);
}

#[test]
fn no_way_in_the_table_leads_backward_or_out_of_an_end() {
    for way in TRANSITIONS {
        assert!(way.from < way.to, "{way:?}");
        assert!(!way.from.is_final());
        assert!(!way.by.is_empty());
    }
    let ends: Vec<Status> = Status::ALL.into_iter().filter(|s| s.is_final()).collect();
    assert_eq!(ends, [Status::Delivered, Status::Cancelled]);
}
