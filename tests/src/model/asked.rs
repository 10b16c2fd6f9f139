//! Requests that change something: how a step is put to the service, and what the model makes of it.

use serde_json::{Map, Value, json};
use waybill_domain::{CancelReason, Status};

use super::rules;
use super::shop::{Happens, Kept, Key, Order, Refused, Shop};
use super::step::{Detail, Seen, Step, Who};

/// What is asked, with everything named as it was when it was first asked.
#[derive(Clone, Debug)]
enum What {
    Place {
        customer: Who,
        placed_at: String,
        pricing: Value,
        title: &'static str,
        reference: Option<String>,
        whole: bool,
    },
    Update(usize, Map<String, Value>),
    Move(usize, Status, Map<String, Value>, bool),
    Cancel(usize, CancelReason, bool),
    Bulk {
        rows: Vec<(usize, Option<usize>)>,
        to: Option<Status>,
    },
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) by: Who,
    what: What,
    /// Which version the order has to have, and whether the header says so.
    expected: Option<(usize, bool)>,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
    pub(super) if_match: Option<String>,
    pub(super) key: Option<u8>,
}

/// What the model answers.
#[derive(Debug)]
pub(super) enum Expected {
    /// One problem.
    Refused {
        why: Refused,
        /// The order, and the version that the caller had seen, where it is about that.
        stale: Option<(usize, usize)>,
    },
    /// One command was done, perhaps before.
    Done {
        created: bool,
        order: usize,
        version: usize,
        changed: bool,
        replayed: bool,
    },
    /// A row for each order.
    Rows(Vec<Row>),
}

/// What becomes of one order of many. Which of them come first only the service knows.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) order: usize,
    pub(super) key: Option<Key>,
    pub(super) outcome: RowOutcome,
}

#[derive(Debug)]
pub(super) enum RowOutcome {
    Refused(Refused),
    Replayed(Kept),
    Done(Vec<Happens>),
}

impl Asked {
    /// The request of a step that changes something, unless there is no order that it could be about.
    pub(super) fn of(step: &Step, shop: &Shop) -> Option<Self> {
        let pick = |nth: usize| nth.checked_rem(shop.orders.len());
        match step {
            Step::Place {
                by,
                customer,
                placed,
                price,
                reference,
                whole,
                key,
            } => Some(Self::place(
                *by,
                What::Place {
                    customer: *customer,
                    placed_at: minute(*placed),
                    pricing: rules::pricing(*price, 0, *whole),
                    title: rules::TITLES[usize::from(*price)],
                    reference: reference.map(|nth| format!("shop-{nth}")),
                    whole: *whole,
                },
                *key,
            )),
            Step::Update {
                by,
                order,
                details,
                seen,
                key,
            } => {
                let order = pick(*order)?;
                let patch = patch(shop, order, details);
                // There is no place for a version in a merge patch.
                let seen = match *seen {
                    Seen::Body(off) => Seen::Header(off),
                    seen => seen,
                };
                let what = What::Update(order, patch.clone());
                Some(Self::one(
                    shop,
                    *by,
                    (order, what),
                    patch.into(),
                    seen,
                    *key,
                ))
            }
            Step::Move {
                by,
                order,
                to,
                details,
                note,
                seen,
                key,
            } => {
                let order = pick(*order)?;
                let patch = patch(shop, order, details);
                let mut body = json!({ "to": to });
                if !patch.is_empty() {
                    body["details"] = patch.clone().into();
                }
                noted(&mut body, *note);
                let what = What::Move(order, *to, patch, *note);
                Some(Self::one(shop, *by, (order, what), body, *seen, *key))
            }
            Step::Cancel {
                by,
                order,
                reason,
                note,
                seen,
                key,
            } => {
                let order = pick(*order)?;
                let mut body = json!({ "reason": reason });
                noted(&mut body, *note);
                let what = What::Cancel(order, *reason, *note);
                Some(Self::one(shop, *by, (order, what), body, *seen, *key))
            }
            Step::Bulk {
                by,
                orders,
                to,
                seen,
                key,
            } => {
                let rows: Option<Vec<_>> = orders
                    .iter()
                    .map(|nth| {
                        let order = pick(*nth)?;
                        let version = match seen {
                            Seen::Body(off) => Some(near(shop, order, *off)),
                            _ => None,
                        };
                        Some((order, version))
                    })
                    .collect();
                Some(Self::bulk(shop, *by, rows?, *to, *key))
            }
            _ => None,
        }
    }

    fn place(by: Who, what: What, key: Option<u8>) -> Self {
        let mut body = json!({ "shipping_address": rules::address() });
        if let What::Place {
            customer,
            placed_at,
            pricing,
            reference,
            ..
        } = &what
        {
            body["customer_id"] = json!(customer.subject());
            body["placed_at"] = json!(placed_at);
            body["pricing"] = pricing.clone();
            body["reference"] = json!(reference);
        }
        Self {
            by,
            what,
            expected: None,
            method: "POST",
            path: "/v1/orders".to_owned(),
            body,
            if_match: None,
            key,
        }
    }

    fn one(
        shop: &Shop,
        by: Who,
        (order, what): (usize, What),
        mut body: Value,
        seen: Seen,
        key: Option<u8>,
    ) -> Self {
        let (mut expected, mut if_match) = (None, None);
        match seen {
            Seen::Unsaid => {}
            Seen::Any => if_match = Some("*".to_owned()),
            Seen::Body(off) => {
                let version = near(shop, order, off);
                body["expected_version"] = json!(version);
                expected = Some((version, false));
            }
            Seen::Header(off) => {
                let version = near(shop, order, off);
                if_match = Some(format!("\"{version}\""));
                expected = Some((version, true));
            }
        }
        let (method, below) = match what {
            What::Update(..) => ("PATCH", ""),
            What::Cancel(..) => ("POST", "/cancel"),
            _ => ("POST", "/status"),
        };
        Self {
            by,
            what,
            expected,
            method,
            path: format!("/v1/orders/{}{below}", shop.orders[order].id),
            body,
            if_match,
            key,
        }
    }

    fn bulk(
        shop: &Shop,
        by: Who,
        rows: Vec<(usize, Option<usize>)>,
        to: Option<Status>,
        key: Option<u8>,
    ) -> Self {
        // By number, so that names are looked up here, too.
        let listed = rows.iter().map(|(order, version)| {
            json!({ "order_id": shop.orders[*order].number, "expected_version": version })
        });
        let mut body = json!({ "orders": listed.collect::<Vec<_>>() });
        let below = if let Some(to) = to {
            body["to"] = json!(to);
            "status"
        } else {
            body["reason"] = json!("staff");
            "cancel"
        };
        Self {
            by,
            what: What::Bulk { rows, to },
            expected: None,
            method: "POST",
            path: format!("/v1/orders/bulk/{below}"),
            body,
            if_match: None,
            key,
        }
    }

    /// By what a repeat is told from another request.
    fn request(&self) -> String {
        format!("{} {} {}", self.method, self.path, self.body)
    }

    /// What was answered to this key, or that it was another request.
    fn kept(&self, shop: &Shop, row: Option<usize>) -> Result<Option<Kept>, Refused> {
        let kept = self.key_of(row).and_then(|key| shop.kept.get(&key));
        match kept {
            Some(kept) if kept.request != self.request() => Err(Refused::KEY_REUSED),
            kept => Ok(kept.cloned()),
        }
    }

    fn key_of(&self, row: Option<usize>) -> Option<Key> {
        self.key.map(|key| (self.by, key, row))
    }

    /// Remembers what was answered.
    pub(super) fn keep(&self, shop: &mut Shop, key: Option<Key>, order: usize, changed: bool) {
        if let Some(key) = key {
            let version = shop.orders[order].version();
            let kept = Kept {
                request: self.request(),
                order,
                version,
                changed,
            };
            shop.kept.insert(key, kept);
        }
    }

    /// Asks the model, which takes in what happens; of many orders only the caller can, when he knows which
    /// came first.
    pub(super) fn give(&self, shop: &mut Shop) -> Expected {
        let refused = |why| Expected::Refused { why, stale: None };
        if let What::Bulk { rows, to } = &self.what {
            return self.give_many(shop, rows, *to).unwrap_or_else(refused);
        }
        match self.kept(shop, None) {
            Err(why) => return refused(why),
            Ok(Some(kept)) => {
                return Expected::Done {
                    created: matches!(self.what, What::Place { .. }),
                    order: kept.order,
                    version: kept.version,
                    changed: kept.changed,
                    replayed: true,
                };
            }
            Ok(None) => {}
        }
        let order = match &self.what {
            What::Place { .. } => {
                return self.give_new(shop).unwrap_or_else(refused);
            }
            What::Update(order, _) | What::Move(order, ..) | What::Cancel(order, ..) => *order,
            What::Bulk { .. } => return refused(Refused::NOT_FOUND),
        };
        if matches!(self.what, What::Update(..)) && self.if_match.is_none() {
            return refused(Refused(428, "precondition_required"));
        }
        if !shop.orders[order].shows_to(self.by) {
            return refused(Refused::NOT_FOUND);
        }
        if let Some((version, by_header)) = self.expected
            && version != shop.orders[order].version()
        {
            let why = if by_header {
                Refused(412, "precondition_failed")
            } else {
                Refused(409, "version_conflict")
            };
            let stale = Some((order, version));
            return Expected::Refused { why, stale };
        }
        let happens = match &self.what {
            What::Update(_, patch) => shop.update(order, patch, self.by),
            What::Move(_, to, patch, note) => shop.change_status(order, *to, patch, *note, self.by),
            What::Cancel(_, reason, note) => shop.cancel(order, *reason, *note, self.by),
            What::Place { .. } | What::Bulk { .. } => Err(Refused::NOT_FOUND),
        };
        match happens {
            Ok(happens) => {
                let changed = !happens.is_empty();
                shop.record(order, happens, self.by);
                self.keep(shop, self.key_of(None), order, changed);
                Expected::Done {
                    created: false,
                    order,
                    version: shop.orders[order].version(),
                    changed,
                    replayed: false,
                }
            }
            Err(why) => refused(why),
        }
    }

    fn give_new(&self, shop: &mut Shop) -> Result<Expected, Refused> {
        let What::Place {
            customer,
            placed_at,
            pricing,
            title,
            reference,
            whole,
        } = &self.what
        else {
            return Err(Refused::NOT_FOUND);
        };
        if self.by.is_customer() {
            return Err(Refused::FORBIDDEN);
        }
        if !whole {
            return Err(Refused::INVALID);
        }
        let taken = |order: &Order| reference.is_some() && order.reference == *reference;
        if shop.orders.iter().any(taken) {
            return Err(Refused(409, "reference_taken"));
        }
        let order = Order {
            id: String::new(),
            number: String::new(),
            reference: reference.clone(),
            customer: *customer,
            placed_at: placed_at.clone(),
            title,
            states: Vec::new(),
        };
        let order = shop.place(order, pricing.clone(), self.by);
        self.keep(shop, self.key_of(None), order, true);
        Ok(Expected::Done {
            created: true,
            order,
            version: 1,
            changed: true,
            replayed: false,
        })
    }

    fn give_many(
        &self,
        shop: &Shop,
        rows: &[(usize, Option<usize>)],
        to: Option<Status>,
    ) -> Result<Expected, Refused> {
        if self.by != Who::Ann {
            return Err(Refused::FORBIDDEN);
        }
        for (nth, (order, _)) in rows.iter().enumerate() {
            if rows[..nth].iter().any(|(other, _)| other == order) {
                return Err(Refused::INVALID);
            }
        }
        let row = |(nth, (order, expected)): (usize, &(usize, Option<usize>))| {
            let order = *order;
            let now = shop.orders[order].version();
            let outcome = match self.kept(shop, Some(nth))? {
                Some(kept) => RowOutcome::Replayed(kept),
                None if expected.is_some_and(|expected| expected != now) => {
                    RowOutcome::Refused(Refused(409, "version_conflict"))
                }
                None => {
                    let happens = match to {
                        Some(to) => shop.change_status(order, to, &Map::new(), false, self.by),
                        None => shop.cancel(order, CancelReason::Staff, false, self.by),
                    };
                    happens.map_or_else(RowOutcome::Refused, RowOutcome::Done)
                }
            };
            let key = self.key_of(Some(nth));
            Ok(Row {
                order,
                key,
                outcome,
            })
        };
        let rows: Result<_, Refused> = rows.iter().enumerate().map(row).collect();
        rows.map(Expected::Rows)
    }
}

/// The time of that minute.
pub(super) fn minute(minute: u8) -> String {
    format!("2025-01-02T10:{minute:02}:00.000000Z")
}

fn near(shop: &Shop, order: usize, off: i64) -> usize {
    let version = shop.orders[order].version();
    version.saturating_add_signed(isize::try_from(off).unwrap_or_default())
}

fn patch(shop: &Shop, order: usize, details: &[Detail]) -> Map<String, Value> {
    rules::patch(details, &shop.orders[order].now().details["pricing"])
}

fn noted(body: &mut Value, note: bool) {
    if note {
        body["internal_note"] = json!("Checked by hand.");
        body["message_to_customer"] = json!("Thank you for waiting.");
    }
}
