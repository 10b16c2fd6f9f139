//! The limit: one `write(2)` of the frame for each socket, and nothing else.

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::clients::websocket;
use super::frame::Frame;
use super::plan::Plan;

type Sockets = Arc<Mutex<Vec<TcpStream>>>;

/// Says at which port it listens; then sends what each line of standard input plans, and says so.
pub fn run() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let sockets = Sockets::default();
    let accepted = Arc::clone(&sockets);
    std::thread::spawn(move || accept(&listener, &accepted));
    let frame = Frame::new();
    for line in std::io::stdin().lock().lines() {
        let plan: Plan = serde_json::from_str(&line?)?;
        let mut sockets = sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let began = Instant::now();
        for nth in 0..plan.events {
            std::thread::sleep(plan.due(nth).saturating_sub(began.elapsed()));
            let text = frame.now(nth + 1);
            let mut bytes = websocket::header(u16::try_from(text.len())?);
            bytes.extend(text.as_bytes());
            for socket in sockets.iter_mut() {
                socket.write_all(&bytes)?;
            }
        }
        println!("done");
    }
    Ok(())
}

fn accept(listener: &TcpListener, accepted: &Sockets) {
    for socket in listener.incoming().map_while(Result::ok) {
        if let Ok(socket) = upgrade(socket) {
            let mut sockets = accepted.lock().unwrap_or_else(PoisonError::into_inner);
            sockets.push(socket);
        }
    }
}

/// Agrees to whatever is asked.
fn upgrade(mut socket: TcpStream) -> std::io::Result<TcpStream> {
    socket.set_nodelay(true)?;
    let (mut request, mut buffer) = (Vec::new(), [0; 2_048]);
    while !request.ends_with(b"\r\n\r\n") {
        let got = socket.read(&mut buffer)?;
        if got == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(buffer.get(..got).unwrap_or_default());
    }
    socket.write_all(
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n",
    )?;
    Ok(socket)
}
