use std::collections::HashMap;

use waybill_domain::{Order, stored};

use super::*;

fn names(reference: bool) -> Names {
    Names {
        number: "ORD-10007".to_owned(),
        customer: 7,
        reference: reference.then(|| "web-1".to_owned()),
        placed_at: "2026-01-02T03:04:05.000006Z".to_owned(),
        due: "2026-01-09".to_owned(),
        parcel: "99.1".to_owned(),
    }
}

#[test]
fn every_life_is_one_that_the_domain_reads_and_none_has_a_gap_left() {
    let lives = lives::lives(LIVES, &mut StdRng::seed_from_u64(1)).unwrap();
    let mut ends: HashMap<String, usize> = HashMap::new();
    for life in &lives {
        let mut order = Order::default();
        for step in &life.steps {
            let text = |gapped: &lives::Gapped| {
                let mut out = Vec::new();
                gapped.write(&names(life.has_reference), &mut out);
                String::from_utf8(out).unwrap()
            };
            let (payload, personal) = (text(&step.payload), step.personal.as_ref().map(text));
            assert!(!payload.contains("gap-"), "{payload}");
            assert!(
                !personal
                    .iter()
                    .any(|half| half.to_lowercase().contains("gap"))
            );
            let parse = |text: &str| serde_json::from_str(text).unwrap();
            let event = stored::load(
                step.event_type,
                step.event_version,
                parse(&payload),
                personal.as_deref().map(parse),
            );
            order.evolve(&event.unwrap());
        }
        let state = order.state().unwrap();
        assert_eq!(state.order_number.as_str(), "ORD-10007");
        assert_eq!(state.customer_id.as_str(), customer(7));
        assert_eq!(state.placed_at.to_string(), names(false).placed_at);
        assert_eq!(state.reference.is_some(), life.has_reference);
        *ends.entry(state.status.to_string()).or_default() += 1;
    }
    // Every life comes to an end, and they differ.
    assert_eq!(
        ends.values().sum::<usize>(),
        ends["delivered"] + ends["cancelled"]
    );
    assert!(ends["cancelled"] > LIVES / 20, "{ends:?}");
}
