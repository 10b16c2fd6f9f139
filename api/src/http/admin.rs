//! Operations, for admins.

pub mod node;
pub mod parked;
pub mod projections;
pub mod revocations;

use crate::auth::Principal;
use crate::problem::{Code, Problem};

/// Refuses whoever is no admin.
fn admin_only(caller: &Principal) -> Result<(), Problem> {
    if caller.is_admin() {
        Ok(())
    } else {
        Err(Problem::new(Code::Forbidden, "This is for admins only."))
    }
}
