//! What the demo does next.

use std::collections::BTreeMap;

use chrono::{Days, Utc};
use rand::Rng;
use rand::seq::IteratorRandom;
use serde_json::json;
use waybill_domain::{
    Cancel, ChangeStatus, InvalidFields, OrderCommand, OrderId, Status, UpdateDetails,
};

/// Orders on their way at most; from then on they are only moved along.
pub(super) const MOST_OPEN: usize = 60;
/// As many are placed before the first is moved.
const FEWEST_OPEN: usize = 6;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Place an order.
    Place,
    /// Change this one.
    Change(OrderId, Change),
}

/// What to do to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Process,
    Ship,
    Deliver,
    Delay,
    Cancel,
}

/// Picks the next step by chance. Every order comes to its end, most of them well.
pub(super) fn choose(open: &BTreeMap<OrderId, Status>, random: &mut impl Rng) -> Step {
    if open.len() < FEWEST_OPEN || (open.len() < MOST_OPEN && random.random_bool(0.3)) {
        return Step::Place;
    }
    let Some((&order, &status)) = open.iter().choose(random) else {
        return Step::Place;
    };
    let change = match (status, random.random_range(0..100)) {
        (Status::Pending, 0..8) | (Status::Processing, 0..4) => Change::Cancel,
        (Status::Pending, _) => Change::Process,
        (Status::Processing, _) => Change::Ship,
        (_, 0..20) => Change::Delay,
        _ => Change::Deliver,
    };
    Step::Change(order, change)
}

/// The command for it.
pub(super) fn command(
    change: Change,
    random: &mut impl Rng,
) -> Result<OrderCommand, InvalidFields> {
    let days = Utc::now().date_naive() + Days::new(random.random_range(2..6));
    Ok(match change {
        Change::Process => ChangeStatus::to(Status::Processing).into(),
        Change::Ship => {
            let number = format!("PP{:08}", random.random_range(0..100_000_000));
            ChangeStatus::parse(json!({
                "to": "shipped",
                "details": {
                    "tracking": {
                        "carrier": "Paperplane Post",
                        "number": number,
                        "url": format!("https://paperplane.example/track/{number}"),
                    },
                    "estimated_delivery": days,
                },
                "message_to_customer": "Your parcel is on its way.",
                "internal_note": format!("Left from dock {}.", random.random_range(1..5)),
            }))?
            .command
            .into()
        }
        Change::Deliver => ChangeStatus::to(Status::Delivered).into(),
        Change::Delay => UpdateDetails::parse(json!({ "estimated_delivery": days }))?.into(),
        Change::Cancel => {
            let reasons = [
                ("customer", "Cancelled as you asked."),
                ("inventory", "We are sorry: this is sold out."),
                ("declined", "Your bank declined the payment."),
            ];
            let (reason, message) = reasons[random.random_range(0..reasons.len())];
            Cancel::parse(json!({ "reason": reason, "message_to_customer": message }))?
                .command
                .into()
        }
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn orders_come_to_an_end_and_never_too_many_are_on_their_way() {
        let mut random = StdRng::seed_from_u64(1);
        let mut open = BTreeMap::new();
        let (mut placed, mut ended, mut most) = (0_u128, 0, 0);
        for _ in 0..20_000 {
            match choose(&open, &mut random) {
                Step::Place => {
                    placed += 1;
                    open.insert(OrderId::from(Uuid::from_u128(placed)), Status::Pending);
                }
                Step::Change(order, change) => {
                    let to = match change {
                        Change::Process => Status::Processing,
                        Change::Ship => Status::Shipped,
                        Change::Delay => continue,
                        Change::Deliver | Change::Cancel => {
                            ended += 1;
                            open.remove(&order);
                            continue;
                        }
                    };
                    open.insert(order, to);
                }
            }
            most = most.max(open.len());
        }
        assert_eq!(most, MOST_OPEN);
        assert!(placed > 3_000 && ended > placed - 100, "{placed} {ended}");
    }

    #[test]
    fn every_change_makes_a_command() {
        let mut random = StdRng::seed_from_u64(1);
        for _ in 0..50 {
            for change in [
                Change::Process,
                Change::Ship,
                Change::Deliver,
                Change::Delay,
                Change::Cancel,
            ] {
                command(change, &mut random).unwrap();
            }
        }
    }
}
