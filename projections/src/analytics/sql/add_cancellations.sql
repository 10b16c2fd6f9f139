INSERT INTO cancellations (day, reason, orders)
SELECT * FROM unnest($1::date[], $2::text[], $3::bigint[])
ON CONFLICT (day, reason) DO UPDATE SET orders = cancellations.orders + excluded.orders
