//! What `waybill dev` tells when it is ready: to people on standard output, to programs in a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use owo_colors::OwoColorize;
use serde_json::{Value, json};

use super::database::Database;
use super::tokens::Tokens;
use crate::demo::DEMO_CUSTOMER;

/// How this program was called, so that what is pasted in the same folder calls it too.
fn this_program() -> String {
    let name = std::env::args_os().next();
    name.map_or_else(
        || "waybill".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Everything that is told.
pub(super) struct Greeting<'a> {
    address: String,
    tokens: Option<Tokens>,
    database: &'a Database,
    /// What the order of the second `curl` line is called, so that the third can name it.
    reference: String,
}

impl<'a> Greeting<'a> {
    pub(super) fn new(bound: SocketAddr, tokens: Option<Tokens>, database: &'a Database) -> Self {
        Self {
            address: format!("http://{bound}"),
            tokens,
            database,
            reference: format!("HELLO-{:06}", rand::random_range(0..1_000_000)),
        }
    }

    /// For people. Lines are not broken, so that what is to be pasted stays whole.
    pub(super) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let address = &self.address;
        writeln!(
            out,
            "\n  {} {}\n",
            "Waybill is running at".bold(),
            address.cyan().bold()
        )?;
        if let Some(tokens) = &self.tokens {
            self.print_access(out, tokens)?;
        } else {
            writeln!(
                out,
                "  Tokens come from the issuer whose keys are configured.\n"
            )?;
        }
        let data = self.database.data_dir().display();
        if let Some(url) = self.database.private_url() {
            writeln!(out, "  {} in {data}", "Private Postgres".bold())?;
            writeln!(out, "    DATABASE_URL='{url}' {} tail\n", this_program())?;
        } else {
            writeln!(out, "  {} of DATABASE_URL\n", "The database".bold())?;
        }
        writeln!(
            out,
            "  {}\n",
            "Ctrl-C stops everything; nothing is lost.".dimmed()
        )
    }

    fn print_access(&self, out: &mut impl Write, tokens: &Tokens) -> io::Result<()> {
        let customer = format!("customer ({DEMO_CUSTOMER})");
        writeln!(out, "  {}", "Open the page, signed in as".bold())?;
        for (role, token) in [
            ("admin", &tokens.admin),
            ("staff", &tokens.staff),
            (&customer, &tokens.customer),
        ] {
            let link = format!("{}/#token={token}", self.address);
            writeln!(out, "    {:<15} {}", role.green(), link.cyan())?;
        }
        let until = tokens.expires_at.format("%Y-%m-%d %H:%M UTC");
        writeln!(out, "\n  {} (until {until})", "Tokens".bold())?;
        for (role, token) in [("admin", &tokens.admin), (&customer, &tokens.customer)] {
            writeln!(out, "    {:<15} {token}", role.green())?;
        }
        writeln!(out, "\n  {}", "Try it: paste".bold())?;
        for (what, line) in self.curl_lines(tokens) {
            writeln!(out, "    {}\n    {line}", format!("# {what}").dimmed())?;
        }
        writeln!(out)
    }

    /// Three commands for a shell, each on one line, with what it does. They work in this order, and again.
    fn curl_lines(&self, tokens: &Tokens) -> [(&'static str, String); 3] {
        let (address, reference) = (&self.address, &self.reference);
        let curl = format!("curl -sS -H 'Authorization: Bearer {}'", tokens.admin);
        let order = json!({
            "reference": reference,
            "customer_id": DEMO_CUSTOMER,
            "pricing": {
                "currency": "EUR",
                "items": [{
                    "line_id": "1",
                    "sku": "MUG-350",
                    "title": "Enamel mug, 350 ml",
                    "quantity": 2,
                    "unit_price": 1490,
                }],
                "shipping": 490,
                "total": 3470,
            },
        });
        let json = "-H 'Content-Type: application/json'";
        [
            (
                "the newest orders",
                format!("{curl} '{address}/v1/orders?limit=3'"),
            ),
            (
                "place an order (pasted again, it answers with the same one)",
                format!(
                    "{curl} {json} -H 'Idempotency-Key: {reference}' -d '{order}' '{address}/v1/orders'"
                ),
            ),
            (
                "move it along, and see it move on the page",
                format!(
                    "{curl} {json} -d '{{\"to\":\"processing\"}}' '{address}/v1/orders/{reference}/status'"
                ),
            ),
        ]
    }

    /// For programs: the file appears whole or not at all, and for its owner alone.
    pub(super) fn write_ready_file(&self, path: &Path) -> io::Result<()> {
        let draft = path.with_added_extension(std::process::id().to_string());
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        writeln!(file, "{:#}", self.ready())?;
        fs::rename(&draft, path)
    }

    fn ready(&self) -> Value {
        let mut ready = json!({
            "address": self.address,
            "pid": std::process::id(),
            "database_url": self.database.url(),
            "data_dir": self.database.data_dir(),
        });
        if let Some(tokens) = &self.tokens {
            ready["tokens"] = json!({
                "admin": tokens.admin,
                "staff": tokens.staff,
                "service": tokens.service,
                "customer": tokens.customer,
            });
            ready["customer_id"] = json!(DEMO_CUSTOMER);
            ready["tokens_expire_at"] = json!(tokens.expires_at);
            ready["curl"] = json!(self.curl_lines(tokens).map(|(_, line)| line));
        }
        ready
    }
}
