-- Appends a batch of commands' events: one call, one transaction, one commit for many callers.
--
-- Each command is judged on its own and never fails its neighbours. `status` is one of
--   ok               its events are in the log
--   repeated         the key was used before with the same request: the first answer is returned
--   key_reused       the key was used before with another request
--   conflict         the order is not at the version that the command was decided on
--   number_taken, reference_taken   a new order's number or reference belongs to another order
--   again            two of this batch want the same key, order or name: send the later one again
CREATE FUNCTION waybill_append(
    -- An entry a command.
    c_key bytea[], c_request bytea[], c_command uuid[], c_order text[], c_expected bigint[],
    c_outcome text[], c_customer text[], c_number text[], c_reference text[],
    -- An entry an event, in order; e_of is its command's place in the arrays above, from 1.
    e_of int[], e_id uuid[], e_sequence bigint[], e_type text[], e_version text[],
    e_payload text[], e_personal text[], e_metadata text[],
    e_actor_kind text[], e_actor_id text[], e_correlation text[], e_causation text[]
)
RETURNS TABLE (
    status text, command_id uuid, order_id text, outcome text,
    -- After the command; for a conflict, where the order stands now.
    "version" bigint,
    -- Of the command's last event; for a command that changed nothing, of the order's last event.
    "position" bigint,
    -- Of the command's first event, or null.
    first_position bigint,
    recorded_at timestamptz
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
BEGIN
    -- The statements below must each see what was committed before it, the lock's last holder included.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'waybill_append needs READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;

    -- Released after the commit has become visible, which is what makes positions gap-free in
    -- commit order for any number of nodes. The number is 'WAYB' in ASCII.
    PERFORM pg_advisory_xact_lock(1463900482);

    SELECT e.position, e.recorded_at INTO head, head_time
    FROM events e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    batch_time := greatest(clock_timestamp(), head_time);

    RETURN QUERY
    WITH command AS (
        SELECT t.*,
            row_number() OVER (PARTITION BY t.key ORDER BY t.idx) AS nth_of_key,
            row_number() OVER (PARTITION BY t.ord ORDER BY t.idx) AS nth_of_order,
            row_number() OVER (PARTITION BY t.number ORDER BY t.idx) AS nth_of_number,
            CASE WHEN t.reference IS NULL THEN 1 ELSE
                row_number() OVER (PARTITION BY t.reference ORDER BY t.idx) END AS nth_of_reference
        FROM unnest(c_key, c_request, c_command, c_order, c_expected, c_outcome, c_customer, c_number, c_reference)
            WITH ORDINALITY AS t (key, request, command, ord, expected, outcome, customer, number, reference, idx)
    ), judged AS MATERIALIZED (
        SELECT c.*,
            past.command_id AS past_command, past.order_id AS past_order, past.outcome AS past_outcome,
            past.version AS past_version, past.position AS past_position, past.recorded_at AS past_time,
            coalesce(present.sequence, 0) AS present_version, present.position AS present_position,
            CASE
                WHEN past.command_id IS NOT NULL AND past.request <> c.request THEN 'key_reused'
                WHEN past.command_id IS NOT NULL THEN 'repeated'
                WHEN c.nth_of_key > 1 OR c.nth_of_order > 1 THEN 'again'
                WHEN coalesce(present.sequence, 0) <> c.expected THEN 'conflict'
                WHEN c.expected = 0 AND (SELECT true FROM order_keys k WHERE k.order_number = c.number LIMIT 1) THEN 'number_taken'
                WHEN c.expected = 0 AND (SELECT true FROM order_keys k WHERE k.reference = c.reference LIMIT 1) THEN 'reference_taken'
                WHEN c.expected = 0 AND (c.nth_of_number > 1 OR c.nth_of_reference > 1) THEN 'again'
                ELSE 'ok'
            END AS verdict
        FROM command c
        LEFT JOIN LATERAL (
            SELECT m.* FROM commands m WHERE m.key = c.key LIMIT 1
        ) past ON true
        LEFT JOIN LATERAL (
            SELECT e.sequence, e.position FROM events e
            WHERE e.aggregate_type = 'order' AND e.aggregate_id = c.ord
            ORDER BY e.sequence DESC LIMIT 1
        ) present ON true
    ), fresh AS (
        SELECT head + row_number() OVER (ORDER BY e.nth) AS pos, e.*, j.idx, j.command, j.ord, j.customer, j.number
        FROM unnest(e_of, e_id, e_sequence, e_type, e_version, e_payload, e_personal, e_metadata,
                    e_actor_kind, e_actor_id, e_correlation, e_causation)
            WITH ORDINALITY AS e (of, id, seq, type, form, payload, personal, metadata,
                                  actor_kind, actor_id, correlation, causation, nth)
        JOIN judged j ON j.idx = e.of AND j.verdict = 'ok'
    ), appended AS (
        INSERT INTO events (position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, personal, metadata, customer_id, order_number, recorded_at,
            actor_kind, actor_id, command_id, correlation_id, causation_id)
        SELECT f.pos, f.id, 'order', f.ord, f.seq, f.type, f.form,
            f.payload::json, f.personal::json, f.metadata::json, f.customer, f.number, batch_time,
            f.actor_kind, f.actor_id, f.command, f.correlation, f.causation
        FROM fresh f ORDER BY f.pos
    ), registered AS (
        INSERT INTO order_keys (order_id, order_number, reference, customer_id)
        SELECT j.ord, j.number, j.reference, j.customer FROM judged j WHERE j.verdict = 'ok' AND j.expected = 0
    ), landed AS (
        SELECT f.idx, min(f.pos) AS first_pos, max(f.pos) AS last_pos, max(f.seq) AS last_seq FROM fresh f GROUP BY f.idx
    ), answered AS (
        SELECT j.*, l.first_pos,
            coalesce(l.last_seq, j.expected) AS new_version,
            coalesce(l.last_pos, j.present_position) AS new_position
        FROM judged j LEFT JOIN landed l ON l.idx = j.idx
    ), kept AS (
        INSERT INTO commands (key, request, command_id, order_id, version, position, outcome, recorded_at)
        SELECT a.key, a.request, a.command, a.ord, a.new_version, a.new_position, a.outcome, batch_time
        FROM answered a WHERE a.verdict = 'ok'
    )
    SELECT a.verdict,
        CASE a.verdict WHEN 'repeated' THEN a.past_command ELSE a.command END,
        CASE a.verdict WHEN 'repeated' THEN a.past_order ELSE a.ord END,
        CASE a.verdict WHEN 'repeated' THEN a.past_outcome ELSE a.outcome END,
        CASE a.verdict WHEN 'repeated' THEN a.past_version WHEN 'ok' THEN a.new_version ELSE a.present_version END,
        CASE a.verdict WHEN 'repeated' THEN a.past_position WHEN 'ok' THEN a.new_position ELSE a.present_position END,
        CASE a.verdict WHEN 'ok' THEN a.first_pos END,
        CASE a.verdict WHEN 'repeated' THEN a.past_time ELSE batch_time END
    FROM answered a
    ORDER BY a.idx;

    -- A wake-up, never the data. A lost one costs a reader a second.
    PERFORM pg_notify('waybill_log', '') FROM events e WHERE e.position = head + 1;
END
$$;
REVOKE ALL ON FUNCTION waybill_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_append TO waybill_service;

-- Makes the next weeks' partitions of `commands` and drops those whose every row is older than `keep`.
-- Called by each node at its start and once an hour; harmless when called often or by several at once.
CREATE FUNCTION waybill_roll_commands(keep interval) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET lock_timeout = '2s'
SET timezone = 'UTC'
AS $$
DECLARE
    week timestamptz;
    old record;
    dropped integer := 0;
BEGIN
    IF keep < interval '1 day' THEN
        RAISE EXCEPTION 'idempotency keys are kept for at least a day' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(1463900483) THEN
        RETURN 0; -- another node is at it
    END IF;
    FOR i IN 0..2 LOOP
        week := date_trunc('week', now()) + i * interval '7 days';
        IF to_regclass('commands_' || to_char(week, 'YYYYMMDD')) IS NULL
           -- Rows in the catch-all would be in the way of a partition for their time.
           AND NOT EXISTS (SELECT FROM commands_other o
                           WHERE o.recorded_at >= week AND o.recorded_at < week + interval '7 days') THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF commands FOR VALUES FROM (%L) TO (%L)',
                'commands_' || to_char(week, 'YYYYMMDD'), week, week + interval '7 days');
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname, to_timestamp(substr(c.relname, 10), 'YYYYMMDD') AS begins
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'commands'::regclass AND c.relname ~ '^commands_[0-9]{8}$'
    LOOP
        IF old.begins + interval '7 days' < now() - keep THEN
            EXECUTE format('DROP TABLE %I', old.relname);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    DELETE FROM commands_other o WHERE o.recorded_at < now() - keep;
    RETURN dropped;
END
$$;
REVOKE ALL ON FUNCTION waybill_roll_commands FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_roll_commands TO waybill_service;
