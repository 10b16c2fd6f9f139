use waybill_domain::{
    ActorKind, Cancel, CancelReason, ChangeStatus, OrderCommand, OrderError, Status, fixtures,
};

use crate::given::after;

fn commands() -> [OrderCommand; 3] {
    [
        fixtures::update().into(),
        ChangeStatus::to(Status::Processing).into(),
        Cancel::because(CancelReason::Customer).into(),
    ]
}

#[test]
fn another_customers_order_cannot_be_told_from_none() {
    for command in commands() {
        let foreign = after(&[fixtures::create().into()])
            .by_customer("another")
            .when(command.clone())
            .error();
        let absent = after(&[]).by_customer("another").when(command).error();
        assert_eq!(foreign, OrderError::NotYours);
        assert_eq!(absent, OrderError::NotFound);
        assert_eq!(foreign.code(), absent.code());
        assert_eq!(foreign.to_string(), absent.to_string());
        assert_eq!(foreign.allowed_actions(), None);
    }
}

#[test]
fn only_of_a_customer_the_id_is_compared() {
    let mut context = fixtures::context(ActorKind::Service);
    context.actor.id = "another".to_owned();
    let mut order = waybill_domain::Order::default();
    order.evolve(&fixtures::all_events()[0]);
    let command = ChangeStatus::to(Status::Processing).into();
    assert!(waybill_domain::decide(&order, &command, &context).is_ok());
}
