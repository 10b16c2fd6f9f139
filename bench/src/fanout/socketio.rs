//! Socket.IO: the server in `bench/peers/socketio`, and how its clients speak.

use std::path::Path;

use tokio::process::Command;

use super::clients::Speech;

/// Starts the server.
pub fn command() -> anyhow::Result<Command> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/socketio");
    anyhow::ensure!(
        folder.join("node_modules/socket.io").exists(),
        "Socket.IO is not installed: `npm ci` in {}",
        folder.display()
    );
    let mut command = Command::new("node");
    command.arg("--expose-gc").arg(folder.join("server.js"));
    Ok(command)
}

/// The first character is Engine.IO's, the second Socket.IO's.
pub fn speech() -> Speech {
    Speech {
        greeting: Some("40".into()),
        ready: Some("40{".into()),
        ping: Some(("2".into(), "3".into())),
    }
}

/// Where the client that follows topic `topic` connects to.
pub fn path(topic: usize) -> String {
    format!("/socket.io/?EIO=4&transport=websocket&topic={topic}")
}
