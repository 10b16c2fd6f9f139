//! Tokens, sessions and subjects whose access was taken back.

mod set;

pub use set::{Credential, Revocation, RevocationKind, RevocationSet};
