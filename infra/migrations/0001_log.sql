-- The event log: one table in one gap-free order, appended to by one function, changed by nobody.
-- Run by the owner of the database (MIGRATE_DATABASE_URL). The service connects as a member of
-- waybill_service, which can read the log and execute waybill_append, and nothing else here.

DO $$
BEGIN
    -- Roles belong to the cluster, not to the database, so another database may have made it already.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'waybill_service') THEN
        CREATE ROLE waybill_service NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- made by a migration that ran beside this one
END
$$;

-- A superset of the table of postgres-es, so that its stock repository reads the same events.
CREATE TABLE events (
    -- Global, gap-free and in commit order: whoever sees p sees every position below p.
    position       bigint      PRIMARY KEY CHECK (position > 0),
    event_id       uuid        NOT NULL,
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    -- The order's version after this event: 1, 2, 3 …
    sequence       bigint      NOT NULL CHECK (sequence > 0),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        json        NOT NULL,
    -- What can identify a person, apart from the payload so that it can be lost without it.
    personal       json,
    -- A flat map of strings, as postgres-es expects it.
    metadata       json        NOT NULL,
    customer_id    text        NOT NULL,
    order_number   text        NOT NULL,
    -- Taken under the append lock; never goes back as position goes on.
    recorded_at    timestamptz NOT NULL,
    actor_kind     text        NOT NULL,
    actor_id       text        NOT NULL,
    command_id     uuid        NOT NULL,
    correlation_id text        NOT NULL,
    causation_id   text,
    CONSTRAINT events_stream UNIQUE (aggregate_type, aggregate_id, sequence)
);
-- One index a topic, so that a replay from any position is a range scan.
CREATE INDEX events_by_customer ON events (customer_id, position);
CREATE INDEX events_by_order ON events (aggregate_id, position);

-- The table that postgres-es expects for aggregate snapshots. Waybill writes none.
CREATE TABLE snapshots (
    aggregate_type   text   NOT NULL,
    aggregate_id     text   NOT NULL,
    last_sequence    bigint NOT NULL CHECK (last_sequence >= 0),
    current_snapshot bigint NOT NULL CHECK (current_snapshot >= 0),
    payload          json   NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, last_sequence)
);

-- The names by which an order can be found, unique across all orders. Written by the append itself,
-- so it is never behind the log.
CREATE TABLE order_keys (
    order_id     text PRIMARY KEY,
    order_number text NOT NULL UNIQUE,
    reference    text UNIQUE,
    customer_id  text NOT NULL
);

-- What became of each command, by its idempotency key. Partitioned by time, so that what is too old
-- is dropped and not deleted. Uniqueness of the key across partitions is kept by the append lock.
CREATE TABLE commands (
    -- SHA-256 over issuer, subject and the key that the caller gave, or a random one.
    key          bytea       NOT NULL,
    -- SHA-256 over method, path and body.
    request      bytea       NOT NULL,
    command_id   uuid        NOT NULL,
    order_id     text        NOT NULL,
    -- The order's version and the position of its last event, after the command.
    version      bigint      NOT NULL,
    position     bigint      NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('applied', 'unchanged')),
    recorded_at  timestamptz NOT NULL
) PARTITION BY RANGE (recorded_at);
CREATE INDEX commands_by_key ON commands (key);
-- Catches what no dated partition takes, so that a late housekeeping run never refuses a command.
CREATE TABLE commands_other PARTITION OF commands DEFAULT;

-- The log's epoch changes when the database is restored from a backup or a lagging standby is
-- promoted: then positions that clients have seen may come to mean other events.
CREATE TABLE epochs (
    epoch      integer     PRIMARY KEY CHECK (epoch > 0),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The last position when the epoch began.
    head       bigint      NOT NULL,
    reason     text        NOT NULL
);
INSERT INTO epochs (epoch, head, reason) VALUES (1, 0, 'created');

-- Keys that every node must share and no client may know.
CREATE TABLE server_keys (
    name text  PRIMARY KEY CHECK (name IN ('cursor', 'session')),
    key  bytea NOT NULL CHECK (length(key) = 32)
);
-- Two random UUIDs carry 244 random bits; hashed, they make 32 bytes without an extension.
INSERT INTO server_keys (name, key)
SELECT name, sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
FROM unnest(ARRAY['cursor', 'session']) AS name;

-- Handed out to nodes in blocks of 50, so gaps are normal: a node that stops loses the rest of its block.
CREATE SEQUENCE order_numbers START 10001 INCREMENT 50;

-- Append-only, said by the database and not only by good manners: it binds the owner too.
CREATE FUNCTION waybill_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION waybill_refuse_change();
CREATE TRIGGER events_never_truncated BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION waybill_refuse_change();

-- A database that comes from Postgres 14 or earlier lets everybody make things in public, where the
-- functions below that run with their owner's rights look names up.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO waybill_service;
GRANT SELECT ON events, snapshots, order_keys, commands, epochs, server_keys TO waybill_service;
GRANT USAGE ON SEQUENCE order_numbers TO waybill_service;

-- A node checks at its start that the schema is the one that it knows.
GRANT SELECT ON _sqlx_migrations TO waybill_service;

-- Begins a new epoch, unless somebody else has already ended `seen`. The service calls it when the log
-- contradicts what a node has read before: the database is not the one that it was.
CREATE FUNCTION waybill_new_epoch(seen integer, why text) RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    INSERT INTO epochs (epoch, head, reason)
    SELECT seen + 1, coalesce((SELECT max(position) FROM events), 0), left(why, 200)
    WHERE seen = (SELECT max(epoch) FROM epochs)
    ON CONFLICT (epoch) DO NOTHING;
    SELECT max(epoch) FROM epochs;
$$;
REVOKE ALL ON FUNCTION waybill_new_epoch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_new_epoch TO waybill_service;
