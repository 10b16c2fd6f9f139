-- The rows that pass: customer $1; placed from $2 to before $3; words $4. What is null is not asked for,
-- and is gone from the plan because the plan is made with the values known. At most $5 rows. What
-- follows is the sort's own: where to go on, and the order.
SELECT o.order_id, o.placed_at, o.updated_at, o.total, o.state::text AS state,
    EXISTS (SELECT FROM parked p WHERE p.order_id = o.order_id) AS stale
FROM orders o
WHERE ($1::text IS NULL OR o.customer_id = $1)
    AND ($2::timestamptz IS NULL OR o.placed_at >= $2)
    AND ($3::timestamptz IS NULL OR o.placed_at < $3)
    AND ($4::text IS NULL OR o.search @@ $4::tsquery)
    AND $5::bigint > 0
