-- The rows that pass: status $1, or one of $2; customer $3; placed from $4 to before $5; words $6. What
-- is null is not asked for, and is gone from the plan because the plan is made with the values known.
-- At most $7 rows. What follows is the sort's own: where to go on, and the order.
SELECT o.order_id, o.placed_at, o.updated_at, o.total, o.state::text AS state,
    EXISTS (SELECT FROM parked p WHERE p.order_id = o.order_id) AS stale
FROM orders o
WHERE ($1::text IS NULL OR o.status = $1)
    AND ($2::text[] IS NULL OR o.status = ANY($2))
    AND ($3::text IS NULL OR o.customer_id = $3)
    AND ($4::timestamptz IS NULL OR o.placed_at >= $4)
    AND ($5::timestamptz IS NULL OR o.placed_at < $5)
    AND ($6::text IS NULL OR o.search @@ $6::tsquery)
    AND $7::bigint > 0
