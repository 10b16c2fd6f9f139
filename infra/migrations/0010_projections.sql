-- Read models: what is derived from the log, and how far.
--
-- Every projection has two copies of its tables, in two schemas of the same shape, NAME_a and NAME_b.
-- One is live; the other is empty, or being filled by a rebuild. Statements name no schema: a
-- transaction first calls one of the functions below, which sets its search_path to the right copy. So
-- every statement stays static, and a reader sees rows and position of the same copy.

CREATE TABLE projections (
    name            text        PRIMARY KEY CHECK (name IN ('order_list', 'order_timeline')),
    -- The live copy.
    active          text        NOT NULL DEFAULT 'a' CHECK (active IN ('a', 'b')),
    -- The live copy holds every event up to here, and none after it. Advanced in the transaction that
    -- writes the rows, from the value that this transaction read: that is the fencing between nodes.
    position        bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- The event at that position. If the log has another one there, it is not the log that the rows
    -- were made from, and the projection stops until it is rebuilt.
    event_id        uuid,
    -- Why it goes no further, for people to read. Whoever can go on does, and clears it.
    stopped_because text,
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When `active` last changed. Readers that began before may still be in the other copy.
    switched_at     timestamptz NOT NULL DEFAULT '-infinity'
);

-- One row a projection: who rebuilds it, and how far that is.
CREATE TABLE projection_rebuilds (
    projection   text        PRIMARY KEY REFERENCES projections (name),
    -- Names the rebuild that holds the lease; null when nobody does.
    rebuild_id   uuid,
    -- Renewed by every transaction of the rebuild. Once it has passed, another one may begin.
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    started_at   timestamptz,
    phase        text,
    done         bigint      NOT NULL DEFAULT 0,
    total        bigint      NOT NULL DEFAULT 0,
    -- The copy being filled holds every event up to here.
    position     bigint      NOT NULL DEFAULT 0,
    event_id     uuid,
    -- How the last one ended, for people to read.
    outcome      text,
    finished_at  timestamptz
);
INSERT INTO projections (name) VALUES ('order_list'), ('order_timeline');
INSERT INTO projection_rebuilds (projection) VALUES ('order_list'), ('order_timeline');

-- What is built over a copy's tables once they are filled, in this order. The first of each table is
-- its key. %1$I is the schema.
CREATE FUNCTION waybill_projection_ddl(p text) RETURNS TABLE (nth int, index_name text, ddl text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT (row_number() OVER ())::int, d.index_name, d.ddl FROM (VALUES
        ('order_list', 'orders_by_id', 'CREATE UNIQUE INDEX orders_by_id ON %1$I.orders (order_id)'),
        -- One a sort; read in either direction. The id makes the order total, for keyset pages.
        ('order_list', 'orders_by_placed', 'CREATE INDEX orders_by_placed ON %1$I.orders (placed_at, order_id)'),
        ('order_list', 'orders_by_updated', 'CREATE INDEX orders_by_updated ON %1$I.orders (updated_at, order_id)'),
        ('order_list', 'orders_by_total', 'CREATE INDEX orders_by_total ON %1$I.orders (total, order_id)'),
        -- One status, in the two orders that a shop works by.
        ('order_list', 'orders_by_status_placed', 'CREATE INDEX orders_by_status_placed ON %1$I.orders (status, placed_at, order_id)'),
        ('order_list', 'orders_by_status_updated', 'CREATE INDEX orders_by_status_updated ON %1$I.orders (status, updated_at, order_id)'),
        -- One customer; with the status, so that his counts need the index only.
        ('order_list', 'orders_by_customer', 'CREATE INDEX orders_by_customer ON %1$I.orders (customer_id, placed_at, order_id) INCLUDE (status)'),
        ('order_list', 'orders_by_word', 'CREATE INDEX orders_by_word ON %1$I.orders USING gin (search)'),
        ('order_list', NULL, 'ANALYZE %1$I.orders'),
        ('order_timeline', 'entries_by_order', 'CREATE UNIQUE INDEX entries_by_order ON %1$I.entries (order_id, version)'),
        ('order_timeline', NULL, 'ANALYZE %1$I.entries')
    ) AS d (projection, index_name, ddl)
    WHERE d.projection = p
$$;

DO $$
DECLARE
    slot text;
    step record;
BEGIN
    FOREACH slot IN ARRAY ARRAY['order_list_a', 'order_list_b', 'order_timeline_a', 'order_timeline_b'] LOOP
        EXECUTE format('CREATE SCHEMA %I', slot);
        -- Orders whose next event cannot be applied. Nothing after it is, until it is redriven; what is
        -- there of the order is stale.
        EXECUTE format($t$
            CREATE TABLE %I.parked (
                order_id  uuid        PRIMARY KEY,
                -- The first event that was not applied.
                version   bigint      NOT NULL,
                position  bigint      NOT NULL,
                -- Quotes no content of the event: it is shown and logged.
                reason    text        NOT NULL,
                parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
            )$t$, slot);
    END LOOP;
    FOREACH slot IN ARRAY ARRAY['order_list_a', 'order_list_b'] LOOP
        EXECUTE format($t$
            CREATE TABLE %I.orders (
                order_id    uuid        NOT NULL,
                customer_id text        NOT NULL,
                status      text        NOT NULL,
                version     bigint      NOT NULL,
                -- Of the last event taken in.
                position    bigint      NOT NULL,
                placed_at   timestamptz NOT NULL,
                updated_at  timestamptz NOT NULL,
                -- In minor units of the order's currency, which is in `state`.
                total       bigint      NOT NULL,
                -- Words of number, reference, customer, recipient, e-mail, titles and articles.
                search      tsvector    NOT NULL,
                -- The folded order. json, not jsonb: it is only ever read and written whole, and only by
                -- the service, so taking it apart here would be work for nobody.
                state       json        NOT NULL
            )$t$, slot);
        -- Orders of the whole shop by status, so that a page need not count them. No row means none.
        EXECUTE format('CREATE TABLE %I.status_counts (status text PRIMARY KEY, orders bigint NOT NULL)', slot);
        FOR step IN SELECT * FROM waybill_projection_ddl('order_list') ORDER BY nth LOOP
            EXECUTE format(step.ddl, slot);
        END LOOP;
    END LOOP;
    FOREACH slot IN ARRAY ARRAY['order_timeline_a', 'order_timeline_b'] LOOP
        EXECUTE format($t$
            CREATE TABLE %I.entries (
                order_id    uuid        NOT NULL,
                version     bigint      NOT NULL,
                position    bigint      NOT NULL,
                recorded_at timestamptz NOT NULL,
                -- The status that the event led to, if it is a transition.
                to_status   text,
                -- What a person reads of it, before it is pruned for his audience.
                entry       json        NOT NULL
            )$t$, slot);
        FOR step IN SELECT * FROM waybill_projection_ddl('order_timeline') ORDER BY nth LOOP
            EXECUTE format(step.ddl, slot);
        END LOOP;
    END LOOP;
    FOREACH slot IN ARRAY ARRAY['order_list_a', 'order_list_b', 'order_timeline_a', 'order_timeline_b'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO waybill_service', slot);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO waybill_service', slot);
    END LOOP;
END
$$;
GRANT SELECT, UPDATE ON projections, projection_rebuilds TO waybill_service;

-- Leads the rest of the caller's transaction to one copy. The functions that call it must have no SET
-- clause of their own: it would be undone with it.
CREATE FUNCTION waybill_enter(p text, slot text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(p || '_' || slot) || ', public, pg_temp', true);
    -- A filter that was not asked for is folded away only when the values are known while planning.
    PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    -- Compiling a page's plan would cost many times what running it does.
    PERFORM set_config('jit', 'off', true);
    -- Behind a pooler there are no settings of the session.
    PERFORM set_config('statement_timeout', '5s', true);
END
$$;

-- For readers: enters the live copy and tells the position that it reflects. Call it first in a
-- REPEATABLE READ transaction, and everything read after it is of that position.
CREATE FUNCTION waybill_use(p text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    live public.projections;
BEGIN
    SELECT * INTO STRICT live FROM public.projections WHERE name = p;
    PERFORM public.waybill_enter(p, live.active);
    RETURN live.position;
END
$$;

-- For writers: locks the checkpoint and enters the live copy. No row: another node is at it.
CREATE FUNCTION waybill_claim(p text, wait boolean)
RETURNS TABLE (
    "position" bigint,
    -- Whether the event at that position is still the one that the rows were made from.
    "matches" boolean
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    live public.projections;
BEGIN
    IF wait THEN
        SELECT * INTO live FROM public.projections c WHERE c.name = p FOR UPDATE;
    ELSE
        SELECT * INTO live FROM public.projections c WHERE c.name = p FOR UPDATE SKIP LOCKED;
    END IF;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM public.waybill_enter(p, live.active);
    RETURN QUERY SELECT live.position, live.position = 0 OR EXISTS (
        SELECT FROM public.events e WHERE e.position = live.position AND e.event_id = live.event_id
    );
END
$$;

-- For a rebuild: renews its lease and enters the copy that is not live. No row: the lease was lost.
CREATE FUNCTION waybill_rebuild_enter(p text, id uuid, lease interval) RETURNS SETOF bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    rebuild public.projection_rebuilds;
BEGIN
    UPDATE public.projection_rebuilds r SET leased_until = clock_timestamp() + lease
    WHERE r.projection = p AND r.rebuild_id = id
    RETURNING r.* INTO rebuild;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Only the holder of the lease, whose row is now locked, ever changes which copy is live.
    PERFORM public.waybill_enter(p, CASE c.active WHEN 'a' THEN 'b' ELSE 'a' END)
    FROM public.projections c WHERE c.name = p;
    RETURN NEXT rebuild.position;
END
$$;

-- Empties the copy that is not live and drops its indexes. The service has no right to do so itself.
CREATE FUNCTION waybill_rebuild_clear(p text, id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    slot text;
    thing text;
BEGIN
    PERFORM FROM projection_rebuilds r WHERE r.projection = p AND r.rebuild_id = id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT p || '_' || CASE c.active WHEN 'a' THEN 'b' ELSE 'a' END INTO slot FROM projections c WHERE c.name = p;
    FOR thing IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = slot::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('TRUNCATE %I.%I', slot, thing);
    END LOOP;
    FOR thing IN SELECT d.index_name FROM waybill_projection_ddl(p) d WHERE d.index_name IS NOT NULL LOOP
        EXECUTE format('DROP INDEX IF EXISTS %I.%I', slot, thing);
    END LOOP;
    RETURN true;
END
$$;

-- Takes one step, from 1, of what is built over a filled copy, and renews the lease when it is done.
-- Tells how many steps there are; null when the lease was lost. May take minutes: the caller lifts
-- statement_timeout for it.
CREATE FUNCTION waybill_rebuild_index(p text, id uuid, step int, lease interval) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp
SET maintenance_work_mem = '128MB'
AS $$
DECLARE
    slot text;
    work text;
BEGIN
    -- Held until the step is committed, so that nobody takes the lease over while it runs.
    PERFORM FROM projection_rebuilds r WHERE r.projection = p AND r.rebuild_id = id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT p || '_' || CASE c.active WHEN 'a' THEN 'b' ELSE 'a' END INTO slot FROM projections c WHERE c.name = p;
    SELECT d.ddl INTO work FROM waybill_projection_ddl(p) d WHERE d.nth = step;
    IF FOUND THEN
        EXECUTE format(work, slot);
    END IF;
    UPDATE projection_rebuilds r SET leased_until = clock_timestamp() + lease WHERE r.projection = p;
    RETURN (SELECT count(*) FROM waybill_projection_ddl(p));
END
$$;

REVOKE ALL ON FUNCTION waybill_projection_ddl, waybill_enter, waybill_use, waybill_claim,
    waybill_rebuild_enter, waybill_rebuild_clear, waybill_rebuild_index FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waybill_enter, waybill_use, waybill_claim,
    waybill_rebuild_enter, waybill_rebuild_clear, waybill_rebuild_index TO waybill_service;
