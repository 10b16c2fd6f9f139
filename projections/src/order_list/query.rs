//! What can be asked of the list, and where its next page begins.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use waybill_domain::{CustomerId, Status, Timestamp};

use super::ListError;

/// Which orders, in which order, how many.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Only orders in one of these; empty means any.
    pub statuses: Vec<Status>,
    /// Only this customer's orders.
    pub customer: Option<CustomerId>,
    /// Only orders placed then or later.
    pub placed_from: Option<Timestamp>,
    /// Only orders placed before then.
    pub placed_to: Option<Timestamp>,
    /// Only orders with words that begin with each word in here: of the number, reference, customer id,
    /// recipient, e-mail, titles and article codes; of what is written without a blank, as `ORD-10001`, only
    /// the last may be cut short. A text without letters and digits filters nothing.
    pub text: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Rows of a page, 1 to [`ListQuery::MAX_LIMIT`]; what is beyond is brought within.
    pub limit: usize,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Whether to count the orders in each status: of the customer, if one is given, else of the whole
    /// shop. The other filters play no part, so that each count is what its filter would list at most.
    pub counts: bool,
}

impl ListQuery {
    /// Rows of a page at most.
    pub const MAX_LIMIT: usize = 100;
}

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When the order was placed, by the shop's word.
    #[default]
    PlacedAt,
    /// When its last event was recorded.
    UpdatedAt,
    /// Its total in minor units, whatever the currency.
    Total,
}

/// A sort: by a key, upward or downward. Orders with equal keys are sorted by id, in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Greatest first.
    pub descending: bool,
}

impl Default for Sort {
    /// The newest order first.
    fn default() -> Self {
        Self {
            key: SortKey::PlacedAt,
            descending: true,
        }
    }
}

impl Sort {
    /// Every sort with its name, which is its code in page cursors too and so never moves.
    pub const ALL: [(&'static str, Self); 6] = [
        ("placed_at", Self::by(SortKey::PlacedAt, false)),
        ("-placed_at", Self::by(SortKey::PlacedAt, true)),
        ("updated_at", Self::by(SortKey::UpdatedAt, false)),
        ("-updated_at", Self::by(SortKey::UpdatedAt, true)),
        ("total", Self::by(SortKey::Total, false)),
        ("-total", Self::by(SortKey::Total, true)),
    ];

    const fn by(key: SortKey, descending: bool) -> Self {
        Self { key, descending }
    }

    fn code(self) -> u8 {
        let key = match self.key {
            SortKey::PlacedAt => 0,
            SortKey::UpdatedAt => 2,
            SortKey::Total => 4,
        };
        key + u8::from(self.descending)
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::ALL[usize::from(self.code())].0)
    }
}

/// A text that names no sort.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of placed_at, -placed_at, updated_at, -updated_at, total, -total")]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find_map(|(name, sort)| (name == text).then_some(sort))
            .ok_or(UnknownSort)
    }
}

/// What the list was filtered by, a check for each filter, so that a page can tell that it does not belong to the
/// one before. A check has 16 bits: it finds mistakes, it keeps nobody out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Filters([u16; 5]);

impl Filters {
    /// What each is called where it is asked for.
    const NAMES: [&'static str; 5] = ["status", "customer", "from", "to", "q"];

    pub(super) fn of(query: &ListQuery) -> Self {
        let mut statuses: Vec<&str> = query
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        statuses.sort_unstable();
        statuses.dedup();
        let time = |time: Option<Timestamp>| {
            time.map_or(0, |time| check(&time.unix_micros().to_be_bytes()))
        };
        let text = |text: Option<&str>| text.map_or(0, |text| check(text.as_bytes()));
        Self([
            check(statuses.join(",").as_bytes()),
            text(query.customer.as_ref().map(CustomerId::as_str)),
            time(query.placed_from),
            time(query.placed_to),
            text(query.text.as_deref()),
        ])
    }

    /// The first filter that is another one.
    fn differing(self, other: Self) -> Option<&'static str> {
        let pairs = self.0.iter().zip(other.0);
        let nth = pairs.into_iter().position(|(one, other)| *one != other)?;
        Some(Self::NAMES[nth])
    }
}

/// FNV-1a, folded to 16 bits: the same in every build, as the tokens must be.
fn check(bytes: &[u8]) -> u16 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    let [a, b, c, d] = hash.to_be_bytes();
    u16::from_be_bytes([a ^ c, b ^ d])
}

/// Where a page ended: the last row's sort key and id. Everything in it was in that row, so there is
/// nothing to hide; it is opaque only so that nobody comes to depend on what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyset {
    pub(super) sort: Sort,
    pub(super) filters: Filters,
    /// Microseconds since 1970 for a time, minor units for a total.
    pub(super) value: i64,
    pub(super) id: Uuid,
}

/// The form of the tokens; another one is refused.
const FORM: u8 = 2;
/// Of a token, before and after it is made a text.
const BYTES: usize = 36;
const CHARACTERS: usize = 48;

impl Keyset {
    pub(super) fn to_token(self) -> String {
        let mut bytes = [0; BYTES];
        bytes[0] = FORM;
        bytes[1] = self.sort.code();
        bytes[2..10].copy_from_slice(&self.value.to_be_bytes());
        bytes[10..26].copy_from_slice(self.id.as_bytes());
        for (place, check) in bytes[26..].chunks_exact_mut(2).zip(self.filters.0) {
            place.copy_from_slice(&check.to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that must be of this sort and these filters.
    pub(super) fn from_token(token: &str, sort: Sort, filters: Filters) -> Result<Self, ListError> {
        let mut bytes = [0; BYTES];
        // Checked first, because the decoder would have to be given room for a longer text.
        if token.len() != CHARACTERS
            || URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(BYTES)
            || bytes[0] != FORM
        {
            return Err(ListError::MalformedToken);
        }
        let (value, id, checks) = (&bytes[2..10], &bytes[10..26], &bytes[26..]);
        let malformed = |_| ListError::MalformedToken;
        let keyset = Self {
            sort: Sort::ALL
                .get(usize::from(bytes[1]))
                .map(|(_, sort)| *sort)
                .ok_or(ListError::MalformedToken)?,
            value: i64::from_be_bytes(value.try_into().map_err(malformed)?),
            id: Uuid::from_slice(id).map_err(|_| ListError::MalformedToken)?,
            filters: Filters(std::array::from_fn(|nth| {
                u16::from_be_bytes([checks[2 * nth], checks[2 * nth + 1]])
            })),
        };
        if keyset.sort != sort {
            return Err(ListError::OtherSort {
                of: keyset.sort,
                wanted: sort,
            });
        }
        match keyset.filters.differing(filters) {
            Some(filter) => Err(ListError::OtherFilter { filter }),
            None => Ok(keyset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_has_one_name_and_reads_its_own_token_only() {
        for (name, sort) in Sort::ALL {
            assert_eq!(sort.to_string(), name);
            assert_eq!(name.parse(), Ok(sort));
            let keyset = Keyset {
                sort,
                filters: Filters::of(&ListQuery::default()),
                value: -5,
                id: Uuid::now_v7(),
            };
            for (_, other) in Sort::ALL {
                match Keyset::from_token(&keyset.to_token(), other, keyset.filters) {
                    Ok(read) => assert_eq!((read, other), (keyset, sort)),
                    Err(ListError::OtherSort { of, wanted }) => {
                        assert_eq!((of, wanted), (sort, other));
                        assert_ne!(sort, other);
                    }
                    Err(e) => panic!("{e}"),
                }
            }
        }
    }

    #[test]
    fn a_token_names_the_filter_that_has_changed_since() {
        let full = || ListQuery {
            statuses: vec![Status::Pending, Status::Shipped],
            customer: Some("ada".parse().unwrap()),
            placed_from: Some("2025-01-01T00:00:00Z".parse().unwrap()),
            placed_to: Some("2025-02-01T00:00:00Z".parse().unwrap()),
            text: Some("tea".to_owned()),
            ..ListQuery::default()
        };
        let keyset = Keyset {
            sort: Sort::default(),
            filters: Filters::of(&full()),
            value: 1,
            id: Uuid::now_v7(),
        };
        let read = |query: ListQuery| {
            Keyset::from_token(&keyset.to_token(), query.sort, Filters::of(&query))
        };
        assert_eq!(read(full()).unwrap(), keyset);
        // In whatever order, and however often, the statuses are named.
        let statuses = vec![Status::Shipped, Status::Pending, Status::Pending];
        assert!(read(ListQuery { statuses, ..full() }).is_ok());
        let differing = |query| match read(query) {
            Err(ListError::OtherFilter { filter }) => filter,
            other => panic!("{other:?}"),
        };
        let statuses = vec![Status::Pending];
        assert_eq!(differing(ListQuery { statuses, ..full() }), "status");
        let customer = Some("otto".parse().unwrap());
        assert_eq!(differing(ListQuery { customer, ..full() }), "customer");
        let placed_from = full().placed_to;
        assert_eq!(
            differing(ListQuery {
                placed_from,
                ..full()
            }),
            "from"
        );
        let placed_to = None;
        assert_eq!(
            differing(ListQuery {
                placed_to,
                ..full()
            }),
            "to"
        );
        let text = Some("Tea".to_owned());
        assert_eq!(differing(ListQuery { text, ..full() }), "q");
        assert_eq!(differing(ListQuery::default()), "status");
    }

    #[test]
    fn what_was_never_handed_out_is_refused() {
        let filters = Filters::of(&ListQuery::default());
        for token in ["", "x", &"A".repeat(47), &"A".repeat(48), &"é".repeat(24)] {
            assert!(matches!(
                Keyset::from_token(token, Sort::default(), filters),
                Err(ListError::MalformedToken)
            ));
        }
    }
}
