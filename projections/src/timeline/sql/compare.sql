-- A page of both copies side by side: $3 entries after version $2 of order $1, as far as both copies have
-- seen everything, which is up to position $4.
WITH page AS (
    SELECT order_id, version FROM (
        (SELECT order_id, version FROM order_timeline_a.entries
         WHERE (order_id, version) > ($1::uuid, $2::bigint) ORDER BY order_id, version LIMIT $3)
        UNION
        (SELECT order_id, version FROM order_timeline_b.entries
         WHERE (order_id, version) > ($1::uuid, $2::bigint) ORDER BY order_id, version LIMIT $3)
    ) either ORDER BY order_id, version LIMIT $3
), compared AS (
    SELECT p.order_id, p.version, greatest(a.position, b.position) <= $4 AS settled,
        (ROW(a.position, a.recorded_at, a.to_status) IS DISTINCT FROM ROW(b.position, b.recorded_at, b.to_status)
            -- Taken apart only where another build wrote it another way.
            OR (a.entry::text IS DISTINCT FROM b.entry::text AND a.entry::jsonb IS DISTINCT FROM b.entry::jsonb)) AS differs
    FROM page p
    LEFT JOIN order_timeline_a.entries a ON a.order_id = p.order_id AND a.version = p.version
    LEFT JOIN order_timeline_b.entries b ON b.order_id = p.order_id AND b.version = p.version
), last AS (
    SELECT order_id, version FROM page ORDER BY order_id DESC, version DESC LIMIT 1
)
SELECT (SELECT count(*) FROM compared) AS rows,
    (SELECT order_id FROM last) AS last_order, coalesce((SELECT version FROM last), 0) AS last_version,
    (SELECT count(*) FROM compared WHERE settled) AS compared,
    (SELECT count(*) FROM compared WHERE settled AND differs) AS differing,
    coalesce((SELECT (array_agg(DISTINCT order_id))[1:20] FROM compared WHERE settled AND differs), '{}') AS examples
