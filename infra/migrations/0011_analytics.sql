-- Figures: how many orders, how much they come to, how long they take, how many are called off.
--
-- A third read model, in two copies like the others (0010_projections.sql says how that works). A row an
-- order says what the order contributes; beside them stand the sums of all contributions, changed in the
-- same transaction. So an order can be taken out of the sums as exactly as it went in, a read adds up
-- some hundred sums instead of every order, and a rebuild makes the sums from the rows.
--
-- All days and hours are those of UTC.

ALTER TABLE projections DROP CONSTRAINT projections_name_check;
ALTER TABLE projections ADD CONSTRAINT projections_name_check
    CHECK (name IN ('order_list', 'order_timeline', 'order_analytics'));
INSERT INTO projections (name) VALUES ('order_analytics');
INSERT INTO projection_rebuilds (projection) VALUES ('order_analytics');

CREATE OR REPLACE FUNCTION waybill_projection_ddl(p text) RETURNS TABLE (nth int, index_name text, ddl text)
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
        ('order_timeline', NULL, 'ANALYZE %1$I.entries'),
        -- The sums keep their keys while a copy is filled: they are written once, when the rows are in.
        ('order_analytics', 'contributions_by_order', 'CREATE UNIQUE INDEX contributions_by_order ON %1$I.contributions (order_id)'),
        ('order_analytics', NULL, 'ANALYZE %1$I.contributions')
    ) AS d (projection, index_name, ddl)
    WHERE d.projection = p
$$;

DO $$
DECLARE
    slot text;
    step record;
BEGIN
    FOREACH slot IN ARRAY ARRAY['order_analytics_a', 'order_analytics_b'] LOOP
        EXECUTE format('CREATE SCHEMA %I', slot);
        -- As in 0010_projections.sql.
        EXECUTE format($t$
            CREATE TABLE %I.parked (
                order_id  uuid        PRIMARY KEY,
                version   bigint      NOT NULL,
                position  bigint      NOT NULL,
                reason    text        NOT NULL,
                parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
            )$t$, slot);
        EXECUTE format($t$
            CREATE TABLE %I.contributions (
                order_id          uuid        NOT NULL,
                version           bigint      NOT NULL,
                -- Of the last event taken in.
                position          bigint      NOT NULL,
                status            text        NOT NULL,
                -- When it came into that status. Null where nobody knows: it was there already when it
                -- was imported.
                entered_at        timestamptz,
                -- The command that took it there.
                entered_by        uuid        NOT NULL,
                -- The hour in which it was placed, by the shop's word.
                placed_hour       timestamptz NOT NULL,
                currency          text        NOT NULL,
                -- In minor units of the currency.
                total             bigint      NOT NULL,
                -- On which day it left each status, and the bucket of how long it had been there; see
                -- projections/src/analytics/buckets.rs. Null before it leaves, and where that is not known.
                pending_left      date,
                pending_bucket    smallint,
                processing_left   date,
                processing_bucket smallint,
                shipped_left      date,
                shipped_bucket    smallint,
                -- On which day it was called off, and why. Null where the day is not known.
                cancelled_on      date,
                cancel_reason     text
            )$t$, slot);
        -- The sums. No row means nothing; a row of zeroes means the same. None is checked to be positive:
        -- what is added may be negative, and is checked before it is added.
        --
        -- There is one writer at a time, the one that has the checkpoint, so nobody waits for the row of
        -- the present hour; and as only keys are indexed, changing it over and over leaves nothing behind
        -- but what the page itself has room for.
        EXECUTE format($t$
            CREATE TABLE %I.placed (
                -- 'hour' or 'day', and when it begins.
                unit      text        NOT NULL,
                start     timestamptz NOT NULL,
                currency  text        NOT NULL,
                -- Placed then, those included that were called off since.
                orders    bigint      NOT NULL,
                -- Called off since.
                cancelled bigint      NOT NULL,
                -- What the others come to. A thousand orders at the greatest total are more than a bigint.
                revenue   numeric     NOT NULL,
                PRIMARY KEY (unit, start, currency)
            ) WITH (fillfactor = 70)$t$, slot);
        EXECUTE format($t$
            CREATE TABLE %I.times (
                -- The day on which they left the status.
                day    date     NOT NULL,
                status text     NOT NULL,
                bucket smallint NOT NULL,
                orders bigint   NOT NULL,
                PRIMARY KEY (day, status, bucket)
            ) WITH (fillfactor = 70)$t$, slot);
        EXECUTE format($t$
            CREATE TABLE %I.cancellations (
                day    date   NOT NULL,
                reason text   NOT NULL,
                orders bigint NOT NULL,
                PRIMARY KEY (day, reason)
            ) WITH (fillfactor = 70)$t$, slot);
        FOR step IN SELECT * FROM waybill_projection_ddl('order_analytics') ORDER BY nth LOOP
            EXECUTE format(step.ddl, slot);
        END LOOP;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO waybill_service', slot);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO waybill_service', slot);
    END LOOP;
END
$$;
