-- A page of the whole log after $1, at most $2 events.
SELECT position, event_id, aggregate_id, sequence, event_type, event_version, payload, personal,
    customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id
FROM events
WHERE position > $1
ORDER BY position
LIMIT $2
