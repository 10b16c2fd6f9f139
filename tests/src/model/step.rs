//! What is done to the service, as proptest makes it up: orders are named by when they were placed, versions by how far
//! they are from the present one, so that a shorter list of steps still makes sense.

use proptest::prelude::*;
use waybill_domain::{CancelReason, Status};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    /// A member of staff.
    Ann,
    /// The shop's back end.
    Shop,
    /// A customer.
    Ada,
    /// Another one.
    Ben,
}

impl Who {
    /// Everybody.
    pub(super) const ALL: [Self; 4] = [Self::Ann, Self::Shop, Self::Ada, Self::Ben];

    /// What his token calls him.
    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::Ann => "ann",
            Self::Shop => "shop",
            Self::Ada => "ada",
            Self::Ben => "ben",
        }
    }

    pub(super) fn is_customer(self) -> bool {
        matches!(self, Self::Ada | Self::Ben)
    }
}

/// Which version of the order the caller says that he has seen, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// He does not say.
    Unsaid,
    /// `If-Match: *`
    Any,
    /// In the body: the present one and so many more.
    Body(i64),
    /// In `If-Match`.
    Header(i64),
}

/// A change of a detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Shipping costs so much, and the total adds up, or does not.
    Shipping(u64, bool),
    City(&'static str),
    NoAddress,
    Tracking(Option<u8>),
    Delivery(Option<u8>),
    Notes(Option<&'static str>),
    Shelf(Option<u8>),
}

/// A list of orders that somebody looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) statuses: Vec<Status>,
    pub(super) customer: Option<Who>,
    /// Minutes of the day on which all orders are placed.
    pub(super) from: Option<u8>,
    pub(super) to: Option<u8>,
    pub(super) text: Option<&'static str>,
    pub(super) sort: &'static str,
    pub(super) limit: usize,
}

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Place {
        by: Who,
        customer: Who,
        /// Minutes of the day.
        placed: u8,
        price: u8,
        reference: Option<u8>,
        whole: bool,
        key: Option<u8>,
    },
    Update {
        by: Who,
        order: usize,
        details: Vec<Detail>,
        seen: Seen,
        key: Option<u8>,
    },
    Move {
        by: Who,
        order: usize,
        to: Status,
        details: Vec<Detail>,
        note: bool,
        seen: Seen,
        key: Option<u8>,
    },
    Cancel {
        by: Who,
        order: usize,
        reason: CancelReason,
        note: bool,
        seen: Seen,
        key: Option<u8>,
    },
    Bulk {
        by: Who,
        orders: Vec<usize>,
        /// Nowhere: they are cancelled.
        to: Option<Status>,
        seen: Seen,
        key: Option<u8>,
    },
    /// The same request once more, one of those before.
    Again(usize),
    Read {
        by: Who,
        order: usize,
        at: Option<i64>,
        known: Option<i64>,
    },
    History {
        by: Who,
        order: usize,
    },
    List {
        by: Who,
        listing: Listing,
    },
    /// Follows from an earlier event.
    Follow {
        by: Who,
        after: usize,
    },
}

/// Words to look for, of the titles in [`super::rules::TITLES`].
const TEXTS: [&str; 5] = ["tea", "pot", "green t", "blue cup", "CUP"];
const CITIES: [&str; 2] = ["Horgen", "Thalwil"];
const NOTES: [&str; 2] = ["Ring twice.", "Leave it.\nThank you."];
const SORTS: [&str; 6] = [
    "placed_at",
    "-placed_at",
    "updated_at",
    "-updated_at",
    "total",
    "-total",
];

/// Lists of at most so many steps, of which the first place orders.
pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let placed = prop::collection::vec(place(), 1..5);
    let rest = prop::collection::vec(step(), 0..most);
    (placed, rest).prop_map(|(mut steps, rest)| {
        steps.extend(rest);
        steps
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => place(),
        4 => update(),
        10 => moved(),
        2 => cancel(),
        2 => bulk(),
        3 => (0..64_usize).prop_map(Step::Again),
        2 => read(),
        1 => (who(), order()).prop_map(|(by, order)| Step::History { by, order }),
        5 => (who(), listing()).prop_map(|(by, listing)| Step::List { by, listing }),
        1 => (who(), 0..64_usize).prop_map(|(by, after)| Step::Follow { by, after }),
    ]
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        4 => Just(Who::Ann),
        2 => Just(Who::Shop),
        2 => Just(Who::Ada),
        1 => Just(Who::Ben),
    ]
}

fn order() -> impl Strategy<Value = usize> {
    0..12_usize
}

fn key() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![2 => Just(None), 1 => (0..4_u8).prop_map(Some)]
}

fn seen() -> impl Strategy<Value = Seen> {
    let near = || prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)];
    prop_oneof![
        4 => Just(Seen::Unsaid),
        1 => Just(Seen::Any),
        2 => near().prop_map(Seen::Body),
        5 => near().prop_map(Seen::Header),
    ]
}

fn some<T: Clone + std::fmt::Debug + 'static>(of: &[T]) -> impl Strategy<Value = T> {
    prop::sample::select(of.to_vec())
}

fn place() -> impl Strategy<Value = Step> {
    let by = prop_oneof![1 => Just(Who::Ann), 5 => Just(Who::Shop), 1 => Just(Who::Ada)];
    let customer = some(&[Who::Ada, Who::Ben]);
    let reference = prop_oneof![2 => Just(None), 1 => (0..3_u8).prop_map(Some)];
    let whole = prop::bool::weighted(0.9);
    (by, customer, 0..6_u8, 0..4_u8, reference, whole, key()).prop_map(
        |(by, customer, placed, price, reference, whole, key)| Step::Place {
            by,
            customer,
            placed,
            price,
            reference,
            whole,
            key,
        },
    )
}

fn detail() -> impl Strategy<Value = Detail> {
    let small = || prop::option::of(0..3_u8);
    prop_oneof![
        (0..3_u64, prop::bool::weighted(0.8)).prop_map(|(cost, adds)| Detail::Shipping(cost, adds)),
        some(&CITIES).prop_map(Detail::City),
        Just(Detail::NoAddress),
        small().prop_map(Detail::Tracking),
        small().prop_map(Detail::Delivery),
        prop::option::of(some(&NOTES)).prop_map(Detail::Notes),
        small().prop_map(Detail::Shelf),
    ]
}

fn update() -> impl Strategy<Value = Step> {
    let details = prop_oneof![
        3 => prop::collection::vec(detail(), 0..3),
        1 => some(&CITIES).prop_map(|city| vec![Detail::City(city)]),
    ];
    (who(), order(), details, seen(), key()).prop_map(|(by, order, details, seen, key)| {
        Step::Update {
            by,
            order,
            details,
            seen,
            key,
        }
    })
}

fn moved() -> impl Strategy<Value = Step> {
    let details = prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(detail(), 1..3)];
    let to = some(&Status::ALL);
    // Mostly such as are not refused for something else than the way they want to go.
    let by = prop_oneof![6 => Just(Who::Ann), 2 => Just(Who::Shop), 1 => Just(Who::Ada)];
    let seen = prop_oneof![3 => Just(Seen::Unsaid), 1 => seen()];
    (by, order(), to, details, any::<bool>(), seen, key()).prop_map(
        |(by, order, to, details, note, seen, key)| Step::Move {
            by,
            order,
            to,
            details,
            note,
            seen,
            key,
        },
    )
}

fn cancel() -> impl Strategy<Value = Step> {
    let note = prop::bool::weighted(0.3);
    (
        who(),
        order(),
        some(&CancelReason::ALL),
        note,
        seen(),
        key(),
    )
        .prop_map(|(by, order, reason, note, seen, key)| Step::Cancel {
            by,
            order,
            reason,
            note,
            seen,
            key,
        })
}

fn bulk() -> impl Strategy<Value = Step> {
    let by = prop_oneof![6 => Just(Who::Ann), 1 => Just(Who::Shop), 1 => Just(Who::Ada)];
    let orders = prop::collection::vec(order(), 1..4);
    (
        by,
        orders,
        prop::option::weighted(0.8, some(&Status::ALL)),
        seen(),
        key(),
    )
        .prop_map(|(by, orders, to, seen, key)| Step::Bulk {
            by,
            orders,
            to,
            seen,
            key,
        })
}

fn read() -> impl Strategy<Value = Step> {
    let near = || prop::option::weighted(0.3, -2..2_i64);
    (who(), order(), near(), near()).prop_map(|(by, order, at, known)| Step::Read {
        by,
        order,
        at,
        known,
    })
}

fn listing() -> impl Strategy<Value = Listing> {
    // Mostly such as leave several pages.
    let minute = || prop::option::weighted(0.2, 0..6_u8);
    let statuses = prop_oneof![
        3 => Just(vec![]),
        2 => prop::collection::vec(some(&Status::ALL), 1..4),
    ];
    (
        statuses,
        prop::option::weighted(0.2, some(&[Who::Ada, Who::Ben])),
        minute(),
        minute(),
        prop::option::weighted(0.2, some(&TEXTS)),
        some(&SORTS),
        1..4_usize,
    )
        .prop_map(
            |(statuses, customer, from, to, text, sort, limit)| Listing {
                statuses,
                customer,
                from,
                to,
                text,
                sort,
                limit,
            },
        )
}
