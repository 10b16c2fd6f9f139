-- Sums that are not those of the rows, at most 20 of each kind.
(SELECT format('the orders placed in the %s from %s on in %s are counted wrong', unit,
    to_char(start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24"Z"'), currency) AS problem
FROM placed FULL JOIN (
    SELECT u.unit, date_trunc(u.unit, c.placed_hour, 'UTC') AS start, c.currency, count(*) AS orders,
        count(*) FILTER (WHERE c.status = 'cancelled') AS cancelled,
        coalesce(sum(c.total) FILTER (WHERE c.status <> 'cancelled'), 0) AS revenue
    FROM contributions c CROSS JOIN (VALUES ('hour'), ('day')) u (unit)
    GROUP BY 1, 2, 3
) counted USING (unit, start, currency)
WHERE ROW(coalesce(placed.orders, 0), coalesce(placed.cancelled, 0), coalesce(placed.revenue, 0))
    <> ROW(coalesce(counted.orders, 0), coalesce(counted.cancelled, 0), coalesce(counted.revenue, 0))
ORDER BY unit, start, currency LIMIT 20)
UNION ALL
(SELECT format('the orders that left %s on %s are counted wrong', status, day)
FROM times FULL JOIN (
    SELECT l.day, l.status, l.bucket, count(*) AS orders
    FROM contributions c CROSS JOIN LATERAL (VALUES
        (c.pending_left, 'pending', c.pending_bucket),
        (c.processing_left, 'processing', c.processing_bucket),
        (c.shipped_left, 'shipped', c.shipped_bucket)
    ) l (day, status, bucket)
    WHERE l.day IS NOT NULL
    GROUP BY 1, 2, 3
) counted USING (day, status, bucket)
GROUP BY day, status
HAVING bool_or(coalesce(times.orders, 0) <> coalesce(counted.orders, 0))
ORDER BY day, status LIMIT 20)
UNION ALL
(SELECT format('the orders cancelled on %s because of %s are counted wrong', day, reason)
FROM cancellations FULL JOIN (
    SELECT cancelled_on AS day, cancel_reason AS reason, count(*) AS orders
    FROM contributions WHERE cancelled_on IS NOT NULL GROUP BY 1, 2
) counted USING (day, reason)
WHERE coalesce(cancellations.orders, 0) <> coalesce(counted.orders, 0)
ORDER BY day, reason LIMIT 20)
