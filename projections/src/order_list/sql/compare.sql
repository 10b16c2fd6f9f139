-- A page of both copies side by side: $3 rows after order $1 (version $2 plays no part), as far as both
-- copies have seen everything about them, which is up to position $4.
WITH page AS (
    SELECT order_id FROM (
        (SELECT order_id FROM order_list_a.orders WHERE order_id > $1::uuid ORDER BY order_id LIMIT $3)
        UNION
        (SELECT order_id FROM order_list_b.orders WHERE order_id > $1::uuid ORDER BY order_id LIMIT $3)
    ) either ORDER BY order_id LIMIT $3
), compared AS (
    SELECT p.order_id, greatest(a.position, b.position) <= $4 AS settled,
        (ROW(a.customer_id, a.status, a.version, a.position, a.placed_at, a.updated_at, a.total, a.search)
            IS DISTINCT FROM
            ROW(b.customer_id, b.status, b.version, b.position, b.placed_at, b.updated_at, b.total, b.search)
            -- Taken apart only where another build wrote it another way.
            OR (a.state::text IS DISTINCT FROM b.state::text AND a.state::jsonb IS DISTINCT FROM b.state::jsonb)) AS differs
    FROM page p
    LEFT JOIN order_list_a.orders a ON a.order_id = p.order_id
    LEFT JOIN order_list_b.orders b ON b.order_id = p.order_id
)
SELECT count(*) AS rows,
    (array_agg(order_id ORDER BY order_id DESC))[1] AS last_order, coalesce($2::bigint, 0) AS last_version,
    count(*) FILTER (WHERE settled) AS compared, count(*) FILTER (WHERE settled AND differs) AS differing,
    coalesce((array_agg(order_id ORDER BY order_id) FILTER (WHERE settled AND differs))[1:20], '{}') AS examples
FROM compared
