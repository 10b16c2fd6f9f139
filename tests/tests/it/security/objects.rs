//! Nobody gets anything of an order that is not his: on any operation of the contract, by any parameter or member
//! that can name an order or a customer, on any topic and any channel. The operations come from the `OpenAPI`
//! document, the topics from the list that the code has, so what is added later is tried without being told of.
//! A parameter of a new name fails here until it is said whether it names somebody's order.

mod channels;
pub(super) mod scene;

use serde_json::Value;

use super::operations::{self, Asked, Operation, Said};
use scene::{Attacker, Scene};

/// What a parameter, or a member of a body, means for who may see what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// An order, by id, number or reference.
    Order,
    /// An order's number, and nothing else.
    Number,
    /// A customer, or a subject.
    Customer,
    Topic,
    /// Words that are looked for.
    Words,
    /// A place in the log or in a list, which may have been given to somebody else.
    Place,
    /// Neither an order nor anybody.
    Inert,
}

/// Of every name that there is.
fn meaning(name: &str) -> Meaning {
    match name {
        "id" | "order" | "order_id" => Meaning::Order,
        "order_number" => Meaning::Number,
        "customer" | "customer_id" | "value" => Meaning::Customer,
        "topic" => Meaning::Topic,
        "q" => Meaning::Words,
        "after" | "page_cursor" | "min_position" | "Last-Event-ID" => Meaning::Place,
        // Of whole requests.
        "Idempotency-Key" | "If-Match" | "If-None-Match" | "X-Causation-Id" | "X-Request-Id"
        // How much, in which order, from when to when. `after` of `get_node` is a number of a sample's.
        | "at_version" | "by" | "counts" | "from" | "include" | "limit" | "name" | "node"
        | "projection" | "sort" | "status" | "to" | "types" | "wait"
        // What commands say of the order that is named elsewhere.
        | "carrier" | "city" | "company" | "country" | "currency" | "details" | "discount"
        | "email"
        | "expires_at" | "estimated_delivery" | "expected_version" | "internal_note" | "items"
        | "kind" | "lifetime_secs" | "line1" | "line2" | "line_id" | "message_to_customer"
        | "metadata" | "notes" | "number" | "orders" | "phone" | "placed_at" | "postal_code"
        | "pricing" | "quantity" | "reason" | "reference" | "region" | "shipping"
        | "shipping_address" | "sku" | "tax" | "tax_included" | "title" | "total" | "tracking"
        | "unit_price" | "url" => Meaning::Inert,
        new => panic!("say here whether {new:?} can name an order or a customer"),
    }
}

/// One way of asking for what is somebody else's.
struct Attempt {
    operation: String,
    asked: Asked,
    /// Whether it names the victim's order, or the victim.
    named: bool,
    /// Whether it begins where somebody else had come to.
    stolen: bool,
}

/// Every way of asking one operation.
fn attempts(operation: &Operation, scene: &Scene) -> Vec<Attempt> {
    let names = operation.parameters.iter().map(|p| p.name.as_str());
    let members = operation.members.iter().map(String::as_str);
    let meanings: Vec<Meaning> = names.chain(members).map(meaning).collect();
    let has = |meaning| meanings.contains(&meaning);
    let names: Vec<String> = if has(Meaning::Order) {
        scene.order_names().collect()
    } else if has(Meaning::Topic) {
        scene.topics().collect()
    } else if has(Meaning::Customer) {
        // And without saying whose.
        vec![scene.victim.clone(), String::new()]
    } else {
        vec![String::new()]
    };
    let places = [false, true];
    let places = &places[..if has(Meaning::Place) { 2 } else { 1 }];
    let each = names
        .iter()
        .flat_map(|name| places.iter().map(move |stolen| (name, *stolen)));
    each.map(|(name, stolen)| Attempt {
        operation: operation.id.clone(),
        asked: asked(operation, scene, name, stolen),
        // Asking for what is one's own gives what is one's own. A body has to name somebody.
        named: !["", "customer:me"].contains(&&**name),
        stolen,
    })
    .collect()
}

fn asked(operation: &Operation, scene: &Scene, name: &str, stolen: bool) -> Asked {
    let mut path = operation.path.clone();
    let (mut query, mut headers) = (Vec::new(), Vec::new());
    for parameter in &operation.parameters {
        let value = match (meaning(&parameter.name), parameter.name.as_str()) {
            // Of the page before, of the same list; it cannot be begun with.
            (Meaning::Place, "page_cursor") if stolen => match scene.stolen_page(&operation.id) {
                Some(page) => page,
                None => continue,
            },
            (Meaning::Place, "after" | "min_position") if stolen && operation.id != "get_node" => {
                scene.stolen_cursor.clone()
            }
            (Meaning::Place, "after") if operation.id != "get_node" => "earliest".to_owned(),
            (Meaning::Place, _) => continue,
            (Meaning::Customer, _) if name.is_empty() => continue,
            (Meaning::Order | Meaning::Topic, _) => name.to_owned(),
            (Meaning::Customer, _) => scene.victim.clone(),
            (Meaning::Words, _) => "vera".to_owned(),
            (_, "If-Match") if operation.id == "update_order" => {
                headers.push(("if-match", "*".to_owned()));
                continue;
            }
            (_, "include") => "order".to_owned(),
            (_, "name") => "no_such".to_owned(),
            _ => continue,
        };
        let value = operations::encoded(&value);
        match parameter.place.as_str() {
            "path" => path = path.replace(&format!("{{{}}}", parameter.name), &value),
            "query" => query.push(format!("{}={value}", parameter.name)),
            other => panic!("{other}"),
        }
    }
    assert!(!path.contains('{'), "{path}: a part that is not described");
    let body = operation.body.clone().map(|mut body| {
        put(&mut body, name, scene);
        body.to_string()
    });
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    Asked {
        method: operation.method.clone(),
        url: scene.app.url(&format!("{path}?{}", query.join("&"))),
        headers,
        body,
    }
}

/// Puts the victim, or the order, wherever a body names one.
fn put(value: &mut Value, name: &str, scene: &Scene) {
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                match meaning(member) {
                    Meaning::Order => *value = name.into(),
                    Meaning::Number => *value = scene.number.clone().into(),
                    Meaning::Customer => *value = scene.victim.clone().into(),
                    _ => put(value, name, scene),
                }
            }
        }
        Value::Array(all) => {
            // The same order twice is refused for that alone.
            all.truncate(1);
            for value in all {
                put(value, name, scene);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_operation_shows_or_changes_what_is_not_the_callers() {
    let scene = Scene::set().await;
    let http = reqwest::Client::new();
    let document = scene.document().await;
    let operations = operations::all(&document);
    let before = scene.state().await;
    let mut tried = 0;
    for operation in &operations {
        for attempt in attempts(operation, &scene) {
            for attacker in &scene.attackers {
                let said = as_(attacker, &attempt.asked).send(&http).await;
                judge(&scene, &attempt, attacker, &said);
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} attempts");
    assert_eq!(scene.state().await, before, "something was changed");

    // The same requests are good ones, and do show and change it for whom they are: else nothing was tried.
    for operation in &operations {
        for attempt in attempts(operation, &scene) {
            let said = as_(&scene.admin, &attempt.asked).send(&http).await;
            if attempt.named && !attempt.stolen {
                let refused = [400, 401, 403, 404, 415, 422].contains(&said.status);
                assert!(!refused, "{} {said:?}", attempt.asked.url);
                let marks = scene.marks_in(&attempt.asked, &said);
                let shown = !operation.reads() || !marks.is_empty();
                assert!(shown, "{} {said:?}", attempt.asked.url);
            }
        }
    }
    assert_ne!(
        scene.state().await,
        before,
        "commands were tried that change nothing"
    );
    scene.app.stop().await;
}

/// The request as this caller sends it.
fn as_(caller: &Attacker, asked: &Asked) -> Asked {
    let mut asked = asked.clone();
    if let Some(token) = &caller.token {
        asked
            .headers
            .push(("authorization", format!("Bearer {token}")));
    }
    asked
}

fn judge(scene: &Scene, attempt: &Attempt, attacker: &Attacker, said: &Said) {
    let what = || {
        format!(
            "{} as {}: {} {said:?}",
            attempt.operation, attacker.who, attempt.asked.url
        )
    };
    let marks = scene.marks_in(&attempt.asked, said);
    assert!(marks.is_empty(), "{marks:?} of another's order: {}", what());
    assert!(said.status < 500, "{}", what());
    if attempt.named {
        // A place in another's list fits no list of the attacker's.
        let misfit = attempt.stolen && said.status == 400;
        let refused = [401, 403, 404].contains(&said.status) || misfit;
        assert!(refused, "{}", what());
    }
}
