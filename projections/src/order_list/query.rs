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
    /// recipient, e-mail, titles and article codes. A text without letters and digits filters nothing.
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

/// Where a page ended: the last row's sort key and id. Everything in it was in that row, so there is
/// nothing to hide; it is opaque only so that nobody comes to depend on what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keyset {
    pub(super) sort: Sort,
    /// Microseconds since 1970 for a time, minor units for a total.
    pub(super) value: i64,
    pub(super) id: Uuid,
}

/// The form of the tokens; another one is refused.
const FORM: u8 = 1;

impl Keyset {
    pub(super) fn to_token(self) -> String {
        let mut bytes = [0; 26];
        bytes[0] = FORM;
        bytes[1] = self.sort.code();
        bytes[2..10].copy_from_slice(&self.value.to_be_bytes());
        bytes[10..].copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that must be of this sort.
    pub(super) fn from_token(token: &str, sort: Sort) -> Result<Self, ListError> {
        let mut bytes = [0; 26];
        // Checked first, because the decoder would have to be given room for a longer text.
        if token.len() != 35 || URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(26) {
            return Err(ListError::MalformedToken);
        }
        let ([form, code], rest) = (&bytes[..2], &bytes[2..]) else {
            return Err(ListError::MalformedToken);
        };
        let of = Sort::ALL.get(usize::from(*code)).map(|(_, sort)| *sort);
        let (Some(of), true, Some((value, id))) = (of, *form == FORM, rest.split_first_chunk())
        else {
            return Err(ListError::MalformedToken);
        };
        if of != sort {
            return Err(ListError::OtherSort { of, wanted: sort });
        }
        Ok(Self {
            sort,
            value: i64::from_be_bytes(*value),
            id: Uuid::from_slice(id).map_err(|_| ListError::MalformedToken)?,
        })
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
                value: -5,
                id: Uuid::now_v7(),
            };
            for (_, other) in Sort::ALL {
                match Keyset::from_token(&keyset.to_token(), other) {
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
    fn what_was_never_handed_out_is_refused() {
        for token in ["", "x", &"A".repeat(34), &"A".repeat(35), &"é".repeat(17)] {
            assert!(matches!(
                Keyset::from_token(token, Sort::default()),
                Err(ListError::MalformedToken)
            ));
        }
    }
}
