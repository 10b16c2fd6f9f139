-- The history of order $1 after version $2, at most $3 entries. A transition also tells how long the
-- order was in the status before it.
SELECT e.version, e.entry::text AS entry, CASE WHEN e.to_status IS NOT NULL THEN (
    SELECT floor(extract(epoch FROM e.recorded_at - before.recorded_at))::bigint
    FROM entries before
    WHERE before.order_id = e.order_id AND before.version < e.version AND before.to_status IS NOT NULL
    ORDER BY before.version DESC LIMIT 1
) END AS seconds
FROM entries e
WHERE e.order_id = $1 AND e.version > $2
ORDER BY e.version
LIMIT $3
