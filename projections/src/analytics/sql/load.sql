SELECT order_id, version, position, status, entered_at, entered_by, placed_hour, currency, total,
    pending_left, pending_bucket, processing_left, processing_bucket, shipped_left, shipped_bucket,
    cancelled_on, cancel_reason
FROM contributions WHERE order_id = ANY($1)
