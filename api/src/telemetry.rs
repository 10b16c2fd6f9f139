//! Log lines: text on a terminal, JSON otherwise, on standard error.
//!
//! Every line that is written while a request is handled stands in the span that the middleware opens,
//! and so carries the request's id. What must not be logged is kept away at the source: secrets are
//! [`Secret`](crate::config::Secret)s, headers and queries are never logged, bodies neither. Libraries don't
//! know that: at `debug` and `trace` some of them log what they carry, tokens included, so of their lines none below
//! `info` is ever written.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::filter_fn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::{SubscriberInitExt, TryInitError},
};

use crate::config::{LogConfig, LogFormat};

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none; `LogConfig` has checked it already.
    #[error("WAYBILL_LOG: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// It was set up before.
    #[error("logging: {0}")]
    Set(#[from] TryInitError),
}

/// Sets logging up for the whole process; to be called once, first thing.
pub fn init(config: &LogConfig) -> Result<(), TelemetryError> {
    let json = match config.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let filter: EnvFilter = config.filter.parse()?;
    tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(may_be_written))
        .with(lines(json, io::stderr))
        .try_init()?;
    Ok(())
}

/// Whether a line is one of ours, or of a library's that hold nothing of what it carries.
fn may_be_written(line: &Metadata<'_>) -> bool {
    line.target().starts_with("waybill") || *line.level() <= Level::INFO
}

/// One line an event. In JSON the event's fields stand beside `message`, and `spans` has those of the
/// request.
fn lines<S, W>(json: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    if json {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_writer(writer)
            .boxed()
    } else {
        let colours = io::stderr().is_terminal();
        fmt::layer()
            .compact()
            .with_ansi(colours)
            .with_target(false)
            .with_writer(writer)
            .boxed()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Collects what is logged on this thread while the guard lives.
    #[derive(Clone, Default)]
    pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(crate) fn start(json: bool) -> (Self, tracing::subscriber::DefaultGuard) {
            let captured = Self::default();
            let layer = lines(json, captured.clone());
            (
                captured,
                tracing_subscriber::registry().with(layer).set_default(),
            )
        }

        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }

        pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
            self.text()
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        }
    }

    impl io::Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'w> MakeWriter<'w> for Captured {
        type Writer = Self;

        fn make_writer(&'w self) -> Self {
            self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Captured;

    #[test]
    fn a_json_line_carries_fields_and_those_of_every_span() {
        let (captured, _guard) = Captured::start(true);
        let outer = tracing::info_span!("request", request_id = "r1");
        outer.in_scope(|| {
            tracing::info_span!("append")
                .in_scope(|| tracing::info!(batch_events = 3, "committed"));
        });
        let line = &captured.lines()[0];
        assert_eq!(line["message"], "committed");
        assert_eq!(line["batch_events"], 3);
        assert_eq!(line["spans"][0]["request_id"], "r1");
    }

    #[test]
    fn a_text_line_carries_the_id_too() {
        let (captured, _guard) = Captured::start(false);
        tracing::info_span!("request", request_id = "r1").in_scope(|| tracing::info!("hello"));
        assert!(
            captured.text().contains("hello") && captured.text().contains("r1"),
            "{}",
            captured.text()
        );
    }
}
