//! Answers beside what the model expects of them.

use serde_json::{Value, json};

use super::asked::{Asked, Expected, Row, RowOutcome};
use super::rules;
use super::shop::{Refused, Shop};
use super::step::Who;
use super::{Differs, same};
use crate::client::Answer;

/// Compares an answer to a request that may have changed something, and takes in what only the service knows.
pub(super) fn compare(
    asked: &Asked,
    expected: Expected,
    answer: &Answer,
    shop: &mut Shop,
) -> Result<(), Differs> {
    match expected {
        Expected::Refused { why, stale } => {
            refused(why, answer)?;
            stale.map_or(Ok(()), |stale| {
                told_what_happened(stale, asked.by, answer, shop)
            })
        }
        Expected::Done {
            created,
            order,
            version,
            changed,
            replayed,
        } => {
            same("status", &answer.status, &if created { 201 } else { 200 })?;
            learn(shop, order, version, &answer.body["order"]);
            let now = &shop.orders[order];
            let state = &now.states[version - 1];
            let mut body = json!({
                "outcome": if changed { "applied" } else { "unchanged" },
                "order_id": now.id,
                "order_number": now.number,
                "version": version,
                "order": now.view(version, asked.by),
            });
            body["order"]["allowed_actions"] = rules::allowed(state.status, asked.by);
            same(
                "answer",
                &reflecting(&answer.body, asked.by, state.position)?,
                &body,
            )?;
            same("ETag", &answer.header("etag"), &&*format!("\"{version}\""))?;
            let again = if replayed { "true" } else { "" };
            same("replayed", &answer.header("idempotent-replayed"), &again)?;
            let location = if created {
                format!("/v1/orders/{}", now.id)
            } else {
                String::new()
            };
            same("Location", &answer.header("location"), &&*location)
        }
        Expected::Rows(rows) => bulk(asked, rows, answer, shop),
    }
}

/// What an answer says beside how far it reflects the log, which has to be up to `position`.
pub(super) fn reflecting(body: &Value, by: Who, position: usize) -> Result<Value, Differs> {
    let mut body = body.clone();
    let members = body.as_object_mut();
    let take = |name: &str| {
        members
            .as_ref()
            .and_then(|members| members.get(name).cloned())
    };
    let (cursor, reflected) = (take("cursor"), take("position"));
    if let Some(members) = body.as_object_mut() {
        members.remove("cursor");
        members.remove("position");
    }
    let opaque = cursor.is_some_and(|cursor| cursor.as_str().is_some_and(|c| c.len() == 22));
    same("whether there is a cursor", &opaque, &true)?;
    let shown = (!by.is_customer()).then(|| json!(position));
    same("position", &reflected, &shown)?;
    Ok(body)
}

/// Names and times of a new version, which the service gives.
fn learn(shop: &mut Shop, order: usize, version: usize, view: &Value) {
    let text = |name: &str| view[name].as_str().unwrap_or_default().to_owned();
    let order = &mut shop.orders[order];
    if order.id.is_empty() {
        (order.id, order.number) = (text("order_id"), text("order_number"));
    }
    // One request's events are recorded at once.
    for state in &mut order.states[..version] {
        if state.at.is_empty() {
            state.at = text("updated_at");
        }
    }
}

/// Compares a problem.
pub(super) fn refused(why: Refused, answer: &Answer) -> Result<(), Differs> {
    let found = (answer.status, answer.body["code"].clone());
    same("refusal", &found, &(why.0, json!(why.1)))?;
    let kind = answer.header("content-type");
    same("content type", &kind, &"application/problem+json")
}

/// A caller who was behind is told what he has missed.
fn told_what_happened(
    (order, seen): (usize, usize),
    by: Who,
    answer: &Answer,
    shop: &Shop,
) -> Result<(), Differs> {
    let current = shop.orders[order].version();
    same(
        "current version",
        &answer.body["current_version"],
        &json!(current),
    )?;
    same("ETag", &answer.header("etag"), &&*format!("\"{current}\""))?;
    let missed = shop.events.iter().filter(|event| event.order == order);
    let missed: Vec<_> = missed.filter(|event| event.version > seen).collect();
    let told = answer.body["changes"].as_array().cloned();
    if seen == 0 || seen > current {
        return same("changes", &told, &None);
    }
    let expected: Vec<_> = missed.iter().map(|event| shop.wire(event, by)).collect();
    let told = told.unwrap_or_default();
    let found: Vec<_> = told
        .iter()
        .map(|event| event_of(event, by))
        .collect::<Result<_, _>>()?;
    same("changes", &found, &expected)
}

/// An event but for what only the service knows, which has to be there for those who may see it.
pub(super) fn event_of(event: &Value, by: Who) -> Result<Value, Differs> {
    let mut event = event.clone();
    let Some(members) = event.as_object_mut() else {
        return Err(Differs(format!("an event that is none: {event}")));
    };
    let mut missing = Vec::new();
    for name in ["event_id", "recorded_at", "cursor"] {
        if members.remove(name).is_none() {
            missing.push(name);
        }
    }
    for name in ["command_id", "correlation_id"] {
        if members.remove(name).is_some() == by.is_customer() {
            missing.push(name);
        }
    }
    same(
        "members that are missing or too many",
        &missing,
        &Vec::new(),
    )?;
    Ok(event)
}

fn bulk(asked: &Asked, rows: Vec<Row>, answer: &Answer, shop: &mut Shop) -> Result<(), Differs> {
    same("status", &answer.status, &200)?;
    let results = answer.body["results"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    same("rows", &results.len(), &rows.len())?;
    let refused = |row: &Row| matches!(row.outcome, RowOutcome::Refused(_));
    let failed = rows.iter().filter(|row| refused(row)).count();
    let told = (&answer.body["succeeded"], &answer.body["failed"]);
    same(
        "counts",
        &told,
        &(&json!(rows.len() - failed), &json!(failed)),
    )?;
    // In the order in which the log took them in.
    let mut paired: Vec<_> = rows.into_iter().zip(&results).collect();
    paired.sort_by_key(|(_, result)| result["position"].as_u64());
    for (row, result) in paired {
        let order = row.order;
        match row.outcome {
            RowOutcome::Refused(why) => {
                let told = (&result["outcome"], &result["problem"]["code"]);
                same("row", &told, &(&json!("refused"), &json!(why.1)))?;
                same("order", &result["order_id"], &json!(shop.orders[order].id))?;
            }
            RowOutcome::Replayed(kept) => {
                done(
                    asked.by,
                    order,
                    kept.version,
                    (kept.changed, true),
                    result,
                    shop,
                )?;
            }
            RowOutcome::Done(happens) => {
                let changed = !happens.is_empty();
                shop.record(order, happens, asked.by);
                asked.keep(shop, row.key, order, changed);
                let version = shop.orders[order].version();
                done(asked.by, order, version, (changed, false), result, shop)?;
            }
        }
    }
    Ok(())
}

fn done(
    by: Who,
    order: usize,
    version: usize,
    (changed, replayed): (bool, bool),
    result: &Value,
    shop: &Shop,
) -> Result<(), Differs> {
    let order = &shop.orders[order];
    let mut expected = json!({
        "outcome": if changed { "applied" } else { "unchanged" },
        "order_id": order.id,
        "version": version,
    });
    if replayed {
        expected["replayed"] = json!(true);
    }
    let position = order.states[version - 1].position;
    same("row", &reflecting(result, by, position)?, &expected)
}
