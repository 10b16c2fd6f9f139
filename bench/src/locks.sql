-- The two candidates for the lock of the append, on tables of their own that are as alike as they can be.
CREATE TABLE by_lock (position bigint PRIMARY KEY, order_id uuid NOT NULL, payload json NOT NULL);
CREATE TABLE by_row (position bigint PRIMARY KEY, order_id uuid NOT NULL, payload json NOT NULL);
CREATE TABLE head (id int PRIMARY KEY, position bigint NOT NULL);
INSERT INTO head VALUES (1, 0);

CREATE FUNCTION append_by_lock(events int) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    head bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1);
    SELECT t.position INTO head FROM by_lock t ORDER BY t.position DESC LIMIT 1;
    head := coalesce(head, 0);
    INSERT INTO by_lock SELECT head + n, gen_random_uuid(), '{"StatusChanged":{"from":"pending","to":"processing"}}'
    FROM generate_series(1, events) n;
    RETURN head + events;
END
$$;

CREATE FUNCTION append_by_row(events int) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    head bigint;
BEGIN
    UPDATE head h SET position = h.position + events WHERE h.id = 1 RETURNING h.position - events INTO head;
    INSERT INTO by_row SELECT head + n, gen_random_uuid(), '{"StatusChanged":{"from":"pending","to":"processing"}}'
    FROM generate_series(1, events) n;
    RETURN head + events;
END
$$;
