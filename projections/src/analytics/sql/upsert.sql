INSERT INTO contributions (order_id, version, position, status, entered_at, entered_by, placed_hour, currency, total,
    pending_left, pending_bucket, processing_left, processing_bucket, shipped_left, shipped_bucket,
    cancelled_on, cancel_reason)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::uuid[],
    $7::timestamptz[], $8::text[], $9::bigint[], $10::date[], $11::smallint[], $12::date[], $13::smallint[],
    $14::date[], $15::smallint[], $16::date[], $17::text[])
ON CONFLICT (order_id) DO UPDATE SET
    version = excluded.version, position = excluded.position, status = excluded.status,
    entered_at = excluded.entered_at, entered_by = excluded.entered_by, placed_hour = excluded.placed_hour,
    currency = excluded.currency, total = excluded.total,
    pending_left = excluded.pending_left, pending_bucket = excluded.pending_bucket,
    processing_left = excluded.processing_left, processing_bucket = excluded.processing_bucket,
    shipped_left = excluded.shipped_left, shipped_bucket = excluded.shipped_bucket,
    cancelled_on = excluded.cancelled_on, cancel_reason = excluded.cancel_reason
