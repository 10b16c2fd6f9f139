//! Somebody who places orders at a steady pace, and whoever needs a token.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};

use crate::stage;

/// Longer than any work.
const LIFETIME: Duration = Duration::from_hours(2);
/// Orders that are being placed at once where as many as possible are wanted.
const AT_ONCE: u64 = 16;

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Shop {
    minter: Arc<Minter>,
    http: reqwest::Client,
    address: SocketAddr,
}

impl Shop {
    /// One that orders from the node at `address`.
    pub(super) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        // Only who signs, and with what, matters here.
        let variables = stage::variables("postgres://localhost/waybill");
        let config = Config::load(&Sources::from_variables(variables))
            .map_err(|errors| anyhow::anyhow!("{errors}"))?;
        Ok(Self {
            minter: Arc::new(Minter::new(&config.auth)?),
            http: reqwest::Client::builder().no_proxy().build()?,
            address,
        })
    }

    /// A token.
    pub(super) fn token(&self, subject: &str, role: Role) -> anyhow::Result<String> {
        let request = TokenRequest {
            subject: subject.parse()?,
            roles: vec![role],
            lifetime: LIFETIME,
            session_id: None,
        };
        Ok(self.minter.mint(&request, chrono::Utc::now())?)
    }

    /// Places an order.
    async fn place(&self, token: &str, customer: &str) -> anyhow::Result<()> {
        let order = json!({
            "customer_id": customer,
            "pricing": {
                "currency": "EUR",
                "items": [{ "line_id": "1", "sku": "TEA-250", "title": "Green tea, 250 g",
                            "quantity": 2, "unit_price": 1250 }],
                "discount": 0, "shipping": 490, "tax": 0, "tax_included": false, "total": 2990,
            },
            "notes": "Please ring twice; the bell is old, and so am I. ".repeat(8),
        });
        let url = format!("http://{}/v1/orders", self.address);
        let request = self.http.post(url).bearer_auth(token).json(&order);
        let answer = request.send().await?;
        let status = answer.status();
        anyhow::ensure!(
            status.as_u16() == 201,
            "an order was answered with {status}"
        );
        Ok(())
    }

    /// Places so many, as fast as they go.
    pub(super) async fn fill(&self, orders: u64) -> anyhow::Result<()> {
        let token = self.token("the-shop", Role::Service)?;
        let mut placing = JoinSet::new();
        for _ in 0..AT_ONCE.min(orders) {
            let (shop, token) = (self.clone(), token.clone());
            placing.spawn(async move {
                for nth in 0..orders / AT_ONCE {
                    shop.place(&token, &format!("old-{nth}")).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(placed) = placing.join_next().await {
            placed??;
        }
        Ok(())
    }

    /// Begins to place orders of these customers in turn, so many a second.
    pub(super) fn open(&self, a_second: u32, customers: usize) -> anyhow::Result<Writer> {
        let token = self.token("the-shop", Role::Service)?;
        let counts = Arc::new(Placed::default());
        let (shop, theirs) = (self.clone(), Arc::clone(&counts));
        let pause = Duration::from_secs(1) / a_second;
        let task = tokio::spawn(async move {
            let mut due = Instant::now();
            for nth in 0.. {
                tokio::time::sleep_until(due).await;
                if theirs.enough.load(Ordering::Relaxed) {
                    return;
                }
                due += pause;
                let (shop, theirs, token) = (shop.clone(), Arc::clone(&theirs), token.clone());
                let customer = customer(nth % customers);
                // Each at its time, also where the one before is still waiting for its answer.
                theirs.under_way.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let count = match shop.place(&token, &customer).await {
                        Ok(()) => &theirs.answered,
                        Err(_) => &theirs.failed,
                    };
                    count.fetch_add(1, Ordering::Relaxed);
                    theirs.under_way.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        Ok(Writer { counts, task })
    }
}

/// The nth customer.
pub(super) fn customer(nth: usize) -> String {
    format!("customer-{nth}")
}

#[derive(Default)]
struct Placed {
    answered: AtomicU64,
    failed: AtomicU64,
    under_way: AtomicU64,
    enough: AtomicBool,
}

/// Places orders until it is told that they are enough.
pub(super) struct Writer {
    counts: Arc<Placed>,
    task: JoinHandle<()>,
}

impl Writer {
    /// Waits for the last answer, and returns how many were placed, and how many were not.
    pub(super) async fn enough(self) -> anyhow::Result<(u64, u64)> {
        self.counts.enough.store(true, Ordering::Relaxed);
        self.task.await?;
        while self.counts.under_way.load(Ordering::Relaxed) > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Ok((get(&self.counts.answered), get(&self.counts.failed)))
    }
}
