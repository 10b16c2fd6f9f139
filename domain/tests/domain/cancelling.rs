use waybill_domain::{
    ActorKind, Cancel, CancelReason, Cancelled, ChangeStatus, OrderError, OrderEvent, Status,
    TransitionPersonal, fixtures,
};

use crate::given::{Given, after};

fn pending() -> Given {
    after(&[fixtures::create().into()])
}

fn moved_to(status: Status) -> Given {
    after(&[fixtures::create().into(), ChangeStatus::to(status).into()])
}

#[test]
fn the_shop_cancels_until_the_order_is_shipped() {
    for kind in [ActorKind::Staff, ActorKind::Service, ActorKind::System] {
        for (given, from) in [
            (pending(), Status::Pending),
            (moved_to(Status::Processing), Status::Processing),
        ] {
            let personal = Some(TransitionPersonal {
                message_to_customer: Some("We are sorry.".parse().unwrap()),
                internal_note: Some("Shelf was empty.".parse().unwrap()),
            });
            given
                .by(kind)
                .when(fixtures::cancel())
                .then(&[OrderEvent::Cancelled(Cancelled {
                    from,
                    reason: CancelReason::Inventory,
                    personal,
                })]);
        }
        let error = moved_to(Status::Shipped)
            .by(kind)
            .when(fixtures::cancel())
            .error();
        assert_eq!(error.code(), "illegal_transition");
    }
}

#[test]
fn a_delivered_order_is_not_cancelled() {
    let delivered = [
        fixtures::create().into(),
        ChangeStatus::to(Status::Shipped).into(),
        ChangeStatus::to(Status::Delivered).into(),
    ];
    let error = after(&delivered).when(fixtures::cancel()).error();
    assert!(matches!(
        error,
        OrderError::IllegalTransition {
            from: Status::Delivered,
            to: Status::Cancelled,
            ..
        }
    ));
}

#[test]
fn cancelling_twice_changes_nothing() {
    after(&[fixtures::create().into(), fixtures::cancel().into()])
        .when(Cancel::because(CancelReason::Fraud))
        .then_nothing();
}

#[test]
fn a_customer_cancels_his_order_while_it_is_pending() {
    let wish = || Cancel::because(CancelReason::Customer);
    pending()
        .by(ActorKind::Customer)
        .when(wish())
        .then(&[OrderEvent::Cancelled(Cancelled {
            from: Status::Pending,
            reason: CancelReason::Customer,
            personal: None,
        })]);
    moved_to(Status::Processing)
        .by(ActorKind::Customer)
        .when(wish())
        .refused(OrderError::IllegalTransition {
            from: Status::Processing,
            to: Status::Cancelled,
            allowed: vec![],
        });
}

#[test]
fn a_customer_does_not_speak_for_the_shop() {
    pending()
        .by(ActorKind::Customer)
        .when(fixtures::cancel())
        .refused(OrderError::Forbidden {
            action: "write internal notes or messages to customers",
        });
    for reason in CancelReason::ALL {
        let outcome = pending()
            .by(ActorKind::Customer)
            .when(Cancel::because(reason));
        if matches!(reason, CancelReason::Customer | CancelReason::Other) {
            assert_eq!(outcome.events().len(), 1);
        } else {
            outcome.refused_fields(&[(
                "reason",
                "must be customer or other when a customer cancels",
            )]);
        }
    }
}
