-- The orders that have one of the references $1, and how each was placed.
SELECT k.reference, k.order_id, k.customer_id, e.event_type, e.event_version, e.payload, e.correlation_id
FROM order_keys k
JOIN events e ON e.aggregate_type = 'order' AND e.aggregate_id = k.order_id AND e.sequence = 1
WHERE k.reference = ANY($1)
