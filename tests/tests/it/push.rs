//! `GET /v1/ws` and `GET /v1/events`, as clients meet them.

mod closing;
mod direct;
mod following;
mod guests;
mod hostile;
mod long_poll;
mod rights;
mod shares;
mod socketio;
mod storm;
mod stream;
mod torn;
