//! What all clients of a load share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::Rng;
use rand::seq::IndexedRandom as _;
use waybill_api::auth::Role;
use waybill_domain::Audience;
use waybill_tests::history::{Recorder, Who};

use super::Plan;
use super::client::Client;
use super::counts::Counts;
use super::nodes::Nodes;
use super::tokens::Tokens;

/// Orders that a caller chooses among, beside the hot ones; the oldest is forgotten.
const REMEMBERED: usize = 200;

/// An order, as the last answer told it.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) customer: String,
    pub(super) version: u64,
    pub(super) status: String,
    /// Whether all callers change it.
    pub(super) hot: bool,
}

/// Something that was acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Acknowledged {
    pub(super) position: u64,
    pub(super) cursor: String,
    pub(super) order: String,
    pub(super) customer: String,
}

/// The shared things.
pub(super) struct Shop {
    pub(super) nodes: Nodes,
    pub(super) recorder: Recorder,
    pub(super) counts: Arc<Counts>,
    /// Tells this load's keys from those of any other.
    pub(super) run: String,
    pub(super) customers: usize,
    timeout: Duration,
    seed: u64,
    tokens: Tokens,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    orders: Vec<Order>,
    newest: Option<Acknowledged>,
    clients: u64,
}

impl Shop {
    pub(super) fn new(plan: &Plan, nodes: Nodes, recorder: Recorder) -> anyhow::Result<Self> {
        Ok(Self {
            nodes,
            recorder,
            counts: Arc::new(Counts::default()),
            run: format!("{:08x}", rand::random::<u32>()),
            customers: plan.customers,
            timeout: plan.timeout,
            seed: plan.seed,
            tokens: Tokens::new()?,
            known: Mutex::new(Known::default()),
        })
    }

    pub(super) fn staff(&self, name: &str) -> anyhow::Result<(Who, String)> {
        let who = Who {
            subject: name.to_owned(),
            audience: Audience::Staff,
        };
        Ok((who, self.tokens.of(name, &[Role::Staff])?))
    }

    pub(super) fn customer(&self, name: &str) -> anyhow::Result<(Who, String)> {
        let who = Who {
            subject: name.to_owned(),
            audience: Audience::Customer,
        };
        Ok((who, self.tokens.of(name, &[])?))
    }

    /// Somebody with this token, at any node.
    pub(super) fn client(&self, token: &str) -> anyhow::Result<Client> {
        self.client_of(&self.nodes, token)
    }

    /// Likewise, at these.
    pub(super) fn client_of(&self, nodes: &Nodes, token: &str) -> anyhow::Result<Client> {
        let nth = {
            let mut known = self.known();
            known.clients += 1;
            known.clients
        };
        let seed = self.seed.wrapping_add(nth);
        Client::new(nodes.clone(), token, self.timeout, &self.counts, seed)
    }

    /// Takes in what was acknowledged of an order.
    pub(super) fn learn(&self, order: Order, acknowledged: Acknowledged) {
        let mut known = self.known();
        let newest = known.newest.as_ref().map_or(0, |newest| newest.position);
        if acknowledged.position > newest {
            known.newest = Some(acknowledged);
        }
        match known.orders.iter_mut().find(|known| known.id == order.id) {
            Some(before) if before.version < order.version => *before = order,
            Some(_) => {}
            None => known.orders.push(order),
        }
        if known.orders.len() > REMEMBERED {
            let oldest = known.orders.iter().position(|order| !order.hot);
            oldest.map(|at| known.orders.remove(at));
        }
    }

    /// Takes in that an order has another version than was believed.
    pub(super) fn correct(&self, order: &str, version: u64) {
        let mut known = self.known();
        let order = known.orders.iter_mut().find(|known| known.id == order);
        if let Some(order) = order {
            order.version = order.version.max(version);
        }
    }

    /// Only the orders that everybody changes are left, at a version that has to be learnt anew.
    pub(super) fn forget(&self) {
        let mut known = self.known();
        known.newest = None;
        known.orders.retain(|order| order.hot);
        known.orders.iter_mut().for_each(|order| order.version = 0);
    }

    /// The orders that everybody changes.
    pub(super) fn hot(&self) -> Vec<Order> {
        let known = self.known();
        known.orders.iter().filter(|o| o.hot).cloned().collect()
    }

    /// An order to be changed: every second time a hot one.
    pub(super) fn any_order(&self, random: &mut impl Rng) -> Option<Order> {
        let hot = random.random_bool(0.5);
        let known = self.known();
        let orders: Vec<&Order> = known.orders.iter().filter(|o| o.hot == hot).collect();
        orders.choose(random).map(|order| (*order).clone())
    }

    /// What was acknowledged last.
    pub(super) fn newest(&self) -> Option<Acknowledged> {
        self.known().newest.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name of the customer with this number.
pub(super) fn customer(nth: usize) -> String {
    format!("customer-{nth}")
}
