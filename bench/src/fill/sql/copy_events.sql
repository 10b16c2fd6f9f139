COPY events (position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version,
    payload, personal, metadata, customer_id, order_number, recorded_at,
    actor_kind, actor_id, command_id, correlation_id, causation_id)
FROM STDIN (FORMAT binary)
