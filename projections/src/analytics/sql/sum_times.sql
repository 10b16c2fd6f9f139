INSERT INTO times (day, status, bucket, orders)
SELECT l.day, l.status, l.bucket, count(*)
FROM contributions c CROSS JOIN LATERAL (VALUES
    (c.pending_left, 'pending', c.pending_bucket),
    (c.processing_left, 'processing', c.processing_bucket),
    (c.shipped_left, 'shipped', c.shipped_bucket)
) l (day, status, bucket)
WHERE l.day IS NOT NULL
GROUP BY 1, 2, 3
