//! How many connections one customer may have open, over all channels: the places of a node are for many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use waybill_domain::{CustomerId, OrderId};

use super::close::Close;
use crate::auth::Viewer;
use crate::problem::{Code, Problem};
use crate::rate_limit::Tier;

/// Within this time whoever has too many open is to come back: they do not end on schedule.
const COME_BACK: Duration = Duration::from_secs(10);

/// The connections that are open, by whose they are. Cheap to clone.
#[derive(Clone)]
pub(super) struct Shares(Arc<Inner>);

struct Inner {
    most: usize,
    /// Only of those who have any.
    open: Mutex<HashMap<Caller, usize>>,
}

/// Whose connections are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Customer(CustomerId),
    /// All holders of links of this order: a link may get about, and another one can be had.
    Guests(OrderId),
}

/// One connection of somebody's; given back when dropped.
pub(super) struct Share {
    shares: Shares,
    caller: Caller,
}

/// He has as many as he may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

impl Shares {
    /// `most` for each, which is one at least.
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Inner {
            most,
            open: Mutex::default(),
        }))
    }

    /// Counts a connection of `viewer`, for as long as what is returned lives. Nothing is counted of those
    /// whose account may be that of many screens, and who are trusted.
    pub(super) fn take(&self, viewer: &Viewer) -> Result<Option<Share>, TooMany> {
        let Some(caller) = Caller::of(viewer) else {
            return Ok(None);
        };
        let mut open = self.open();
        let count = open.get(&caller).copied().unwrap_or(0);
        if count >= self.0.most {
            drop(open);
            metrics::counter!("waybill_push_refused_total", "code" => "too_many_connections")
                .increment(1);
            return Err(TooMany);
        }
        open.insert(caller.clone(), count + 1);
        drop(open);
        let shares = self.clone();
        Ok(Some(Share { shares, caller }))
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Caller, usize>> {
        // A panic can't leave a count half written.
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller {
    fn of(viewer: &Viewer) -> Option<Self> {
        match viewer {
            Viewer::Account(account) => (Tier::of(Some(account)) == Tier::Customer)
                .then(|| Self::Customer(account.subject.clone())),
            Viewer::Guest(pass) => Some(Self::Guests(pass.order_id)),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut open = self.shares.open();
        match open.get_mut(&self.caller) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                open.remove(&self.caller);
            }
        }
    }
}

impl From<TooMany> for Close {
    fn from(TooMany: TooMany) -> Self {
        Self::TooMany(COME_BACK)
    }
}

impl From<TooMany> for Problem {
    fn from(TooMany: TooMany) -> Self {
        let detail =
            "As many connections as this caller may have are open. End some, or come back later.";
        Self::new(Code::RateLimited, detail).retry_after(COME_BACK)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::auth::TrackingPass;
    use crate::auth::testing::principal;

    fn account(subject: &str, roles: &str) -> Viewer {
        principal(subject, roles).into()
    }

    fn guest(order_id: OrderId, link: &str) -> Viewer {
        Viewer::Guest(TrackingPass {
            order_id,
            link_id: link.to_owned(),
            issued_at: Utc::now(),
            expires_at: Utc::now(),
        })
    }

    #[test]
    fn each_customer_has_so_many_and_what_he_gives_back_is_his_again() {
        let shares = Shares::new(2);
        let (anna, bert) = (account("anna", "customer"), account("bert", "customer"));
        let first = shares.take(&anna).unwrap();
        let second = shares.take(&anna).unwrap();
        assert!(shares.take(&anna).is_err());
        let another = shares.take(&bert).unwrap();
        drop(first);
        let third = shares.take(&anna).unwrap();
        assert!(shares.take(&anna).is_err());
        drop((second, third, another));
        assert_eq!(*shares.open(), HashMap::new(), "nobody is remembered");
    }

    #[test]
    fn the_guests_of_an_order_count_together_whichever_link_they_have() {
        let shares = Shares::new(2);
        let (one, other) = (
            OrderId::from(uuid::Uuid::now_v7()),
            OrderId::from(uuid::Uuid::now_v7()),
        );
        let held = ["a", "b"].map(|link| shares.take(&guest(one, link)).unwrap());
        assert!(shares.take(&guest(one, "c")).is_err());
        assert!(shares.take(&guest(other, "d")).is_ok());
        drop(held);
        assert!(shares.take(&guest(one, "c")).is_ok());
    }

    #[test]
    fn staff_admins_and_services_have_as_many_as_they_like() {
        let shares = Shares::new(1);
        for roles in ["staff", "admin", "service", "customer staff"] {
            let caller = account("sam", roles);
            let held: Vec<_> = (0..5).map(|_| shares.take(&caller).unwrap()).collect();
            assert!(held.iter().all(Option::is_none), "{roles}");
        }
        assert!(shares.open().is_empty());
    }
}
