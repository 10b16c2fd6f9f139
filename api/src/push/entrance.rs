//! From an upgrade to a viewer: the wait to be let in, then who is there.
//!
//! In this order, so that a client costs little until it is its turn: a socket that waits is a task and
//! a small buffer, and no token of it has been looked at. None of the time that a client is given runs
//! meanwhile.

use std::net::IpAddr;

use axum::http::HeaderMap;
use tokio::net::TcpStream;

use super::Push;
use super::admission::Permit;
use super::close::Close;
use super::frames::ClientFrame;
use super::share::Share;
use super::wire::Incoming;
use crate::auth::Viewer;
use crate::http::server::Place;

/// What is known of a client before it is let in.
pub(super) struct Arrival {
    /// Of the upgrade.
    pub(super) headers: HeaderMap,
    /// From where it comes, if that is known.
    pub(super) address: Option<IpAddr>,
    /// Among the open connections; kept until it ends.
    pub(super) place: Option<Place>,
}

/// A place among the open connections, and among those of one customer; given back when dropped.
pub(super) type Seat = (Permit, Option<Share>);

/// Lets the client in and finds out who it is.
pub(super) async fn receive(
    push: &Push,
    stream: &TcpStream,
    incoming: &mut Incoming,
    arrival: Arrival,
) -> Result<(Seat, Viewer), Close> {
    let address = arrival.address;
    let shut_out = || {
        push.rates
            .shut_out(address)
            .map_or(Ok(()), |wait| Err(Close::Crowded(wait)))
    };
    shut_out()?;
    let permit = turn(push, stream, incoming).await?;
    // Of those who came with this one some may have turned out to be nobody meanwhile.
    shut_out()?;
    let viewer = match who(push, stream, incoming, arrival).await {
        Ok(viewer) => viewer,
        Err(close) => {
            // That tokens cannot be checked at the moment is not the client's fault.
            if !matches!(close, Close::Overloaded(_)) {
                push.rates.count_failure(address);
            }
            return Err(close);
        }
    };
    // As in a request: an account has a rate of its own, wherever it comes from.
    if let Some(account) = viewer.account() {
        let checked = push.rates.check(Some(account), address);
        checked.map_err(Close::Crowded)?;
    }
    let share = push.shares.take(&viewer)?;
    Ok(((permit, share), viewer))
}

/// Waits until it is the client's turn, as long as it is there and the node is not about to stop.
async fn turn(push: &Push, stream: &TcpStream, incoming: &mut Incoming) -> Result<Permit, Close> {
    tokio::select! {
        biased;
        () = push.draining.cancelled() => Err(Close::Draining),
        permit = push.admission.enter() => Ok(permit?),
        close = incoming.hold(stream, push.config.frame_bytes_max) => Err(close),
    }
}

/// Who is there: by the upgrade, or by a first frame `hello`.
async fn who(
    push: &Push,
    stream: &TcpStream,
    incoming: &mut Incoming,
    arrival: Arrival,
) -> Result<Viewer, Close> {
    let now = chrono::Utc::now();
    let headers = arrival.headers;
    let viewer = push.auth.authenticate_viewer(&headers, now).await?;
    let credential = viewer.as_ref().map(Viewer::credential);
    if !push.origins.permit_upgrade(&headers, credential) {
        return Err(Close::Forbidden(
            "this Origin is not on the list of FRONTEND_URL".into(),
        ));
    }
    drop(headers);
    if let Some(viewer) = viewer {
        return Ok(viewer);
    }
    let first = tokio::time::timeout(
        push.config.hello_timeout,
        incoming.first(stream, push.config.frame_bytes_max),
    )
    .await;
    match first.map_err(|_| Close::NoHello)?? {
        ClientFrame::Hello { token } => push.authenticate(&token).await,
        _ => Err(Close::BadFrame("the first frame must be `hello`".into())),
    }
}
