//! What the demo shop sells, and to whom. Nobody in here exists: names are made up, towns too, e-mail addresses end in
//! `.example`, and telephone numbers are those that Ofcom keeps for drama.

use chrono::{TimeDelta, Utc};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use waybill_domain::{InvalidFields, NewOrder, Timestamp};

/// The customer as whom a visitor can sign in.
pub const DEMO_CUSTOMER: &str = "ada";

/// Stock keeping unit, title, price in cents.
const PRODUCTS: [(&str, &str, u64); 16] = [
    ("MUG-350", "Enamel mug, 350 ml", 1_490),
    ("TEA-SEN", "Sencha, 100 g tin", 1_250),
    ("NTB-A5D", "Notebook A5, dotted", 950),
    ("PEN-F05", "Fountain pen, fine nib", 3_400),
    ("INK-BLK", "Ink, black, 30 ml", 890),
    ("LMP-DSK", "Desk lamp, oak and brass", 8_900),
    ("BLK-WOL", "Wool blanket, 140 × 200 cm", 11_900),
    ("CND-BEE", "Beeswax candles, set of four", 2_200),
    ("KNF-PRG", "Paring knife, 9 cm", 2_750),
    ("BRD-OLV", "Olive wood cutting board", 4_500),
    ("BAG-CNV", "Canvas tote bag", 1_900),
    ("BTL-750", "Steel bottle, 750 ml", 2_900),
    ("SOC-MER", "Merino socks, two pairs", 2_400),
    ("PLN-WKL", "Weekly planner, undated", 1_650),
    ("CLK-WAL", "Wall clock, 30 cm", 5_900),
    ("PZL-1K", "Jigsaw puzzle, 1,000 pieces", 2_100),
];

/// Id, name, street, town, postal code, country.
const CUSTOMERS: [(&str, &str, &str, &str, &str, &str); 8] = [
    (
        DEMO_CUSTOMER,
        "Ada Example",
        "12 Placeholder Lane",
        "Exampleton",
        "EX1 2AB",
        "GB",
    ),
    (
        "otto",
        "Otto Muster",
        "Musterweg 7",
        "Musterstadt",
        "00001",
        "DE",
    ),
    (
        "jane",
        "Jane Sampleton",
        "4 Specimen Street",
        "Testbury",
        "TE5 7ST",
        "GB",
    ),
    (
        "jean",
        "Jean Quelconque",
        "8 rue de l'Exemple",
        "Villexemple",
        "00002",
        "FR",
    ),
    (
        "jan",
        "Jan Voorbeeld",
        "Voorbeeldstraat 15",
        "Voorbeeldstad",
        "0003 XX",
        "NL",
    ),
    (
        "fulano",
        "Fulano de Tal",
        "Calle Ejemplo 21",
        "Ejemplar",
        "00004",
        "ES",
    ),
    (
        "mario",
        "Mario Esempio",
        "Via Esempio 3",
        "Borgo Esempio",
        "00005",
        "IT",
    ),
    (
        "sven",
        "Sven Svensson-Test",
        "Testgatan 9",
        "Exempelby",
        "000 06",
        "SE",
    ),
];

const NOTES: [&str; 3] = [
    "Please leave it with the neighbours at number 14.",
    "It is a present: no invoice in the parcel, please.",
    "The bell does not work, please knock.",
];

/// An order such as the shop's back end would place, placed `ago`.
pub(super) fn order(ago: TimeDelta, random: &mut impl Rng) -> Result<NewOrder, InvalidFields> {
    let mut order = json!({
        "placed_at": Timestamp::from(Utc::now() - ago).to_string(),
        "pricing": pricing(random),
        "metadata": { "channel": if random.random_bool(0.7) { "web" } else { "app" } },
    });
    // Every third is the visitor's, so that he has something to look at as a customer.
    let nobody = CUSTOMERS[0];
    let customer = if random.random_bool(0.33) {
        nobody
    } else {
        *CUSTOMERS.choose(random).unwrap_or(&nobody)
    };
    let (id, name, street, town, postal_code, country) = customer;
    order["customer_id"] = json!(id);
    order["shipping_address"] = json!({
        "name": name,
        "line1": street,
        "city": town,
        "postal_code": postal_code,
        "country": country,
        "phone": format!("+44 1632 960{:03}", random.random_range(0..1000)),
        "email": format!("{id}@mail.example"),
    });
    if random.random_bool(0.2) {
        order["notes"] = json!(NOTES[random.random_range(0..NOTES.len())]);
    }
    NewOrder::parse(order)
}

fn pricing(random: &mut impl Rng) -> Value {
    let lines = random.random_range(1..=3);
    let picked: Vec<_> = PRODUCTS.choose_multiple(random, lines).collect();
    let mut subtotal = 0;
    let items: Vec<Value> = picked
        .into_iter()
        .enumerate()
        .map(|(nth, (sku, title, unit_price))| {
            let quantity = [1, 1, 1, 2, 3][random.random_range(0..5)];
            subtotal += quantity * unit_price;
            json!({
                "line_id": format!("{}", nth + 1),
                "sku": sku,
                "title": title,
                "quantity": quantity,
                "unit_price": unit_price,
            })
        })
        .collect();
    let discount = if random.random_bool(0.15) {
        subtotal / 10
    } else {
        0
    };
    let shipping = if subtotal >= 5_000 { 0 } else { 490 };
    json!({
        "currency": "EUR",
        "items": items,
        "discount": discount,
        "shipping": shipping,
        // 19 % that the prices contain.
        "tax": (subtotal - discount + shipping) * 19 / 119,
        "tax_included": true,
        "total": subtotal - discount + shipping,
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn every_order_of_the_catalogue_is_one_that_may_be_placed() {
        let mut random = StdRng::seed_from_u64(1);
        for _ in 0..500 {
            order(TimeDelta::seconds(5), &mut random).unwrap();
        }
    }
}
