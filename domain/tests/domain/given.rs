//! Given events, when a command, then events or an error.

use serde_json::Value;
use waybill_domain::{
    Actor, ActorKind, DecisionContext, FieldError, InvalidFields, Order, OrderCommand, OrderError,
    OrderEvent, Status, decide, fixtures,
};

pub struct Given {
    order: Order,
    context: DecisionContext,
}

/// An order to which these events happened; staff asks unless told otherwise.
pub fn given(events: &[OrderEvent]) -> Given {
    let mut order = Order::default();
    for event in events {
        order.evolve(event);
    }
    Given {
        order,
        context: fixtures::context(ActorKind::Staff),
    }
}

/// An order to which staff has done this.
pub fn after(commands: &[OrderCommand]) -> Given {
    given(&fixtures::story(commands))
}

/// An order that has come to this status.
pub fn in_status(status: Status) -> Given {
    given(&fixtures::in_status(status))
}

impl Given {
    pub fn by(mut self, kind: ActorKind) -> Self {
        self.context.actor = fixtures::actor(kind);
        self
    }

    pub fn by_customer(mut self, id: &str) -> Self {
        self.context.actor = Actor::new(ActorKind::Customer, id);
        self
    }

    pub fn customers_may_create(mut self) -> Self {
        self.context.policy.allow_customer_create = true;
        self
    }

    pub fn when(&self, command: impl Into<OrderCommand>) -> Outcome {
        let command = command.into();
        Outcome(decide(&self.order, &command, &self.context))
    }
}

#[derive(Debug)]
pub struct Outcome(Result<Vec<OrderEvent>, OrderError>);

impl Outcome {
    #[track_caller]
    pub fn then(self, events: &[OrderEvent]) {
        assert_eq!(self.0.as_deref(), Ok(events));
    }

    #[track_caller]
    pub fn then_nothing(self) {
        self.then(&[]);
    }

    #[track_caller]
    pub fn events(self) -> Vec<OrderEvent> {
        self.0.expect("accepted")
    }

    #[track_caller]
    pub fn refused(self, error: OrderError) {
        assert_eq!(self.0, Err(error));
    }

    #[track_caller]
    pub fn error(self) -> OrderError {
        self.0.expect_err("refused")
    }

    #[track_caller]
    pub fn refused_fields(self, errors: &[(&str, &str)]) {
        assert_eq!(self.0, Err(fields(errors).into()));
    }
}

pub fn fields(errors: &[(&str, &str)]) -> InvalidFields {
    let errors = errors.iter();
    InvalidFields {
        errors: errors.map(|(f, d)| FieldError::new(*f, *d)).collect(),
    }
}

/// The body with one place changed, by JSON pointer; null stands for itself.
pub fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match body.pointer_mut(parent).expect("the place is there") {
        Value::Object(map) => {
            map.insert(name.to_owned(), value);
        }
        Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value,
        _ => panic!("no place for {pointer}"),
    }
    body
}
