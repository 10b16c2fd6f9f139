//! Lives that orders have: the events that the domain decides for a new order and what is then done with it,
//! in the form in which they are stored, with gaps where two orders with the same life differ.

use anyhow::Context as _;
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use waybill_domain::{
    Actor, ActorKind, Cancel, ChangeStatus, DecisionContext, NewOrder, Order, OrderCommand, Policy,
    UpdateDetails, decide,
};

use super::customer;

/// What stands in the events where the gaps will be. Every one is a valid value of its field, and none is
/// part of another or of anything else.
const NUMBER: &str = "ORD-918273645546";
const CUSTOMER: &str = "gap-customer";
const REFERENCE: &str = "gap-reference";
const PLACED_AT: &str = "2001-02-03T04:05:06.070809Z";
const RECIPIENT: &str = "Gap Recipient";
const EMAIL: &str = "gap-email@example.org";
const PARCEL: &str = "gap-parcel";
const DUE: &str = "2002-03-04";

const ARTICLES: [(&str, &str, u64); 24] = [
    ("TEA-GR-250", "Green tea, 250 g", 1250),
    ("TEA-BL-250", "Black tea, 250 g", 1090),
    ("TEA-MINT-100", "Mint tea, 100 g", 640),
    ("POT-CAST", "Cast iron teapot", 5900),
    ("POT-GLASS", "Glass teapot with strainer", 3450),
    ("CUP-BLUE", "Blue cup", 890),
    ("CUP-WHITE-4", "White cups, set of four", 2490),
    ("KETTLE-17", "Kettle, 1.7 l", 4990),
    ("TIN-S", "Tea tin, small", 450),
    ("TIN-L", "Tea tin, large", 790),
    ("HONEY-500", "Forest honey, 500 g", 1195),
    ("SUGAR-ROCK", "Rock sugar, 400 g", 395),
    ("COFFEE-1000", "Coffee beans, 1 kg", 2190),
    ("GRINDER-H", "Hand grinder", 6900),
    ("FILTER-100", "Paper filters, 100 pieces", 350),
    ("PRESS-08", "Coffee press, 0.8 l", 2990),
    ("CHOC-70", "Dark chocolate 70 %, 100 g", 420),
    ("CHOC-MILK", "Milk chocolate, 100 g", 380),
    ("COOKIE-BOX", "Shortbread, box of 20", 950),
    ("APRON-GREY", "Apron, grey linen", 3200),
    ("TOWEL-2", "Tea towels, set of two", 1490),
    ("SPOON-6", "Tea spoons, set of six", 1990),
    ("TRAY-OAK", "Serving tray, oak", 4450),
    ("CANDLE-3", "Warmer candles, 30 pieces", 590),
];
const CITIES: [(&str, &str, &str); 12] = [
    ("Zürich", "8001", "CH"),
    ("Bern", "3011", "CH"),
    ("Basel", "4051", "CH"),
    ("Wien", "1010", "AT"),
    ("Graz", "8010", "AT"),
    ("Berlin", "10115", "DE"),
    ("Hamburg", "20095", "DE"),
    ("München", "80331", "DE"),
    ("Köln", "50667", "DE"),
    ("Lyon", "69001", "FR"),
    ("Milano", "20121", "IT"),
    ("Utrecht", "3511 AB", "NL"),
];
const GIVEN: [&str; 24] = [
    "Ada", "Bruno", "Carla", "David", "Elena", "Felix", "Greta", "Hugo", "Irene", "Jonas", "Klara",
    "Leon", "Maria", "Nils", "Olga", "Paul", "Rosa", "Simon", "Tessa", "Urs", "Vera", "Walter",
    "Yara", "Zoe",
];
const FAMILY: [&str; 31] = [
    "Ammann", "Bauer", "Costa", "Dubois", "Egli", "Fischer", "Graf", "Huber", "Imhof", "Jansen",
    "Keller", "Lang", "Meier", "Neumann", "Ott", "Peters", "Quint", "Rossi", "Schmid", "Tanner",
    "Ulrich", "Vogel", "Weber", "Xander", "Yilmaz", "Zimmer", "Brunner", "Frei", "Hofer", "Moser",
    "Steiner",
];

/// What fills an order's gaps.
pub(super) struct Names {
    pub(super) number: String,
    pub(super) customer: u64,
    pub(super) reference: Option<String>,
    pub(super) placed_at: String,
    pub(super) due: String,
    pub(super) parcel: String,
}

#[derive(Clone, Copy)]
enum Gap {
    Number,
    Customer,
    Reference,
    PlacedAt,
    Recipient,
    Email,
    Parcel,
    Due,
}

const GAPS: [(&str, Gap); 8] = [
    (NUMBER, Gap::Number),
    (CUSTOMER, Gap::Customer),
    (REFERENCE, Gap::Reference),
    (PLACED_AT, Gap::PlacedAt),
    (RECIPIENT, Gap::Recipient),
    (EMAIL, Gap::Email),
    (PARCEL, Gap::Parcel),
    (DUE, Gap::Due),
];

/// A text with gaps.
pub(super) struct Gapped {
    /// What stands before each gap.
    before: Vec<(String, Gap)>,
    rest: String,
}

impl Gapped {
    fn of(text: &str) -> Self {
        let mut before = Vec::new();
        let mut rest = text;
        while let Some((at, mark, gap)) = GAPS
            .iter()
            .filter_map(|(mark, gap)| Some((rest.find(mark)?, mark, *gap)))
            .min_by_key(|(at, ..)| *at)
        {
            before.push((rest[..at].to_owned(), gap));
            rest = &rest[at + mark.len()..];
        }
        Self {
            before,
            rest: rest.to_owned(),
        }
    }

    /// The text with the gaps filled. Nothing that fills one needs an escape in JSON.
    pub(super) fn write(&self, names: &Names, out: &mut Vec<u8>) {
        for (before, gap) in &self.before {
            out.extend_from_slice(before.as_bytes());
            let (given, family) = name_of(names.customer);
            match gap {
                Gap::Number => out.extend_from_slice(names.number.as_bytes()),
                Gap::Customer => out.extend_from_slice(customer(names.customer).as_bytes()),
                Gap::Reference => {
                    let reference = names.reference.as_deref().unwrap_or_default();
                    out.extend_from_slice(reference.as_bytes());
                }
                Gap::PlacedAt => out.extend_from_slice(names.placed_at.as_bytes()),
                Gap::Recipient => {
                    out.extend_from_slice(format!("{given} {family}").as_bytes());
                }
                Gap::Email => {
                    let email = format!("{given}.{family}.{}@example.org", names.customer);
                    out.extend_from_slice(email.to_lowercase().as_bytes());
                }
                Gap::Parcel => out.extend_from_slice(names.parcel.as_bytes()),
                Gap::Due => out.extend_from_slice(names.due.as_bytes()),
            }
        }
        out.extend_from_slice(self.rest.as_bytes());
    }
}

fn name_of(customer: u64) -> (&'static str, &'static str) {
    let pick = |names: &[&'static str]| {
        let count = names.len() as u64;
        names[usize::try_from(customer % count).unwrap_or_default()]
    };
    (pick(&GIVEN), pick(&FAMILY))
}

/// One event of a life.
pub(super) struct Step {
    pub(super) event_type: &'static str,
    pub(super) event_version: &'static str,
    pub(super) payload: Gapped,
    pub(super) personal: Option<Gapped>,
    /// The kind of him who gave the command.
    pub(super) actor: &'static str,
    /// Whether that is the order's customer.
    pub(super) by_customer: bool,
    /// Whether it is the first event of its command.
    begins: bool,
}

/// What happens to an order, from its first event to a final status.
pub(super) struct Life {
    pub(super) steps: Vec<Step>,
    pub(super) has_reference: bool,
}

impl Life {
    /// The events of the command that begins with the event at `from`.
    pub(super) fn command(&self, from: usize) -> std::ops::Range<usize> {
        let more = self.steps[from + 1..].iter().take_while(|s| !s.begins);
        from..from + 1 + more.count()
    }
}

/// `count` lives, of which many differ in little and few in nothing.
pub(super) fn lives(count: usize, random: &mut StdRng) -> anyhow::Result<Vec<Life>> {
    (0..count).map(|_| life(random)).collect()
}

fn life(random: &mut StdRng) -> anyhow::Result<Life> {
    let body = new_order(random);
    let has_reference = body.get("reference").is_some();
    let currency = body["pricing"]["currency"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let number = NUMBER.parse()?;
    let mut story = Story::default();
    story.tell(
        ActorKind::Service,
        &NewOrder::parse(body)?.numbered(number).into(),
    )?;
    if random.random_bool(0.15) {
        let floor = json!({ "shipping_address": { "line2": "2nd floor" } });
        story.tell(ActorKind::Customer, &UpdateDetails::parse(floor)?.into())?;
    }
    if random.random_bool(0.06) {
        story.tell(ActorKind::Customer, &cancel("customer", None)?)?;
        return Ok(story.life(has_reference));
    }
    if random.random_bool(0.1) {
        let patch = json!({ "pricing": pricing(random, &currency) });
        story.tell(ActorKind::Staff, &UpdateDetails::parse(patch)?.into())?;
    }
    story.tell(ActorKind::Staff, &moved("processing", &json!({}))?)?;
    if random.random_bool(0.2) {
        let shelf = format!(
            "{}{}",
            random.random_range(b'A'..b'F') as char,
            random.random_range(1..40)
        );
        let patch = json!({ "metadata": { "shelf": shelf } });
        story.tell(ActorKind::Service, &UpdateDetails::parse(patch)?.into())?;
    }
    if random.random_bool(0.05) {
        let note = Some("The last one was broken; nothing comes in before next month.");
        story.tell(ActorKind::Staff, &cancel("inventory", note)?)?;
        return Ok(story.life(has_reference));
    }
    let tracking = json!({
        "carrier": "Post",
        "number": PARCEL,
        "url": format!("https://post.example/track?n={PARCEL}"),
    });
    let shipped = json!({ "details": { "tracking": tracking, "estimated_delivery": DUE } });
    story.tell(ActorKind::Staff, &moved("shipped", &shipped)?)?;
    let words = if random.random_bool(0.3) {
        json!({ "message_to_customer": "Thank you! We hope to see you again." })
    } else {
        json!({})
    };
    story.tell(ActorKind::Service, &moved("delivered", &words)?)?;
    Ok(story.life(has_reference))
}

fn moved(to: &str, more: &Value) -> anyhow::Result<OrderCommand> {
    let mut body = more.clone();
    body["to"] = to.into();
    Ok(ChangeStatus::parse(body)?.command.into())
}

fn cancel(reason: &str, note: Option<&str>) -> anyhow::Result<OrderCommand> {
    Ok(Cancel {
        reason: reason.parse()?,
        internal_note: note.map(str::parse).transpose()?,
        // A customer writes to nobody with it.
        message_to_customer: note
            .map(|_| "We are sorry: we have to cancel your order.".parse())
            .transpose()?,
    }
    .into())
}

fn new_order(random: &mut StdRng) -> Value {
    let (city, postal_code, country) = CITIES[random.random_range(0..CITIES.len())];
    let currency = if country == "CH" { "CHF" } else { "EUR" };
    let mut body = json!({
        "customer_id": CUSTOMER,
        "placed_at": PLACED_AT,
        "pricing": pricing(random, currency),
        "shipping_address": {
            "name": RECIPIENT,
            "line1": format!("Kanalstrasse {}", random.random_range(1..200)),
            "city": city,
            "postal_code": postal_code,
            "country": country,
            "email": EMAIL,
        },
    });
    if random.random_bool(0.6) {
        body["reference"] = REFERENCE.into();
    }
    if random.random_bool(0.25) {
        body["shipping_address"]["phone"] = "+41 44 555 01 23".into();
        body["notes"] = "Please ring twice.".into();
    }
    if random.random_bool(0.4) {
        let channel = ["web", "app", "phone"][random.random_range(0..3)];
        body["metadata"] = json!({ "channel": channel });
    }
    body
}

/// One to five lines that add up.
fn pricing(random: &mut StdRng, currency: &str) -> Value {
    let mut sum = 0;
    let items: Vec<Value> = (1..=random.random_range(1..=5))
        .map(|line: u32| {
            let (sku, title, unit_price) = ARTICLES[random.random_range(0..ARTICLES.len())];
            let quantity = random.random_range(1..=3);
            sum += quantity * unit_price;
            json!({
                "line_id": line.to_string(),
                "sku": sku,
                "title": title,
                "quantity": quantity,
                "unit_price": unit_price,
            })
        })
        .collect();
    let discount = if random.random_bool(0.2) { sum / 10 } else { 0 };
    let shipping = if sum >= 5_000 { 0 } else { 490 };
    let total = sum - discount + shipping;
    json!({
        "currency": currency,
        "items": items,
        "discount": discount,
        "shipping": shipping,
        "tax": total * 19 / 119,
        "tax_included": true,
        "total": total,
    })
}

/// An order's events so far.
#[derive(Default)]
struct Story {
    order: Order,
    steps: Vec<Step>,
}

impl Story {
    /// Has the domain decide the next command.
    fn tell(&mut self, kind: ActorKind, command: &OrderCommand) -> anyhow::Result<()> {
        let context = DecisionContext {
            actor: Actor::new(
                kind,
                if kind == ActorKind::Customer {
                    CUSTOMER
                } else {
                    "someone"
                },
            ),
            now: PLACED_AT.parse()?,
            policy: Policy::default(),
        };
        let events = decide(&self.order, command, &context).context("a life that cannot be")?;
        for (nth, event) in events.iter().enumerate() {
            self.order.evolve(event);
            let stored = event.to_stored();
            self.steps.push(Step {
                event_type: stored.event_type,
                event_version: stored.event_version,
                payload: Gapped::of(&stored.payload.to_string()),
                personal: stored.personal.map(|half| Gapped::of(&half.to_string())),
                actor: kind.as_str(),
                by_customer: kind == ActorKind::Customer,
                begins: nth == 0,
            });
        }
        Ok(())
    }

    fn life(self, has_reference: bool) -> Life {
        Life {
            steps: self.steps,
            has_reference,
        }
    }
}
