//! `waybill token`: mints a token from the configured secret.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use chrono::Utc;
use waybill_domain::CustomerId;

use super::duration::duration;
use super::output::out;
use crate::auth::{Minter, Role, TokenRequest};
use crate::config::{AuthConfig, Sources};

const EXAMPLES: &str = "\
Examples:
  waybill token --subject ann --role staff
  waybill token --subject shop --role service --expires 30d
  waybill token --customer ada
  curl -H \"Authorization: Bearer $(waybill token --subject ann --role admin)\" http://127.0.0.1:8080/v1/me

Needs ACCESS_TOKEN_SECRET. That of `waybill dev` lies in its data directory:
  ACCESS_TOKEN_SECRET=$(cat /var/lib/waybill/signing-key) waybill token --customer otto";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Who the bearer is; for a customer the `customer_id` of his orders
    #[arg(
        long,
        value_name = "SUBJECT",
        required_unless_present = "customer",
        allow_hyphen_values = true
    )]
    subject: Option<CustomerId>,
    /// What he may be: customer, staff, admin or service; may be given several times [default: customer]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// Short for `--subject ID --role customer`
    #[arg(long, value_name = "ID", conflicts_with_all = ["subject", "roles"], allow_hyphen_values = true)]
    customer: Option<CustomerId>,
    /// How long it lives: 90s, 30m, 1h, 7d; at most `WAYBILL_TOKEN_LIFETIME_MAX_SECS`
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    expires: Duration,
    /// The session that it belongs to, so that the session can be revoked
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    session: Option<String>,
}

/// Prints the token and nothing else.
pub(super) fn run(args: Args, sources: &Sources) -> anyhow::Result<ExitCode> {
    let minter = Minter::new(&AuthConfig::load(sources)?)?;
    let (subject, roles) = match (args.customer, args.subject) {
        (Some(customer), _) => (customer, vec![Role::Customer]),
        (None, Some(subject)) => (subject, args.roles),
        (None, None) => anyhow::bail!("whose token? Give --subject or --customer"),
    };
    let request = TokenRequest {
        subject,
        roles,
        lifetime: args.expires,
        session_id: args.session,
    };
    writeln!(out(), "{}", minter.mint(&request, Utc::now())?)?;
    Ok(ExitCode::SUCCESS)
}
