//! Somebody who reads what was just acknowledged.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use waybill_tests::history::{Extent, Read, Row, Who, above};

use super::client::{Client, Reply};
use super::counts;
use super::shop::{Acknowledged, Shop, customer};

/// On average between two reads.
const PACE: Duration = Duration::from_millis(100);

pub(super) struct Reader {
    shop: Arc<Shop>,
    staff: (Who, Client),
    customers: Vec<(Who, Client)>,
    random: StdRng,
}

impl Reader {
    pub(super) fn new(shop: &Arc<Shop>, nth: u64, random: &mut StdRng) -> anyhow::Result<Self> {
        let (who, token) = shop.staff(&format!("reader-{nth}"))?;
        let customers = (0..shop.customers).map(|nth| {
            let (who, token) = shop.customer(&customer(nth))?;
            Ok((who, shop.client(&token)?))
        });
        Ok(Self {
            staff: (who, shop.client(&token)?),
            customers: customers.collect::<anyhow::Result<_>>()?,
            random: StdRng::seed_from_u64(random.random()),
            shop: Arc::clone(shop),
        })
    }

    pub(super) async fn run(mut self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            let pause = PACE.mul_f64(2.0 * self.random.random::<f64>());
            tokio::time::sleep(pause).await;
            if let Some(newest) = self.shop.newest() {
                let staff = self.random.random_bool(0.5);
                let list = self.random.random_bool(0.5);
                self.read(&newest, staff, list).await;
            }
        }
    }

    async fn read(&self, newest: &Acknowledged, staff: bool, list: bool) {
        let theirs = |(who, _): &&(Who, Client)| who.subject == newest.customer;
        let customer = self.customers.iter().find(theirs);
        let (who, client) = customer.filter(|_| !staff).unwrap_or(&self.staff);
        // Staff may name a position; everybody the cursor that came with the answer.
        let min_position = if staff {
            newest.position.to_string()
        } else {
            newest.cursor.clone()
        };
        let (path, what) = if list {
            let newest = "/v1/orders?limit=100&sort=-updated_at&";
            (newest.to_owned(), "the list".to_owned())
        } else {
            let order = &newest.order;
            (format!("/v1/orders/{order}?"), format!("order {order}"))
        };
        let path = format!("{path}min_position={min_position}");
        let Reply::Done(body) = client.ask(client.get(&path)).await else {
            return;
        };
        self.shop.counts.add(counts::READS);
        let row = |row: &Value| {
            Some(Row {
                order: row["order_id"].as_str()?.to_owned(),
                version: row["version"].as_u64()?,
                stale: row["stale"] == true,
                above: above(row, who.audience),
            })
        };
        let rows = if list {
            body["data"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(row)
                .collect()
        } else {
            row(&body).into_iter().collect()
        };
        self.shop.recorder.read(Read {
            who: who.clone(),
            what,
            min_position: newest.position,
            position: body["position"].as_u64(),
            rows,
            extent: match list {
                false => Extent::One,
                true if body["next_cursor"].is_null() => Extent::All,
                true => Extent::Newest,
            },
        });
    }
}
