//! Each fault against a server that says everything twice.

use std::io::ErrorKind;
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;

/// Longer than anything takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longer than what passes takes to arrive.
const A_MOMENT: Duration = Duration::from_millis(200);

/// A server that answers each of its bytes with the same byte, and the network before it. What arrived at the
/// server comes out of the channel.
async fn network() -> (Network, UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let (tell, told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 1 << 10];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    let _ = tell.send(bytes[..read].to_vec());
                    if stream.write_all(&bytes[..read]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let network = Network::to(Route::Tcp(server), 7).await.unwrap();
    (network, told)
}

const WORDS: &[u8] = b"to be said through the network";

/// What comes back of [`WORDS`] until as much came, or the end; and whether it ended.
async fn heard(stream: &mut TcpStream, at_most: usize) -> (Vec<u8>, bool) {
    let mut heard = Vec::new();
    let mut bytes = [0; 1 << 10];
    while heard.len() < at_most {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut bytes)).await;
        match read.expect("an answer or the end in time") {
            Ok(0) => return (heard, true),
            Ok(read) => heard.extend_from_slice(&bytes[..read]),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return (heard, true);
            }
        }
    }
    (heard, false)
}

/// What arrives at the server next.
async fn arrived(told: &mut UnboundedReceiver<Vec<u8>>) -> Vec<u8> {
    let arrived = tokio::time::timeout(PATIENCE, told.recv()).await;
    arrived.expect("in time").expect("a server")
}

/// Says [`WORDS`] while `fault` lies in wait for whoever speaks.
async fn struck(fault: Fault) -> (Network, TcpStream, UnboundedReceiver<Vec<u8>>) {
    let (network, told) = network().await;
    let mut stream = TcpStream::connect(network.address).await.unwrap();
    let (struck, said) = tokio::join!(network.strike(fault, Victim::Any), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        stream.write_all(WORDS).await
    });
    ((), ()) = (struck, said.unwrap());
    (network, stream, told)
}

#[tokio::test]
async fn left_alone_it_passes_everything_on() {
    let (network, mut told) = network().await;
    let mut stream = TcpStream::connect(network.address).await.unwrap();
    stream.write_all(WORDS).await.unwrap();
    assert_eq!(
        heard(&mut stream, WORDS.len()).await,
        (WORDS.to_vec(), false)
    );
    assert_eq!(arrived(&mut told).await, WORDS);
}

#[tokio::test]
async fn what_was_done_is_not_told_when_the_answer_is_cut() {
    let (_network, mut stream, mut told) = struck(Fault::CutAnswer).await;
    assert_eq!(heard(&mut stream, 1).await, (Vec::new(), true));
    assert_eq!(arrived(&mut told).await, WORDS);
}

#[tokio::test]
async fn only_a_part_of_the_answer_comes_when_it_is_truncated() {
    let (_network, mut stream, mut told) = struck(Fault::TruncateAnswer).await;
    let (heard, ended) = heard(&mut stream, WORDS.len()).await;
    assert!(ended && heard.len() < WORDS.len() && WORDS.starts_with(&heard));
    assert_eq!(arrived(&mut told).await, WORDS);
}

#[tokio::test]
async fn only_a_part_arrives_when_the_question_is_cut() {
    let (_network, mut stream, mut told) = struck(Fault::CutQuestion).await;
    assert!(heard(&mut stream, WORDS.len()).await.1);
    let arrived = tokio::time::timeout(A_MOMENT, told.recv()).await;
    let arrived = arrived.ok().flatten().unwrap_or_default();
    assert!(arrived.len() < WORDS.len() && WORDS.starts_with(&arrived));
}

#[tokio::test]
async fn a_stretch_comes_twice_when_it_is_repeated() {
    for fault in [
        Fault::RepeatQuestion,
        Fault::DoubleQuestion,
        Fault::RepeatAnswer,
    ] {
        let (_network, mut stream, _told) = struck(fault).await;
        let (heard, _) = heard(&mut stream, WORDS.len() + 1).await;
        let again = heard.len() - WORDS.len();
        let twice = (0..=WORDS.len() - again)
            .any(|from| [&WORDS[..from + again], &WORDS[from..]].concat() == heard);
        assert!(twice, "{fault:?}: {}", String::from_utf8_lossy(&heard));
    }
}

#[tokio::test]
async fn what_is_delayed_comes_later() {
    let began = Instant::now();
    let (_network, mut stream, _told) = struck(Fault::Delay(A_MOMENT)).await;
    assert_eq!(heard(&mut stream, WORDS.len()).await.0, WORDS);
    assert!(began.elapsed() >= A_MOMENT);
}

#[tokio::test]
async fn what_is_lost_ends_nothing_and_never_comes() {
    let (_network, mut stream, mut told) = struck(Fault::Lose).await;
    assert_eq!(arrived(&mut told).await, WORDS);
    let mut byte = [0];
    assert!(
        tokio::time::timeout(A_MOMENT, stream.read(&mut byte))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_fault_waits_for_whoever_speaks_of_what_it_is_about() {
    let (network, _told) = network().await;
    let [other, victim] = [(); 2].map(|()| TcpStream::connect(network.address));
    let [mut other, mut victim] = [other.await.unwrap(), victim.await.unwrap()];
    victim.write_all(b"INSERT").await.unwrap();
    heard(&mut victim, 6).await;
    let strike = network.strike(Fault::CutAnswer, Victim::Speaks("INSERT"));
    let talk = async {
        other.write_all(WORDS).await.unwrap();
        assert_eq!(heard(&mut other, WORDS.len()).await.0, WORDS);
        victim.write_all(WORDS).await.unwrap();
        assert_eq!(heard(&mut victim, 1).await, (Vec::new(), true));
    };
    tokio::join!(strike, talk);
}

#[tokio::test]
async fn everything_waits_while_it_hangs_and_is_cut_when_it_is_cut() {
    let (network, _told) = network().await;
    let mut stream = TcpStream::connect(network.address).await.unwrap();
    network.hang(true);
    stream.write_all(WORDS).await.unwrap();
    let mut bytes = [0; 1];
    assert!(
        tokio::time::timeout(A_MOMENT, stream.read(&mut bytes))
            .await
            .is_err()
    );
    network.hang(false);
    assert_eq!(heard(&mut stream, WORDS.len()).await.0, WORDS);
    network.cut();
    assert_eq!(heard(&mut stream, 1).await, (Vec::new(), true));
    network.refuse(true);
    let mut stream = TcpStream::connect(network.address).await.unwrap();
    assert!(heard(&mut stream, 1).await.1);
}
