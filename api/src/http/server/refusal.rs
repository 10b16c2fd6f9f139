//! What a client is told that speaks another protocol.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// SETTINGS without any, which has to come first, and GOAWAY with `HTTP_1_1_REQUIRED` (RFC 9113, 3.4 and 7).
const USE_HTTP1: [u8; 26] = *b"\0\0\0\x04\0\0\0\0\0\
    \0\0\x08\x07\0\0\0\0\0\
    \0\0\0\0\0\0\0\x0d";
/// How long the client may take to read it.
const READING: Duration = Duration::from_secs(2);

/// Tells a client that has begun with the preface of HTTP/2 to use HTTP/1.1.
pub(super) async fn of_http2(mut stream: TcpStream) {
    let telling = async {
        stream.write_all(&USE_HTTP1).await?;
        stream.shutdown().await?;
        // Whoever closes with something unread takes back what was said.
        while stream.read(&mut [0; 1 << 10]).await? > 0 {}
        io::Result::Ok(())
    };
    // Nothing depends on whether it was heard.
    let _ = tokio::time::timeout(READING, telling).await;
}
