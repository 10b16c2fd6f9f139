-- A page of all orders' streams, one order after the other: after version $2 of order $1, without what
-- was appended after position $3, at most $4 events.
SELECT position, event_id, aggregate_id, sequence, event_type, event_version, payload, personal,
    customer_id, order_number, recorded_at, actor_kind, actor_id, command_id, correlation_id, causation_id
FROM events
WHERE aggregate_type = 'order' AND (aggregate_id, sequence) > ($1, $2) AND position <= $3
ORDER BY aggregate_id, sequence
LIMIT $4
