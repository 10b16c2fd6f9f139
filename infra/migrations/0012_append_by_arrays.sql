-- Appends a batch of commands' events: one call, one transaction, one commit for many callers. Takes the
-- place of the function of the same name in 0002_append.sql, which stays for nodes of the last release
-- during a rolling restart; both do the same under the same lock.
--
-- What made the older one slow was the way of the values, not the writing: each passed through some six
-- copies (function scans, windows, joins, common table expressions) before it reached a table. Here whole
-- arrays are compared where it can be done, and otherwise unnested in lockstep straight into a table; what
-- stands in the way of single commands is looked at only once it is known that something does. JSON comes
-- as json, so that it is checked before the lock is taken.
--
-- The first row that is returned, nth 0, is about the batch: `position` is the last one before it, and
-- the events of the commands that are `ok` follow it in order. After it comes a row for every command of
-- which that is not all there is to say; `status` is one of
--   ok               it has no events; `position` is that of the order's last event
--   repeated         the key was used before with the same request, or this very command was appended
--                    before: what it did then is returned
--   key_reused       the key was used before with another request
--   conflict         the order is not at the version that the command was decided on, but at `version`
--   number_taken, reference_taken   a new order's number or reference belongs to another order
-- No two commands of a batch may be about one order, or have the same key, number or reference: the
-- caller keeps such back, and here they fail the whole batch with an error of class 23.
CREATE FUNCTION waybill_append(
    -- An entry a command. No key: nobody can ask for it again but the node that sends it.
    c_key bytea[], c_request bytea[], c_command uuid[], c_order text[], c_expected bigint[],
    -- How many events it has.
    c_events int[],
    -- Of a new order; else null.
    c_customer text[], c_number text[], c_reference text[],
    -- An entry an event, those of the first command first; e_of is its command's place above, from 1.
    e_of int[], e_id uuid[], e_order text[], e_sequence bigint[], e_type text[], e_version text[],
    e_payload json[], e_personal json[], e_metadata json[], e_customer text[], e_number text[],
    e_actor_kind text[], e_actor_id text[], e_command uuid[], e_correlation text[], e_causation text[]
)
RETURNS TABLE (
    nth int, status text, command_id uuid, order_id text, outcome text,
    "version" bigint, "position" bigint, recorded_at timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '4s'
-- The tables are empty when the plans are first made and large when they are used: one plan, by index,
-- whatever the statistics say. (LIMIT below keeps lookups from becoming a hash of a whole table.)
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
-- Compiling the plan would cost many times what running it does.
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    head bigint := 0;
    head_time timestamptz;
    batch_time timestamptz;
    -- Whether some command has a key.
    keyed boolean := cardinality(array_remove(c_key, NULL)) > 0;
    -- Of each command's order: its version and the position of its last event.
    c_present bigint[];
    c_at bigint[];
    -- Whether nothing stands in the way of any command; if something does, in whose.
    plain boolean;
    c_verdict text[];
    -- Null for an event that is not appended.
    e_position bigint[];
BEGIN
    -- The statements below must each see what was committed before it, the lock's last holder included.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'waybill_append needs READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    -- There is no unique index over keys, because their table is partitioned by time.
    IF keyed AND (SELECT count(k) <> count(DISTINCT k) FROM unnest(c_key) k) THEN
        RAISE EXCEPTION 'two commands of a batch have the same key' USING ERRCODE = 'unique_violation';
    END IF;

    -- Released after the commit has become visible, which is what makes positions gap-free in
    -- commit order for any number of nodes. The number is 'WAYB' in ASCII.
    PERFORM pg_advisory_xact_lock(1463900482);

    SELECT e.position, e.recorded_at INTO head, head_time
    FROM events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    batch_time := greatest(clock_timestamp(), head_time);

    SELECT array_agg(coalesce(p.sequence, 0)), array_agg(p.position) INTO c_present, c_at
    FROM (SELECT unnest(c_order) AS ord) c
    LEFT JOIN LATERAL (
        SELECT e.sequence, e.position FROM events e
        WHERE e.aggregate_type = 'order' AND e.aggregate_id = c.ord
        ORDER BY e.sequence DESC LIMIT 1
    ) p ON true;

    plain := c_present = c_expected
        AND NOT (keyed AND EXISTS (SELECT FROM commands m WHERE m.key = ANY (c_key)))
        AND NOT EXISTS (SELECT FROM order_keys k WHERE k.order_number = ANY (c_number))
        AND NOT EXISTS (SELECT FROM order_keys k WHERE k.reference = ANY (c_reference));
    IF plain THEN
        e_position := ARRAY(SELECT generate_series(head + 1, head + cardinality(e_id)));
    ELSE
        SELECT array_agg(j.verdict ORDER BY j.idx) INTO c_verdict
        FROM (
            SELECT c.idx, CASE
                WHEN past.request <> c.request THEN 'key_reused'
                WHEN past.request IS NOT NULL THEN 'repeated'
                WHEN c.present <> c.expected AND (
                    -- The answer to this very call was lost after it had been committed.
                    SELECT e.command_id = c.command FROM events e
                    WHERE e.aggregate_type = 'order' AND e.aggregate_id = c.ord AND e.sequence = c.expected + 1
                ) THEN 'repeated'
                WHEN c.present <> c.expected THEN 'conflict'
                WHEN (SELECT true FROM order_keys k WHERE k.order_number = c.number LIMIT 1) THEN 'number_taken'
                WHEN (SELECT true FROM order_keys k WHERE k.reference = c.reference LIMIT 1) THEN 'reference_taken'
                ELSE 'ok'
            END AS verdict
            FROM unnest(c_key, c_request, c_command, c_order, c_expected, c_present, c_number, c_reference)
                WITH ORDINALITY AS c (key, request, command, ord, expected, present, number, reference, idx)
            LEFT JOIN LATERAL (
                SELECT m.request FROM commands m WHERE m.key = c.key LIMIT 1
            ) past ON true
        ) j;
        SELECT array_agg(p.pos ORDER BY p.nth) INTO e_position
        FROM (
            SELECT e.nth, CASE WHEN c_verdict[e.of] = 'ok' THEN
                head + count(*) FILTER (WHERE c_verdict[e.of] = 'ok') OVER (ORDER BY e.nth) END AS pos
            FROM unnest(e_of) WITH ORDINALITY AS e (of, nth)
        ) p;
    END IF;

    INSERT INTO events (position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, personal, metadata, customer_id, order_number, recorded_at,
        actor_kind, actor_id, command_id, correlation_id, causation_id)
    SELECT e.pos, e.id, 'order', e.ord, e.seq, e.type, e.form,
        e.payload, e.personal, e.metadata, e.customer, e.number, batch_time,
        e.actor_kind, e.actor_id, e.command, e.correlation, e.causation
    FROM (
        SELECT unnest(e_position) AS pos, unnest(e_id) AS id, unnest(e_order) AS ord, unnest(e_sequence) AS seq,
            unnest(e_type) AS type, unnest(e_version) AS form, unnest(e_payload) AS payload,
            unnest(e_personal) AS personal, unnest(e_metadata) AS metadata, unnest(e_customer) AS customer,
            unnest(e_number) AS number, unnest(e_actor_kind) AS actor_kind, unnest(e_actor_id) AS actor_id,
            unnest(e_command) AS command, unnest(e_correlation) AS correlation, unnest(e_causation) AS causation
    ) e
    WHERE e.pos IS NOT NULL;
    IF FOUND THEN
        -- A wake-up, never the data. A lost one costs a reader a second.
        PERFORM pg_notify('waybill_log', '');
    END IF;

    IF 0 = ANY (c_expected) THEN
        INSERT INTO order_keys (order_id, order_number, reference, customer_id)
        SELECT c.ord, c.number, c.reference, c.customer
        FROM (
            SELECT unnest(c_order) AS ord, unnest(c_expected) AS expected, unnest(c_verdict) AS verdict,
                unnest(c_number) AS number, unnest(c_reference) AS reference, unnest(c_customer) AS customer
        ) c
        WHERE c.expected = 0 AND (plain OR c.verdict = 'ok');
    END IF;

    IF keyed THEN
        INSERT INTO commands (key, request, command_id, order_id, version, position, outcome, recorded_at)
        SELECT c.key, c.request, c.command, c.ord, c.expected + c.events,
            CASE WHEN c.events > 0 THEN c.through ELSE c.at END,
            CASE WHEN c.events > 0 THEN 'applied' ELSE 'unchanged' END, batch_time
        FROM (
            SELECT n.*, head + sum(n.events) FILTER (WHERE plain OR n.verdict = 'ok') OVER (ORDER BY n.idx) AS through
            FROM (
                SELECT generate_series(1, cardinality(c_order)) AS idx, unnest(c_key) AS key,
                    unnest(c_request) AS request, unnest(c_command) AS command, unnest(c_order) AS ord,
                    unnest(c_expected) AS expected, unnest(c_events) AS events, unnest(c_at) AS at,
                    unnest(c_verdict) AS verdict
            ) n
        ) c
        WHERE c.key IS NOT NULL AND (plain OR c.verdict = 'ok');
    END IF;

    RETURN QUERY SELECT 0, 'ok'::text, NULL::uuid, NULL::text, NULL::text, NULL::bigint, head, batch_time;
    IF NOT plain OR 0 = ANY (c_events) THEN
        RETURN QUERY
        SELECT c.idx::int, coalesce(c.verdict, 'ok'), coalesce(past.command_id, c.command),
            coalesce(past.order_id, c.ord),
            coalesce(past.outcome, CASE WHEN c.events > 0 THEN 'applied' ELSE 'unchanged' END),
            CASE c.verdict WHEN 'repeated' THEN coalesce(past.version, c.expected + c.events) ELSE c.present END,
            CASE c.verdict WHEN 'repeated' THEN coalesce(past.position, own.position) ELSE c.at END,
            coalesce(past.recorded_at, own.recorded_at, batch_time)
        FROM unnest(c_key, c_command, c_order, c_expected, c_events, c_present, c_at, c_verdict)
            WITH ORDINALITY AS c (key, command, ord, expected, events, present, at, verdict, idx)
        LEFT JOIN LATERAL (
            SELECT m.* FROM commands m WHERE m.key = c.key AND c.verdict = 'repeated' LIMIT 1
        ) past ON true
        LEFT JOIN LATERAL (
            SELECT e.position, e.recorded_at FROM events e
            WHERE e.aggregate_type = 'order' AND e.aggregate_id = c.ord AND e.sequence = c.expected + c.events
                AND c.verdict = 'repeated' LIMIT 1
        ) own ON true
        WHERE coalesce(c.verdict, 'ok') <> 'ok' OR c.events = 0
        ORDER BY c.idx;
    END IF;
END
$$;
REVOKE ALL ON FUNCTION waybill_append(
    bytea[], bytea[], uuid[], text[], bigint[], int[], text[], text[], text[],
    int[], uuid[], text[], bigint[], text[], text[], json[], json[], json[], text[], text[],
    text[], text[], uuid[], text[], text[]
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_append(
    bytea[], bytea[], uuid[], text[], bigint[], int[], text[], text[], text[],
    int[], uuid[], text[], bigint[], text[], text[], json[], json[], json[], text[], text[],
    text[], text[], uuid[], text[], text[]
) TO waybill_service;
