INSERT INTO placed (unit, start, currency, orders, cancelled, revenue)
SELECT t.unit, t.start, t.currency, t.orders, t.cancelled, t.revenue::numeric
FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])
    AS t (unit, start, currency, orders, cancelled, revenue)
ON CONFLICT (unit, start, currency) DO UPDATE SET orders = placed.orders + excluded.orders,
    cancelled = placed.cancelled + excluded.cancelled, revenue = placed.revenue + excluded.revenue
