//! What can be searched for: words, found by their beginnings.
//!
//! Postgres' own parser reads `ORD-10001` as a word and a negative number and an e-mail address as one
//! token, so both texts and questions are taken apart here, by the same rule: lower case, cut wherever
//! there is neither a letter nor a digit.

use std::collections::BTreeSet;

use waybill_domain::OrderState;

/// Letters of a word that count, and words of a question that count.
const LETTERS: usize = 40;
const ASKED: usize = 10;
/// Digits of the first order number.
const NUMBER: usize = 5;

/// The words of an order, sorted as Postgres sorts them in a `tsvector`.
pub(super) fn of_order(state: &OrderState) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut add = |text: &str| words.extend(split(text));
    add(state.order_number.as_str());
    add(state.customer_id.as_str());
    if let Some(reference) = &state.reference {
        add(reference.as_str());
    }
    if let Some(address) = &state.shipping_address {
        add(address.name.as_str());
        if let Some(email) = &address.email {
            add(&email.to_string());
        }
    }
    for item in &state.pricing.parts().items {
        add(item.title.as_str());
        add(item.sku.as_str());
    }
    words
}

/// The question as a `tsquery`: every word has to be the beginning of one of the order's. One that something
/// is tied to, as `ORD` is in `ORD-10001`, was not broken off, and has to be one of them: every order has a
/// word that begins like that, and looking for all of those takes the longer the more orders there are.
/// `None` if there is no word in it.
pub(super) fn question(text: &str) -> Option<String> {
    let chunks = text.split_whitespace().map(|chunk| split(chunk).collect());
    let words: Vec<String> = chunks
        .flat_map(|mut chunk: Vec<String>| {
            let last = chunk.pop().map(|word| format!("'{word}':*"));
            let whole = chunk.into_iter().map(|word| format!("'{word}'"));
            whole.chain(last).collect::<Vec<_>>()
        })
        .take(ASKED)
        .collect();
    (!words.is_empty()).then(|| words.join(" & "))
}

/// Whether one of the words is a number as long as orders' numbers are. Few orders have it.
pub(super) fn have_a_number(text: &str) -> bool {
    split(text).any(|word| word.len() >= NUMBER && word.bytes().all(|b| b.is_ascii_digit()))
}

fn split(text: &str) -> impl Iterator<Item = String> {
    // Lower case can bring in marks that are no letters, so the cutting comes after it.
    let lower = text.to_lowercase();
    let words: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LETTERS).collect())
        .collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waybill_domain::fixtures;

    #[test]
    fn an_order_is_found_by_everything_that_people_know_it_by() {
        let order = fixtures::folded(fixtures::all_events()[..1].to_vec()).order;
        let words = of_order(order.state().unwrap());
        for known in [
            "ord", "10001", "shop", "4711", "cust", "7", "ada", "sample", "example", "org",
            "green", "tea", "250",
        ] {
            assert!(words.contains(known), "{known} is not among {words:?}");
        }
    }

    #[test]
    fn a_question_is_taken_apart_as_the_order_was() {
        assert_eq!(question("ORD-10001").unwrap(), "'ord' & '10001':*");
        assert_eq!(question("ord").unwrap(), "'ord':*");
        assert_eq!(
            question("shop-47 gre").unwrap(),
            "'shop' & '47':* & 'gre':*"
        );
        assert_eq!(question("  Ada'); DROP").unwrap(), "'ada':* & 'drop':*");
        assert_eq!(question("Zürich").unwrap(), "'zürich':*");
        assert_eq!(question(" -!' "), None);
    }

    #[test]
    fn a_number_of_an_order_is_told_from_other_words() {
        assert!(have_a_number("ORD-10001"));
        assert!(have_a_number("tea 12345"));
        for common in ["ORD-1000", "tea 250", "99.00.1234", "web-1a2b3c"] {
            assert!(!have_a_number(common), "{common}");
        }
    }
}
