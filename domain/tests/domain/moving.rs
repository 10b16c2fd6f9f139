use serde_json::json;
use waybill_domain::{
    ActorKind, AllowedAction, ChangeStatus, Completed, DetailField, OrderError, OrderEvent, Status,
    StatusChanged, TransitionPersonal, fixtures,
};

use crate::given::{after, in_status};

const SHOP: [ActorKind; 3] = [ActorKind::Staff, ActorKind::Service, ActorKind::System];

#[test]
fn the_shop_moves_an_order_a_step_and_only_staff_skips_one() {
    use Status::{Delivered, Pending, Processing, Shipped};
    for from in Status::ALL {
        for to in [Pending, Processing, Shipped, Delivered] {
            for kind in SHOP {
                let outcome = in_status(from).by(kind).when(ChangeStatus::to(to));
                if from == to {
                    outcome.then_nothing();
                    continue;
                }
                // Written out again here: a changed table must change this test.
                let step = matches!(
                    (from, to),
                    (Pending, Processing) | (Processing, Shipped) | (Shipped, Delivered)
                );
                let skip = matches!((from, to), (Pending, Shipped) | (Processing, Delivered));
                if step || (skip && kind == ActorKind::Staff) {
                    let personal = None;
                    outcome.then(&[if to == Delivered {
                        OrderEvent::Completed(Completed { from, personal })
                    } else {
                        OrderEvent::StatusChanged(StatusChanged { from, to, personal })
                    }]);
                } else {
                    let error = outcome.error();
                    assert_eq!(error.code(), "illegal_transition", "{from} to {to}");
                }
            }
        }
    }
}

#[test]
fn an_illegal_move_tells_what_is_allowed_instead() {
    in_status(Status::Shipped)
        .by(ActorKind::Service)
        .when(ChangeStatus::to(Status::Pending))
        .refused(OrderError::IllegalTransition {
            from: Status::Shipped,
            to: Status::Pending,
            allowed: vec![
                AllowedAction::ChangeStatus {
                    to: Status::Delivered,
                },
                AllowedAction::Update {
                    fields: vec![
                        DetailField::Tracking,
                        DetailField::EstimatedDelivery,
                        DetailField::Notes,
                        DetailField::Metadata,
                    ],
                },
            ],
        });
}

#[test]
fn cancelling_is_left_to_cancel() {
    let error = in_status(Status::Pending)
        .when(ChangeStatus::to(Status::Cancelled))
        .error();
    assert_eq!(error.code(), "use_cancel");
    let allowed = error.allowed_actions().unwrap();
    assert!(allowed.contains(&AllowedAction::Cancel));
}

#[test]
fn a_customer_moves_no_order() {
    for to in Status::ALL {
        in_status(Status::Pending)
            .by(ActorKind::Customer)
            .when(ChangeStatus::to(to))
            .refused(OrderError::Forbidden {
                action: "change an order's status",
            });
    }
}

#[test]
fn note_and_message_go_with_the_move() {
    let personal = Some(TransitionPersonal {
        message_to_customer: Some("Thank you for waiting.".parse().unwrap()),
        internal_note: Some("Checked by hand.".parse().unwrap()),
    });
    in_status(Status::Pending)
        .when(fixtures::change_status(Status::Processing))
        .then(&[OrderEvent::StatusChanged(StatusChanged {
            from: Status::Pending,
            to: Status::Processing,
            personal: personal.clone(),
        })]);
    in_status(Status::Shipped)
        .when(fixtures::change_status(Status::Delivered))
        .then(&[OrderEvent::Completed(Completed {
            from: Status::Shipped,
            personal,
        })]);
}

fn shipping_with(details: &serde_json::Value) -> ChangeStatus {
    let body = json!({ "to": "shipped", "details": details });
    ChangeStatus::parse(body).unwrap().command
}

#[test]
fn details_change_before_the_status_does() {
    let command = shipping_with(&json!({ "tracking": { "number": "1" } }));
    let events = in_status(Status::Processing).when(command.clone()).events();
    assert!(matches!(
        events.as_slice(),
        [OrderEvent::Updated(_), OrderEvent::StatusChanged(_)]
    ));
    // Asked again in the new status, details that are there already change nothing.
    let again = in_status(Status::Shipped).when(command).events();
    assert!(matches!(again.as_slice(), [OrderEvent::Updated(_)]));
}

#[test]
fn details_that_do_not_change_leave_the_move_alone() {
    let command = shipping_with(&json!({ "notes": "Please ring twice." }));
    let events = in_status(Status::Processing).when(command).events();
    assert!(matches!(events.as_slice(), [OrderEvent::StatusChanged(_)]));
}

#[test]
fn details_out_of_bounds_refuse_the_whole_move() {
    let command = shipping_with(&json!({ "tracking": { "number": "" } }));
    in_status(Status::Processing)
        .when(command)
        .refused_fields(&[(
            "details.tracking.number",
            "must be between 1 and 100 characters long",
        )]);
}

#[test]
fn what_is_not_there_cannot_move() {
    let nothing = after(&[]);
    nothing
        .when(ChangeStatus::to(Status::Shipped))
        .refused(OrderError::NotFound);
    nothing
        .when(fixtures::update())
        .refused(OrderError::NotFound);
    nothing
        .when(fixtures::cancel())
        .refused(OrderError::NotFound);
}
