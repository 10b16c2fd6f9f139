//! Starting the binary, talking to it, and ending it in every way.

use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use waybill_tests::app;
use waybill_tests::database::TestDatabase;

/// Longest wait for anything that a process has to do; on a busy machine it takes its time.
const PATIENCE: Duration = Duration::from_mins(2);

/// The binary with these arguments and nothing of our own environment but where programs are.
pub(super) fn waybill(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_command-line"));
    command.args(arguments).env_clear().kill_on_drop(true);
    for name in ["PATH", "HOME", "TMPDIR", "WAYBILL_POSTGRES_BIN"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// The binary with the settings of a test's node on `database`.
pub(super) fn waybill_on(database: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = waybill(arguments);
    command.envs(app::variables(database));
    command
}

/// Runs it to its end.
pub(super) async fn run(command: &mut Command) -> Output {
    tokio::time::timeout(PATIENCE, command.output())
        .await
        .expect("the command ends")
        .expect("the command starts")
}

/// Runs it to its end, which must be a good one, and returns what it printed.
pub(super) async fn printed(command: &mut Command) -> String {
    let output = run(command).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it to its end, which must be this exit code, and returns what it complained of.
pub(super) async fn complaint(command: &mut Command, code: i32) -> String {
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A process that goes on until it is told to stop.
pub(super) struct Running {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    log: UnboundedReceiver<String>,
}

impl Running {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let out = child.stdout.take().expect("piped");
        let log = child.stderr.take().expect("piped");
        // Read all the time: a process whose log nobody takes would wait for us.
        let (lines, received) = unbounded_channel();
        let mut log = BufReader::new(log).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                let _ = lines.send(line); // perhaps nobody looks any more
            }
        });
        Self {
            child,
            out: BufReader::new(out).lines(),
            log: received,
        }
    }

    /// The next line on standard output.
    pub(super) async fn line(&mut self) -> String {
        tokio::time::timeout(PATIENCE, self.out.next_line())
            .await
            .expect("a line in time")
            .expect("readable")
            .unwrap_or_else(|| panic!("the end, and before it:{}", self.complaints()))
    }

    /// The first log line whose message is `message`.
    pub(super) async fn logged(&mut self, message: &str) -> serde_json::Value {
        let found = async {
            while let Some(line) = self.log.recv().await {
                let line: serde_json::Value = serde_json::from_str(&line).unwrap_or(line.into());
                if line["message"] == message {
                    return line;
                }
                eprintln!("{line}");
            }
            panic!("it ended without saying {message:?}");
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .expect("the line in time")
    }

    fn complaints(&mut self) -> String {
        let mut all = String::new();
        while let Ok(line) = self.log.try_recv() {
            all.push('\n');
            all.push_str(&line);
        }
        all
    }

    pub(super) fn kill(&mut self) {
        self.signal(Signal::KILL);
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        let pid = i32::try_from(self.child.id().expect("it runs")).expect("a process id");
        kill_process(Pid::from_raw(pid).expect("a process id"), signal).expect("it is ours");
    }

    /// Waits for the end, with its standard output closed.
    pub(super) async fn ended(mut self) -> ExitStatus {
        drop(self.out);
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .expect("it ends in time")
            .expect("it was started")
    }
}
