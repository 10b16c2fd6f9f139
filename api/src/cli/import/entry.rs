//! From a line to an order that can be imported, or to what is wrong with it. Touches no database, so a dry run
//! and a real one judge alike.

use serde_json::Value;
use serde_json::error::Category;
use waybill_domain::{
    Actor, ActorKind, DecisionContext, ImportedOrder, Order, OrderError, OrderNumber, OrderPrefix,
    Policy, Timestamp, decide,
};

use super::lines::{Line, MAX_BYTES};
use super::report::Refusal;

/// Who imports, as the events tell.
pub(super) fn actor() -> Actor {
    Actor::new(ActorKind::System, "import")
}

/// Judges lines.
pub(super) struct Judge {
    context: DecisionContext,
    /// Stands for the number that an order is given when it is written. That takes one from the database's
    /// sequence, which a dry run must not, nor a line that is refused.
    any_number: OrderNumber,
}

impl Judge {
    pub(super) fn new(prefix: &OrderPrefix) -> Self {
        Self {
            context: DecisionContext {
                actor: actor(),
                now: Timestamp::from(chrono::Utc::now()),
                policy: Policy::default(),
            },
            any_number: prefix.number(1),
        }
    }

    /// The order in the line, or nothing if the line is blank.
    pub(super) fn read(&self, line: Line) -> Result<Option<ImportedOrder>, Refusal> {
        let number = line.number;
        let Some(content) = line.content else {
            let detail = format!("must be at most {} MiB long", MAX_BYTES >> 20);
            return Err(Refusal::whole(number, None, detail));
        };
        let text = std::str::from_utf8(&content)
            .map_err(|_| Refusal::whole(number, None, "must be UTF-8"))?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        let body: Value = serde_json::from_str(text).map_err(|error| {
            let detail = match error.classify() {
                Category::Eof if line.unended => "is cut off: the file ends inside it".to_owned(),
                Category::Eof => "must be one whole JSON object: it ends inside it".to_owned(),
                _ => format!("must be JSON; it is none from byte {} on", error.column()),
            };
            Refusal::whole(number, None, detail)
        })?;
        let reference = body["reference"].as_str().map(str::to_owned);
        let order = ImportedOrder::parse(body)
            .map_err(|fields| Refusal::fields(number, reference.clone(), fields))?;
        let import = order.clone().numbered(self.any_number.clone());
        match decide(&Order::default(), &import.into(), &self.context) {
            Ok(_) => Ok(Some(order)),
            Err(error) => Err(refused(number, reference, error)),
        }
    }
}

/// What the domain says against a line's order.
pub(super) fn refused(line: u64, reference: Option<String>, error: OrderError) -> Refusal {
    match error {
        OrderError::InvalidFields(fields) => Refusal::fields(line, reference, fields),
        other => Refusal::whole(line, reference, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &[u8], unended: bool) -> Result<Option<ImportedOrder>, Refusal> {
        let prefix: OrderPrefix = "ORD-".parse().unwrap();
        Judge::new(&prefix).read(Line {
            number: 3,
            content: Some(content.to_vec()),
            unended,
            through: 0,
        })
    }

    fn detail(content: &[u8], unended: bool) -> String {
        let refusal = read(content, unended).unwrap_err();
        assert_eq!(refusal.line, 3);
        refusal.errors[0].to_string()
    }

    #[test]
    fn blank_lines_are_passed_over() {
        for blank in ["", " ", "\t "] {
            assert_eq!(read(blank.as_bytes(), false), Ok(None));
        }
    }

    #[test]
    fn what_is_no_order_is_told_without_quoting_it() {
        assert_eq!(detail(b"{\"a\": \"\xff\"}", false), "(line) must be UTF-8");
        assert_eq!(
            detail(b"{\"secret\": \"x", true),
            "(line) is cut off: the file ends inside it"
        );
        assert_eq!(
            detail(b"[", false),
            "(line) must be one whole JSON object: it ends inside it"
        );
        assert_eq!(
            detail(b"{\"a\": secret}", false),
            "(line) must be JSON; it is none from byte 7 on"
        );
        assert_eq!(detail(b"[1]", false), "(line) must be an object");
    }
}
