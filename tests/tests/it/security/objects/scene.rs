//! A shop with a victim, whose order nobody else may know of, and with everybody who would like to.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_api::push::topic;
use waybill_domain::fixtures;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;

use super::super::operations::{Asked, Said};

/// Nothing here is to be slowed down or shut out for how much is tried.
const PATIENT: [(&str, &str); 9] = [
    ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "100000"),
    ("WAYBILL_RATE_ANONYMOUS_BURST", "100000"),
    ("WAYBILL_RATE_CUSTOMER_PER_SEC", "100000"),
    ("WAYBILL_RATE_CUSTOMER_BURST", "100000"),
    ("WAYBILL_RATE_STAFF_PER_SEC", "100000"),
    ("WAYBILL_RATE_STAFF_BURST", "100000"),
    ("WAYBILL_PUSH_FRAMES_PER_SEC", "1000"),
    ("WAYBILL_TRACKING_REQUESTS_PER_HOUR", "100000"),
    ("WAYBILL_JWT_LEEWAY_SECS", "0"),
];

/// The reference of the victim's other order, which nobody has moved yet.
pub const PENDING: &str = "victim-ref-2";

/// Who is none of those who may see the victim's order.
pub struct Attacker {
    pub who: &'static str,
    pub token: Option<String>,
    /// Whether he is somebody, and may see what is his own.
    pub welcome: bool,
}

pub struct Scene {
    pub app: TestApp,
    /// The subject of the order's customer.
    pub victim: String,
    pub order: String,
    pub number: String,
    pub reference: String,
    pub attackers: Vec<Attacker>,
    /// May do everything.
    pub admin: Attacker,
    /// What the order's customer has, and was given.
    pub owner_token: String,
    pub stolen_cursor: String,
    stolen_pages: Vec<(&'static str, String)>,
}

impl Scene {
    pub async fn set() -> Self {
        let app = TestApp::start_with(&TestDatabase::create().await, &PATIENT).await;
        let victim = "victim-1";
        let service = app.client("shop", &[Role::Service]);
        let placed = service.post("/v1/orders", order(victim)).await.expect(201);
        let id = placed.text_of("order_id").to_owned();
        // A second one, so that there is a second page.
        let mut second = order(victim);
        second["reference"] = json!(PENDING);
        service.post("/v1/orders", second).await.expect(201);
        let own = service.post("/v1/orders", fixtures_for("stranger")).await;
        let own = own.expect(201).text_of("order_id").to_owned();

        let owner_token = app.token(victim, &[]);
        let owner = app.client_with(Some(owner_token.clone()));
        let stolen_cursor = placed.text_of("cursor").to_owned();
        let mut stolen_pages = Vec::new();
        for (operation, path) in [
            ("list_orders", "/v1/orders?limit=1".to_owned()),
            (
                "list_order_events",
                format!("/v1/orders/{id}/events?limit=1"),
            ),
            (
                "get_order_timeline",
                format!("/v1/orders/{id}/timeline?limit=1"),
            ),
        ] {
            let moved = app.client("ann", &[Role::Staff]);
            let notes = json!({ "notes": format!("VICTIM-NOTE {operation}") });
            let any = [("if-match", "*")];
            let path_of = format!("/v1/orders/{id}");
            let answer = moved.send(Method::PATCH, &path_of, Some(notes), &any).await;
            let cursor = answer.expect(200).text_of("cursor").to_owned();
            let page = owner.get(&format!("{path}&min_position={cursor}")).await;
            stolen_pages.push((
                operation,
                page.expect(200).text_of("next_cursor").to_owned(),
            ));
        }

        let moved = json!({ "to": "processing", "message_to_customer": "VICTIM-MESSAGE", "internal_note": "VICTIM-NOTE" });
        let path = format!("/v1/orders/{id}/status");
        service.post(&path, moved).await.expect(200);

        let revoked = app.token_for(victim, &[], Duration::from_secs(500));
        let admin = app.client("root", &[Role::Admin]);
        let taken_back = json!({ "kind": "token", "value": id_of(&revoked) });
        admin
            .post("/v1/admin/revocations", taken_back)
            .await
            .expect(201);
        let old_link = link(&app, &id);
        let path = format!("/v1/orders/{id}/tracking-link");
        service
            .send(Method::DELETE, &path, None, &[])
            .await
            .expect(204);
        let expired = app.token_for(victim, &[], Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(1_100)).await;

        let attacker = |who, token, welcome| Attacker {
            who,
            token,
            welcome,
        };
        let attackers = vec![
            attacker("nobody", None, false),
            attacker("a stranger", Some(app.token("stranger", &[])), true),
            attacker("the guest of another order", Some(link(&app, &own)), true),
            attacker("the customer whose token was revoked", Some(revoked), false),
            attacker("the customer whose token has expired", Some(expired), false),
            attacker("the guest whose link was taken back", Some(old_link), false),
            // Who only looks like the victim.
            attacker("another case", Some(app.token("Victim-1", &[])), true),
            attacker("a longer name", Some(app.token("victim-11", &[])), true),
            attacker("a pattern", Some(app.token("victim-%", &[])), true),
        ];
        Self {
            admin: attacker("an admin", Some(app.token("root", &[Role::Admin])), true),
            app,
            victim: victim.to_owned(),
            number: placed.text_of("order_number").to_owned(),
            reference: "victim-ref-1".to_owned(),
            order: id,
            attackers,
            owner_token,
            stolen_cursor,
            stolen_pages,
        }
    }

    pub async fn document(&self) -> Value {
        let nobody = self.app.client_with(None);
        nobody.get("/openapi.json").await.expect(200).body
    }

    /// Everything that the order is called.
    pub fn order_names(&self) -> impl Iterator<Item = String> {
        [&self.order, &self.number, &self.reference]
            .map(Clone::clone)
            .into_iter()
    }

    /// Every topic on which the order's events are, for somebody; of each form that there is.
    pub fn topics(&self) -> impl Iterator<Item = String> {
        let of_form = |form: &str| match form.split_once(':') {
            Some((kind, "ID")) => {
                let names = match kind {
                    "customer" => vec![self.victim.clone()],
                    _ => self.order_names().collect(),
                };
                names.iter().map(|name| format!("{kind}:{name}")).collect()
            }
            _ => vec![form.to_owned()],
        };
        topic::FORMS.map(of_form).into_iter().flatten()
    }

    pub fn stolen_page(&self, operation: &str) -> Option<String> {
        let mut pages = self.stolen_pages.iter();
        pages
            .find(|(of, _)| *of == operation)
            .map(|(_, page)| page.clone())
    }

    /// What only those may know who may see the order.
    pub fn marks(&self) -> [&str; 10] {
        [
            &self.order,
            &self.number,
            &self.reference,
            "victim-1\"",
            PENDING,
            "Vera",
            "vera@victim.test",
            "VICTIM-",
            "Victimville",
            "Hidden Lane",
        ]
    }

    /// Those of them that an answer holds and its request did not.
    pub fn marks_in(&self, asked: &Asked, said: &Said) -> Vec<&str> {
        let told = format!(
            "{} {}",
            asked.url,
            asked.body.as_deref().unwrap_or_default()
        );
        let untold = self.marks().into_iter().filter(|mark| !told.contains(mark));
        untold.filter(|mark| said.text.contains(mark)).collect()
    }

    /// Where the victim's orders stand: id, version and status of each.
    pub async fn state(&self) -> Vec<(Value, Value, Value)> {
        let admin = self.app.client("root", &[Role::Admin]);
        let mut state = Vec::new();
        for name in [&*self.order, PENDING] {
            let seen = admin
                .get(&format!("/v1/orders/{name}"))
                .await
                .expect(200)
                .body;
            state.push((
                seen["order_id"].clone(),
                seen["version"].clone(),
                seen["status"].clone(),
            ));
        }
        let path = format!("/v1/events?topic=customer:{}&limit=1000", self.victim);
        let events = admin.get(&path).await.expect(200).body["data"].clone();
        let count = events.as_array().map_or(0, Vec::len);
        state.push((json!("events"), json!(count), Value::Null));
        state
    }
}

/// Every field of the victim's order, each with something that is in no other order.
fn order(victim: &str) -> Value {
    json!({
        "reference": "victim-ref-1",
        "customer_id": victim,
        "pricing": {
            "currency": "EUR",
            "items": [{ "line_id": "1", "sku": "VICTIM-SKU", "title": "VICTIM-TITLE", "quantity": 1, "unit_price": 4242 }],
            "total": 4242,
        },
        "shipping_address": {
            "name": "Vera Victim", "line1": "1 Hidden Lane", "city": "Victimville", "postal_code": "8001",
            "country": "CH", "email": "vera@victim.test",
        },
        "notes": "VICTIM-NOTE",
        "metadata": { "batch": "VICTIM-BATCH" },
    })
}

fn fixtures_for(customer: &str) -> Value {
    let mut order = fixtures::new_order_json();
    order["reference"] = json!("stranger-ref");
    order["customer_id"] = json!(customer);
    order
}

/// The token of a tracking link.
pub fn link(app: &TestApp, order: &str) -> String {
    let now = Utc::now() - TimeDelta::milliseconds(1);
    let links = app.app().auth.links();
    let issued = links.issue(order.parse().unwrap(), now, now + TimeDelta::hours(1));
    issued.unwrap().0
}

/// A token's own id.
pub fn id_of(token: &str) -> String {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims)
        .unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}
