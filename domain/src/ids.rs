//! What orders, events and customers are called. Every name is checked when it is
//! parsed, so that code which holds one need not check it again.

mod customer;
mod number;
mod reference;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fields::BoundError;

pub use customer::CustomerId;
pub use number::{OrderNumber, OrderPrefix};
pub use reference::{OrderKey, Reference};

/// Version of one order: 1 for its first event, then counted up by one; 0 before it
/// exists.
pub type Version = u64;

/// Place of an event in the log: gap-free, in commit order; 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// The place that follows this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Writes and reads a type as the string of its `Display` and `FromStr`.
macro_rules! string_serde {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::ids::from_str(deserializer)
            }
        }
    };
}
pub(crate) use string_serde;

/// Reads a string where it lies and parses it, without a copy in between.
pub(crate) fn from_str<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: serde::Deserializer<'de>,
{
    struct Parse<T>(std::marker::PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> serde::de::Visitor<'_> for Parse<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Parse(std::marker::PhantomData))
}

/// Reads a UUID only in its canonical form of 36 characters; the other spellings (braces,
/// URN, no hyphens) would give one order many names.
fn parse_uuid(text: &str) -> Result<Uuid, BoundError> {
    if text.len() == 36
        && let Ok(uuid) = Uuid::try_parse(text)
    {
        return Ok(uuid);
    }
    Err(BoundError::new("must be a UUID"))
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID itself.
            #[must_use]
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            /// Takes a UUID from a trusted source (freshly made, or read from the log)
            /// as it is.
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = BoundError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let uuid = parse_uuid(text)?;
                let check: fn(&Uuid) -> Result<(), BoundError> = $check;
                check(&uuid)?;
                Ok(Self(uuid))
            }
        }

        string_serde!($name);
    };
}

fn version_7(uuid: &Uuid) -> Result<(), BoundError> {
    if uuid.get_version_num() == 7 {
        Ok(())
    } else {
        Err(BoundError::new("must be a UUID of version 7"))
    }
}

uuid_id!(
    /// Names an order: a UUID of version 7.
    OrderId,
    version_7
);
uuid_id!(
    /// Names an event: a UUID of version 7.
    EventId,
    version_7
);
uuid_id!(
    /// Names one command, so that asking again with the same id is recognised. A UUID of
    /// any version.
    CommandId,
    |_| Ok(())
);
