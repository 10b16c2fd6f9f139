-- At most $1 parked orders, the longest parked first. Waiting are the events that could come in after it
-- was redriven, the broken one included.
SELECT p.order_id, e.order_number, e.event_type, p.version, p.position, p.reason, p.parked_at, (
    SELECT count(*) FROM events w
    WHERE w.aggregate_type = 'order' AND w.aggregate_id = p.order_id::text AND w.sequence >= p.version
) AS waiting
FROM parked p
LEFT JOIN events e ON e.position = p.position
ORDER BY p.parked_at, p.order_id
LIMIT $1
