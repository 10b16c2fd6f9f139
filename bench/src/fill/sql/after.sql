-- Builds what was taken away.
SET maintenance_work_mem = '1GB';
DO $$
DECLARE
    thing text;
BEGIN
    FOR thing IN SELECT ddl FROM taken_away ORDER BY nth LOOP
        EXECUTE thing;
    END LOOP;
END
$$;
DROP TABLE taken_away;
