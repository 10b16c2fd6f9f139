//! A process that is spoken with by lines. It ends when this goes.

use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// See the module's documentation.
pub struct Pipe {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Pipe {
    /// Starts `command`.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let spawned = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let mut child = spawned.with_context(|| format!("{command:?}"))?;
        let input = child.stdin.take().context("a pipe")?;
        let output = child.stdout.take().context("a pipe")?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output).lines(),
        })
    }

    /// Starts this very program as `subcommand`.
    pub fn own(subcommand: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(subcommand);
        Self::start(command)
    }

    /// The process.
    pub fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Tells it a line.
    pub async fn say(&mut self, line: &str) -> anyhow::Result<()> {
        self.input.write_all(line.as_bytes()).await?;
        self.input.write_all(b"\n").await?;
        Ok(self.input.flush().await?)
    }

    /// Waits for the next line from it.
    pub async fn hear(&mut self) -> anyhow::Result<String> {
        let line = self.output.next_line().await?;
        line.context("it has ended before it was done")
    }

    /// Lets it end by itself.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.input);
        self.child.wait().await?;
        Ok(())
    }
}
