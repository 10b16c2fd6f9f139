INSERT INTO placed (unit, start, currency, orders, cancelled, revenue)
SELECT u.unit, date_trunc(u.unit, c.placed_hour, 'UTC'), c.currency, count(*),
    count(*) FILTER (WHERE c.status = 'cancelled'),
    coalesce(sum(c.total) FILTER (WHERE c.status <> 'cancelled'), 0)
FROM contributions c CROSS JOIN (VALUES ('hour'), ('day')) u (unit)
GROUP BY 1, 2, 3
