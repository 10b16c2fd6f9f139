//! How often a caller may call: by subject where he is known, else by address, each kind of caller at its
//! own rate.

mod failures;
mod hourly;
mod store;

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
};

use crate::{
    auth::Principal,
    config::{LimitsConfig, Rate},
};
use failures::Failures;
pub use hourly::HourlyLimit;
use store::LruStore;

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Caller {
    /// An address; of IPv6 the /64, which is what one household or machine has.
    Address(IpAddr),
    /// A subject.
    Subject(String),
}

/// The kinds of callers that have rates of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// No valid credential.
    Anonymous,
    /// A customer.
    Customer,
    /// Staff and admins.
    Staff,
    /// The shop's back end.
    Service,
}

impl Tier {
    /// The kind of a caller. Who is several has the highest of their rates: service, then staff.
    #[must_use]
    pub fn of(principal: Option<&Principal>) -> Self {
        match principal {
            None => Self::Anonymous,
            Some(principal) if principal.is_service() => Self::Service,
            Some(principal) if principal.is_staff() => Self::Staff,
            Some(_) => Self::Customer,
        }
    }

    /// The name in metrics and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Service => "service",
        }
    }
}

/// The rates of all kinds of callers on this node. Memory is bounded: beyond the configured number of
/// callers the one seen longest ago is forgotten.
pub struct RateLimits<C: Clock = DefaultClock> {
    anonymous: Limiter<C>,
    customer: Limiter<C>,
    staff: Limiter<C>,
    service: Limiter<C>,
    failures: Failures<C>,
}

type Limiter<C> = RateLimiter<Caller, LruStore<Caller>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl RateLimits {
    /// As configured.
    #[must_use]
    pub fn new(config: &LimitsConfig) -> Self {
        Self::with_clock(config, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    fn with_clock(config: &LimitsConfig, clock: &C) -> Self {
        let limiter = |rate: Rate| {
            let quota = Quota::per_second(rate.per_sec).allow_burst(rate.burst);
            RateLimiter::new(quota, LruStore::new(config.rate_callers_max), clock.clone())
        };
        Self {
            anonymous: limiter(config.anonymous),
            customer: limiter(config.customer),
            staff: limiter(config.staff),
            service: limiter(config.service),
            failures: Failures::new(config.anonymous, config.rate_callers_max, clock.clone()),
        }
    }

    /// Counts a request, or says how long to wait before the next one can be let through. `address` is
    /// used where nobody is known; callers without either share one rate.
    pub fn check(
        &self,
        principal: Option<&Principal>,
        address: Option<IpAddr>,
    ) -> Result<(), Duration> {
        let tier = Tier::of(principal);
        let caller = match principal {
            Some(principal) => Caller::Subject(principal.subject.as_str().to_owned()),
            None => Caller::at(address),
        };
        let limiter = match tier {
            Tier::Anonymous => &self.anonymous,
            Tier::Customer => &self.customer,
            Tier::Staff => &self.staff,
            Tier::Service => &self.service,
        };
        limiter.check_key(&caller).map_err(|until| {
            metrics::counter!("waybill_http_rate_limited_total", "tier" => tier.as_str())
                .increment(1);
            until.wait_time_from(limiter.clock().now())
        })
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// How long no connection is taken from `address`, because too many of those that it opened were
    /// nobody's. A connection that is opened is not itself counted: what it costs is bounded by the pace
    /// at which a node lets in, and behind one address there may be thousands who come back at once.
    #[must_use]
    pub fn shut_out(&self, address: Option<IpAddr>) -> Option<Duration> {
        self.failures.shut_out(&Caller::at(address))
    }

    /// Counts a connection from `address` that turned out to be nobody's, at the rate of anonymous
    /// requests.
    pub fn count_failure(&self, address: Option<IpAddr>) {
        self.failures.count(&Caller::at(address));
    }
}

impl Caller {
    fn at(address: Option<IpAddr>) -> Self {
        Self::Address(network_of(address))
    }
}

/// What is counted of an address; those that are not known are counted as one.
#[must_use]
pub fn network_of(address: Option<IpAddr>) -> IpAddr {
    address.map_or(Ipv6Addr::UNSPECIFIED.into(), network)
}

/// What is counted of an address that is known.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests;
