-- The stream of order $1 after version $2 up to version $3, at most $4 events.
SELECT position, event_id, aggregate_id, sequence, event_type, event_version, payload, personal,
    customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id
FROM events
WHERE aggregate_type = 'order' AND aggregate_id = $1 AND sequence > $2 AND sequence <= $3
ORDER BY sequence
LIMIT $4
