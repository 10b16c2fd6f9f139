//! Topics as clients name them.

use waybill_domain::{CustomerId, OrderKey};

/// A topic as a client names it, before it is known whether it may follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `orders`
    Orders,
    /// `customer:me`
    Me,
    /// `customer:ID`
    Customer(CustomerId),
    /// `order:ID`, by id, number or reference.
    Order(OrderKey),
}

/// Every form that a topic can have, as the documents write it. Tests of who may see what go through them.
pub const FORMS: [&str; 4] = ["orders", "customer:ID", "customer:me", "order:ID"];

/// Not one of the forms.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the topic must be `orders`, `customer:ID`, `customer:me` or `order:ID`")]
pub struct NotATopic;

impl std::str::FromStr for Wish {
    type Err = NotATopic;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "orders" => Ok(Self::Orders),
            Some(("customer", "me")) => Ok(Self::Me),
            Some(("customer", id)) => id.parse().map(Self::Customer).map_err(|_| NotATopic),
            Some(("order", key)) => key.parse().map(Self::Order).map_err(|_| NotATopic),
            _ => Err(NotATopic),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_form_is_listed_and_understood() {
        let told = NotATopic.to_string();
        let told: BTreeSet<&str> = told.split('`').skip(1).step_by(2).collect();
        assert_eq!(told, FORMS.into());
        for form in FORMS {
            // A form that is added to the type has to be named here, and told above.
            let listed = match form.parse::<Wish>().unwrap() {
                Wish::Orders => "orders",
                Wish::Me => "customer:me",
                Wish::Customer(_) => "customer:ID",
                Wish::Order(_) => "order:ID",
            };
            assert_eq!(listed, form);
        }
    }

    #[test]
    fn topics_are_read_by_their_form() {
        assert_eq!("orders".parse(), Ok(Wish::Orders));
        assert_eq!("customer:me".parse(), Ok(Wish::Me));
        assert_eq!(
            "customer:c:1".parse(),
            Ok(Wish::Customer("c:1".parse().unwrap()))
        );
        assert_eq!(
            "order:ORD-1".parse(),
            Ok(Wish::Order("ORD-1".parse().unwrap()))
        );
        for text in ["", "order", "orders:", "customer:", "order:", "nobody:1"] {
            assert_eq!(text.parse::<Wish>(), Err(NotATopic), "{text}");
        }
    }
}
