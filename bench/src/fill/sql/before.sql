-- Takes the indexes of the large tables away and keeps in this session how they were made, whatever the
-- migrations call them.
SET synchronous_commit = off;
CREATE TEMPORARY TABLE taken_away (nth serial, ddl text NOT NULL);
DO $$
DECLARE
    thing record;
BEGIN
    FOR thing IN
        SELECT c.conname AS name, c.conrelid::regclass AS "table", pg_get_constraintdef(c.oid) AS definition
        FROM pg_constraint c
        WHERE c.conrelid IN ('events'::regclass, 'order_keys'::regclass) AND c.contype IN ('p', 'u')
    LOOP
        INSERT INTO taken_away (ddl)
        VALUES (format('ALTER TABLE %s ADD CONSTRAINT %I %s', thing."table", thing.name, thing.definition));
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', thing."table", thing.name);
    END LOOP;
    FOR thing IN
        SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i
        WHERE i.indrelid IN ('events'::regclass, 'order_keys'::regclass)
    LOOP
        INSERT INTO taken_away (ddl) VALUES (thing.definition);
        EXECUTE format('DROP INDEX %s', thing.name);
    END LOOP;
END
$$;
