INSERT INTO status_counts (status, orders)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (status) DO UPDATE SET orders = status_counts.orders + excluded.orders
