//! Who is calling: tokens and cookies in, a [`Viewer`] out, who has an account or holds a tracking link.
//!
//! A caller shows a bearer token, the `accessToken` cookie of the shop's own log-in, or Waybill's
//! short-lived session cookie; a guest shows the token of a tracking link. [`Authenticator`] picks the
//! credential, has its signature checked ([`Verifier`] for the issuer's tokens, [`SessionKeys`] for our own
//! cookie, [`TrackingKeys`] for links) and asks whether it was taken back. Handlers see a [`Principal`],
//! which a guest never is; the few that show one order to a guest ask for a [`Viewer`].
//!
//! What is absent, and why: no algorithm is taken from a token (each key serves exactly one), no key
//! is fetched from an address that a token names, no token is read from a URL, and no token or cookie
//! value is ever logged.

mod authenticator;
mod claims;
mod cookies;
mod error;
mod extract;
mod keys;
mod minter;
mod origin;
mod principal;
mod session;
mod source;
mod tracking;
mod verifier;
mod viewer;

pub use authenticator::Authenticator;
pub use cookies::{ACCESS_TOKEN_COOKIE, SESSION_COOKIE, cookie};
pub use error::{AuthError, KeyError};
pub use extract::{Authentication, MaybePrincipal};
pub use minter::{MintError, Minter, TokenRequest};
pub use origin::AllowedOrigins;
pub use principal::{CredentialKind, Principal, Role};
pub use session::{IssuedSession, SessionKeys};
pub use tracking::TrackingKeys;
pub use verifier::Verifier;
pub use viewer::{TrackingPass, Viewer};

#[cfg(test)]
pub(crate) mod testing;
