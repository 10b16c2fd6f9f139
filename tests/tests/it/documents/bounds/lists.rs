//! Which row tells of which constant, and which constants nobody outside can meet.

/// A constant that a caller can meet, and the row that tells of it.
pub(super) const MET: &[(&str, &str)] = &[
    (
        "api/src/http/server/door.rs SILENT",
        "connections that have brought no request yet",
    ),
    (
        "api/src/http/server/door.rs SPARE_FILES",
        "open connections of every kind, sockets and streams among them",
    ),
    (
        "api/src/http/server.rs BACKLOG",
        "connections that the system holds until they are taken",
    ),
    (
        "api/src/http/server.rs FIRST_REQUEST",
        "silence until a connection's first request",
    ),
    (
        "api/src/http/server.rs NEXT_REQUEST",
        "silence until its next request",
    ),
    (
        "api/src/http/server.rs SEND_BUFFER",
        "bytes in the system's buffer of one connection",
    ),
    (
        "api/src/http/server.rs BUFFER",
        "answers that wait in one connection, and a request's head",
    ),
    ("api/src/http/incoming.rs KEY_MAX", "`Idempotency-Key`"),
    ("api/src/http/incoming.rs CAUSATION_MAX", "`X-Causation-Id`"),
    (
        "api/src/http/middleware/request.rs ID_BYTES_MAX",
        "`X-Request-Id`",
    ),
    (
        "api/src/http/precondition.rs TAGS_MAX",
        "tags in `If-Match` and `If-None-Match`",
    ),
    (
        "api/src/push/stream.rs LAST_EVENT_ID_MAX",
        "`Last-Event-ID`",
    ),
    (
        "domain/src/command/bulk.rs Bulk::MAX_ROWS",
        "rows of a bulk change",
    ),
    (
        "api/src/http/orders/bulk.rs AT_ONCE",
        "rows of a bulk change",
    ),
    (
        "api/src/http/page_of.rs LIMIT",
        "a page of orders, or of another list",
    ),
    (
        "api/src/http/page_of.rs LIMIT_MAX",
        "a page of orders, or of another list",
    ),
    (
        "projections/src/order_list/query.rs ListQuery::MAX_LIMIT",
        "a page of orders, or of another list",
    ),
    ("api/src/push/long_poll.rs LIMIT", "a page of a poll"),
    ("api/src/push/long_poll.rs MAX_LIMIT", "a page of a poll"),
    (
        "api/src/push/long_poll.rs SCAN",
        "events passed over by a poll for few types",
    ),
    (
        "api/src/http/admin/parked.rs SHOWN",
        "parked orders that can be paged through",
    ),
    (
        "projections/src/analytics/figures.rs DAILY_DAYS",
        "[figures](analytics.md) asked for at once",
    ),
    (
        "projections/src/analytics/figures.rs HOURLY_DAYS",
        "[figures](analytics.md) asked for at once",
    ),
    ("api/src/http/orders/list.rs TEXT_MAX", "a search"),
    (
        "projections/src/order_list/words.rs ASKED",
        "words of a search that count / letters of each",
    ),
    (
        "projections/src/order_list/words.rs LETTERS",
        "words of a search that count / letters of each",
    ),
    (
        "api/src/node.rs EXPORT_PAGES",
        "pages that are read for exports at a time",
    ),
    (
        "api/src/http/refusal.rs CHANGES_MAX",
        "`changes` in a conflict",
    ),
    (
        "projections/src/checkpoint.rs READ_WAIT",
        "wait for `min_position`",
    ),
    (
        "api/src/http/admin/projections.rs PATIENCE",
        "wait until it is known whether a rebuild has begun",
    ),
    (
        "api/src/http/health.rs PATIENCE",
        "wait of `/readyz` for the database",
    ),
    ("domain/src/pricing.rs Pricing::MAX_ITEMS", "lines"),
    ("domain/src/money.rs Quantity::MAX", "quantity of a line"),
    ("domain/src/money.rs Money::MAX", "amounts, and their sum"),
    (
        "domain/src/address.rs Phone::MAX_CHARACTERS",
        "telephone number",
    ),
    ("domain/src/address.rs Email::MAX_BYTES", "e-mail address"),
    (
        "domain/src/tracking.rs HttpsUrl::MAX_BYTES",
        "a parcel's address",
    ),
    ("domain/src/metadata.rs Metadata::MAX_BYTES", "metadata"),
    ("domain/src/metadata.rs Metadata::MAX_NAME", "metadata"),
    (
        "domain/src/ids/customer.rs CustomerId::MAX_BYTES",
        "customer's id",
    ),
    (
        "domain/src/ids/reference.rs Reference::MAX_BYTES",
        "reference",
    ),
    (
        "domain/src/decide/create.rs MAX_AHEAD_HOURS",
        "`placed_at` in the future",
    ),
    ("domain/src/fields.rs MAX_ERRORS", "faults that are listed"),
    (
        "domain/src/fields.rs MAX_ECHOED_NAME",
        "what a refusal quotes of a parser's words",
    ),
    (
        "api/src/problem/from.rs MAX",
        "what a refusal quotes of a parser's words",
    ),
    (
        "infra/src/log.rs QUEUE",
        "commands waiting for the appender",
    ),
    (
        "infra/src/log/appender.rs MAX_COMMANDS",
        "a batch, of which two may be under way",
    ),
    (
        "infra/src/log/appender.rs MAX_BYTES",
        "a batch, of which two may be under way",
    ),
    ("infra/src/log/appender.rs CALL", "one try of a batch"),
    (
        "infra/src/commands.rs TRIES",
        "tries of a command whose order keeps changing",
    ),
    (
        "api/src/http/command.rs REDRAWS",
        "numbers drawn anew for an order whose number is taken",
    ),
    (
        "infra/src/log/housekeeping.rs KEYS_KEPT",
        "life of an idempotency key",
    ),
    (
        "infra/src/log.rs SHARED_BYTES",
        "older events that replays share",
    ),
    (
        "infra/src/log/blocks.rs BLOCK",
        "older events that replays share",
    ),
    (
        "infra/src/log/blocks.rs COUNT",
        "older events that replays share",
    ),
    (
        "api/src/push/share.rs COME_BACK",
        "time within which to come back",
    ),
    (
        "api/src/push/admission.rs SOONEST",
        "time within which to come back",
    ),
    (
        "api/src/push/admission.rs FULL",
        "time within which to come back",
    ),
    (
        "api/src/push/admission.rs LATEST",
        "time within which to come back",
    ),
    (
        "api/src/push/wire.rs HELD",
        "frames kept of a client that waits to be let in",
    ),
    (
        "api/src/push/wire.rs TOO_MANY",
        "frames of a client before `welcome`",
    ),
    (
        "api/src/rate_limit/failures.rs LONGEST",
        "connections of one address that turn out to be nobody's",
    ),
    (
        "api/src/push/rfc6455.rs CONTROL",
        "a WebSocket's control frame",
    ),
    (
        "projections/src/push/feed.rs QUEUE",
        "events waiting for one connection",
    ),
    (
        "projections/src/push/feed.rs QUEUE_BYTES",
        "events waiting for one connection",
    ),
    (
        "projections/src/push/subscriptions.rs PAGE",
        "events read for one replay at a time",
    ),
    (
        "projections/src/push/summaries.rs FOLDS",
        "orders whose summary is remembered for one connection",
    ),
    ("api/src/push/snapshot.rs ORDERS", "orders of a snapshot"),
    (
        "api/src/push/line.rs MESSAGE_BYTES",
        "a message to a client",
    ),
    (
        "api/src/push/stream/serving.rs CHUNK_BYTES",
        "a message to a client",
    ),
    (
        "api/src/push/connection.rs READ",
        "reading the log for the next message",
    ),
    (
        "api/src/push/stream/serving.rs READ",
        "reading the log for the next message",
    ),
    (
        "api/src/push/connection.rs MISSED_PONGS",
        "pings without an answer",
    ),
    (
        "api/src/push/connection.rs EXPIRY_NOTICE",
        "notice before a token ends",
    ),
    (
        "api/src/push/line.rs CLOSING",
        "time for a client to read why it is closed",
    ),
    (
        "api/src/http/server/refusal.rs READING",
        "time for a client to read why it is closed",
    ),
    (
        "api/src/push/stream/serving.rs CLOSING",
        "time for a client to read why it is closed",
    ),
    (
        "api/src/push/socketio.rs NOBODYS",
        "connections without a credential",
    ),
    (
        "api/src/push/socketio/outbox.rs PACKETS",
        "packets handed to a transport before it has taken them",
    ),
    (
        "api/src/push/socketio/outbox.rs BATCH",
        "packets handed to a transport before it has taken them",
    ),
    (
        "api/src/push/socketio/connection.rs ANSWERS",
        "answers that wait for the transport",
    ),
    (
        "api/src/push/socketio/connection.rs CLOSING",
        "a transport that is being closed may send what it holds",
    ),
    (
        "api/src/push/socketio/link.rs MESSAGES",
        "packets of a client that wait to be handled",
    ),
    (
        "api/src/push/socketio/link.rs MESSAGE_BYTES",
        "packets of a client that wait to be handled",
    ),
    (
        "api/src/push/socketio/front.rs PATIENCE",
        "wait for a place",
    ),
    (
        "api/src/push/socketio/front.rs WAITING",
        "clients that wait for a place",
    ),
    (
        "api/src/push/socketio/outgoing.rs READ",
        "reading the log for the next packets",
    ),
    ("projections/src/runner.rs BATCH", "a batch"),
    (
        "projections/src/runner.rs GATHER",
        "events gather after a step",
    ),
    ("projections/src/runner.rs STEP", "one step"),
    ("projections/src/runner.rs BACKOFF", "pause after failures"),
    (
        "projections/src/rebuild/load.rs LEFTOVERS",
        "orders that a rebuild cannot copy whole",
    ),
    ("api/src/pulse.rs KEPT", "samples in `GET /v1/admin/node`"),
    ("api/src/pulse.rs EVERY", "samples in `GET /v1/admin/node`"),
    ("api/src/auth/verifier.rs TOKEN_BYTES_MAX", "token"),
    ("api/src/auth/tracking.rs TOKEN_BYTES_MAX", "token"),
    (
        "api/src/auth/claims.rs ID_BYTES",
        "`jti`, `sid` and `iss` in it",
    ),
    (
        "infra/src/revocations.rs VALUE_BYTES_MAX",
        "what is revoked / the reason",
    ),
    (
        "infra/src/revocations.rs REASON_BYTES_MAX",
        "what is revoked / the reason",
    ),
    (
        "api/src/tracking/requests.rs PATIENCE",
        "looking into one of them",
    ),
    ("api/src/auth/keys.rs KEYS_MAX", "the issuer's keys"),
    ("api/src/auth/keys.rs TRIES_MAX", "the issuer's keys"),
    ("api/src/auth/source.rs SET_BYTES_MAX", "the issuer's keys"),
    (
        "api/src/cli/import/lines.rs MAX_BYTES",
        "a line of an import",
    ),
    (
        "api/src/cli/import/source.rs CHUNK_LINES",
        "lines of an import in memory",
    ),
    (
        "api/src/cli/import/source.rs CHUNK_BYTES",
        "lines of an import in memory",
    ),
    (
        "api/src/cli/import/source.rs WAITING",
        "lines of an import in memory",
    ),
    (
        "api/src/cli/import.rs AT_ONCE",
        "lines of an import in memory",
    ),
    (
        "api/src/cli/import/seen.rs GENERATION",
        "references that an import remembers, to name repeated ones",
    ),
    (
        "api/src/cli/import/report.rs Report::SHOWN",
        "refusals that an import shows / the reference in one",
    ),
    (
        "api/src/cli/import/report.rs MAX_REFERENCE",
        "refusals that an import shows / the reference in one",
    ),
];

/// Constants that only the inside meets, by what they are.
pub(super) const INSIDE: &[(&str, &[&str])] = &[
    (
        "rows or bytes that are read or written at once, of something that has another bound",
        &[
            "infra/src/log/append.rs ROW_BYTES",
            "infra/src/log/appender.rs SHARED_FROM",
            "infra/src/log/tail.rs PAGE",
            "infra/src/log/tail/replay.rs AHEAD",
            "infra/src/log/tail/replay.rs SHARED_STRETCH",
            "infra/src/orders.rs PAGE",
            "infra/src/order_numbers.rs BLOCK",
            "infra/src/revocations.rs PAGE",
            "projections/src/push/feed.rs PAGE",
            "projections/src/rebuild/compare.rs PAGE",
            "projections/src/rebuild/compare.rs EXAMPLES",
            "projections/src/rebuild/load.rs PAGE",
            "projections/src/rebuild/switch.rs LAST",
            "projections/src/redrive.rs PAGE",
            "projections/src/timeline/read.rs Timeline::MAX_LIMIT",
            "projections/src/verify.rs POSITIONS",
            "projections/src/verify.rs ROWS",
            "api/src/cli/import/source.rs BUFFER",
            "api/src/cli/reading.rs ORDERS",
            "api/src/cli/snapshot.rs PAGE",
            "api/src/cli/tail.rs PAGE",
            "api/src/push/long_poll.rs SCAN_ROWS",
            "api/src/push/socketio/connection.rs TURN",
            "api/src/push/wire.rs READ",
            "api/src/push/wording.rs KINDS",
        ],
    ),
    (
        "how often something is looked at, and pauses",
        &[
            "infra/src/revocations.rs ANEW",
            "infra/src/revocations.rs FORGET",
            "infra/src/revocations.rs LOOK",
            "infra/src/revocations.rs POLL",
            "infra/src/log/tail.rs LOOK",
            "infra/src/listening.rs SILENCE",
            "projections/src/checkpoint.rs POLL",
            "projections/src/push/feed.rs TURN",
            "projections/src/rebuild/switch.rs PAUSE",
            "projections/src/runner.rs BUSY",
            "projections/src/runner.rs IDLE",
            "projections/src/runner.rs STOPPED",
            "api/src/cli/import/pace.rs EVERY",
            "api/src/node.rs UPKEEP",
            "api/src/push/admission.rs AGAIN",
            "api/src/push/admission.rs AT_ONCE",
            "api/src/push/socketio/outgoing.rs AGAIN",
            "api/src/push/stream.rs COME_BACK",
            "api/src/push/stream/serving.rs AGAIN",
            "api/src/push/stream/serving.rs BEFORE_TOKEN",
            "api/src/push/stream/text.rs SOONEST",
        ],
    ),
    (
        "what something is made of",
        &[
            "domain/src/wire/order.rs TITLES",
            "infra/src/log/appender.rs LANES",
            "infra/src/log/clock.rs ANSWERS",
            "projections/src/analytics/buckets.rs FINE",
            "projections/src/analytics/buckets.rs LONGEST",
            "projections/src/analytics/contribution.rs HOUR",
            "projections/src/analytics/sums.rs DAY",
            "projections/src/order_list/query.rs BYTES",
            "projections/src/order_list/query.rs CHARACTERS",
            "projections/src/order_list/words.rs NUMBER",
            "api/src/auth/keys.rs RSA_MODULUS_BYTES",
            "api/src/cli/import/write.rs REDRAWS",
            "api/src/pulse.rs SUMMED_UP",
            "api/src/push/rfc6455.rs HEAD",
            "api/src/push/rfc6455.rs MASK",
            "api/src/push/socketio/offset.rs CURSOR",
            "api/src/push/socketio/offset.rs TAG",
            "api/src/push/socketio/outbox.rs SPARE",
            "api/src/rate_limit/store.rs SHARDS",
            "api/src/snapshot.rs UUID_CHARS",
        ],
    ),
];

/// Settings that are numbers and bound nothing.
pub(super) const NO_BOUNDS: &[(&str, &str)] =
    &[("WAYBILL_TRUSTED_PROXIES", "how many of something there are")];
