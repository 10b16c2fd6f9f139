-- A page of both copies side by side: $3 rows after order $1 (version $2 plays no part), as far as both
-- copies have seen everything about them, which is up to position $4.
WITH page AS (
    SELECT order_id FROM (
        (SELECT order_id FROM order_analytics_a.contributions WHERE order_id > $1::uuid ORDER BY order_id LIMIT $3)
        UNION
        (SELECT order_id FROM order_analytics_b.contributions WHERE order_id > $1::uuid ORDER BY order_id LIMIT $3)
    ) either ORDER BY order_id LIMIT $3
), compared AS (
    SELECT p.order_id, greatest(a.position, b.position) <= $4 AS settled, a.* IS DISTINCT FROM b.* AS differs
    FROM page p
    LEFT JOIN order_analytics_a.contributions a ON a.order_id = p.order_id
    LEFT JOIN order_analytics_b.contributions b ON b.order_id = p.order_id
)
SELECT count(*) AS rows,
    (array_agg(order_id ORDER BY order_id DESC))[1] AS last_order, coalesce($2::bigint, 0) AS last_version,
    count(*) FILTER (WHERE settled) AS compared, count(*) FILTER (WHERE settled AND differs) AS differing,
    coalesce((array_agg(order_id ORDER BY order_id) FILTER (WHERE settled AND differs))[1:20], '{}') AS examples
FROM compared
