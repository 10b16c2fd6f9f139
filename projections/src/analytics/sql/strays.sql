-- Of $2 rows after order $1 those whose order is not in the log.
WITH page AS (
    SELECT c.order_id, NOT EXISTS (
        SELECT FROM events e WHERE e.aggregate_type = 'order' AND e.aggregate_id = c.order_id::text
    ) AS stray
    FROM contributions c WHERE c.order_id > $1 ORDER BY c.order_id LIMIT $2
)
SELECT count(*) AS rows, (array_agg(order_id ORDER BY order_id DESC))[1] AS last_order,
    coalesce(array_agg(order_id) FILTER (WHERE stray), '{}') AS strays
FROM page
