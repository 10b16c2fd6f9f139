//! A script of `web/socketio` in a process of its own, which tells a line of JSON each time that
//! something happens.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The process. Killed when dropped.
pub struct Script {
    _child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Runs `script` with Node. What it writes to its standard error goes to the test's.
    pub fn run(script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../web/socketio");
        let mut child = Command::new("node")
            .args(["--import", "./typescript.js", script])
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is installed, and `npm ci` was run in web");
        let output = child.stdout.take().expect("piped");
        Self {
            input: child.stdin.take().expect("piped"),
            lines: BufReader::new(output).lines(),
            _child: child,
        }
    }

    /// Tells it something.
    pub async fn tell(&mut self, line: &Value) {
        let line = format!("{line}\n");
        self.input
            .write_all(line.as_bytes())
            .await
            .expect("the script listens");
    }

    /// The next line.
    pub async fn line(&mut self) -> Value {
        tokio::time::timeout(PATIENCE, self.lines.next_line())
            .await
            .expect("a line in time")
            .expect("a text")
            .map(|line| serde_json::from_str(&line).expect("JSON"))
            .expect("the script goes on; is `npm ci` in web done?")
    }

    /// The next line, if one comes within `time`.
    pub async fn line_within(&mut self, time: Duration) -> Option<Value> {
        tokio::time::timeout(time, self.line()).await.ok()
    }

    /// The next line that has the member `name`; others are passed over.
    pub async fn line_with(&mut self, name: &str) -> Value {
        self.line_with_one_of(&[name]).await
    }

    /// The next line that has one of the members `names`; others are passed over.
    pub async fn line_with_one_of(&mut self, names: &[&str]) -> Value {
        loop {
            let line = self.line().await;
            if names.iter().any(|name| line.get(name).is_some()) {
                return line;
            }
        }
    }
}
